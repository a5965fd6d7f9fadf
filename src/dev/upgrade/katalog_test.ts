import assert from "node:assert/strict";
import { systemFiles } from "../../files/mod.ts";
import { upgradeKatalog } from "./katalog.ts";

const old = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: {name: shops}
spec:
  crds:
    shop:
      apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
      workers: 6
      operatorBox: {}
`;

async function upgraded(
  text: string,
  check = false,
): Promise<{ code: number; out: string; err: string; text: string; files: number }> {
  const folder = await Deno.makeTempDir({ prefix: "ork-upgrade-" });
  try {
    const path = `${folder}/katalog.yaml`;
    await Deno.writeTextFile(path, text, { mode: 0o640 });
    let [out, err] = ["", ""];
    const terminal = {
      out: (line: string) => void (out += `${line}\n`),
      err: (line: string) => void (err += `${line}\n`),
      colour: false,
    };
    const code = await upgradeKatalog({ files: [path], check }, terminal, systemFiles());
    const { mode } = await Deno.stat(path);
    if (mode !== null) assert.equal(mode & 0o777, 0o640, "its permissions are kept");
    return { code, out, err, text: await Deno.readTextFile(path), files: [...Deno.readDirSync(folder)].length };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("upgradeKatalog() rewrites a file in an older layout in place, once", async () => {
  const first = await upgraded(old);
  assert.equal(first.code, 0);
  assert.match(first.text, /operatorBox: \{ reconciler: \{ workers: 6 \} \}/);
  assert.match(
    first.err,
    /"workers" has moved to operatorBox\.reconciler\.workers[\s\S]*rewritten in the present layout/,
  );
  assert.equal(first.files, 1, "nothing is left behind");
  const again = await upgraded(first.text);
  assert.deepEqual([again.code, again.text], [0, first.text]);
  assert.match(again.err, /in the present layout/);
});

Deno.test("upgradeKatalog() writes nothing with --check, and returns 1 where it would", async () => {
  const checked = await upgraded(old, true);
  assert.deepEqual([checked.code, checked.text], [1, old]);
  const { text } = await upgraded(old);
  assert.equal((await upgraded(text, true)).code, 0);
});

Deno.test("upgradeKatalog() keeps the ends of lines that a file has", async () => {
  const { text } = await upgraded(old.replaceAll("\n", "\r\n"));
  assert.equal(text.replaceAll("\r\n", "").includes("\n"), false);
  assert.match(text, /workers: 6/);
});

Deno.test("upgradeKatalog() leaves a Katalog alone that has errors, or that would come to mean something else", async () => {
  const broken = old.replace("workers: 6", "workers: 0");
  const failed = await upgraded(broken);
  assert.deepEqual([failed.code, failed.text], [1, broken]);
  // The alias would come before its anchor.
  const crossed = old.replace("workers: 6", "resync: &time 1m").replace(
    "operatorBox: {}",
    "operatorBox: {reconciler: {requeue: {after: *time}}}",
  );
  const refused = await upgraded(crossed);
  assert.deepEqual([refused.code, refused.text], [1, crossed]);
  assert.match(refused.err, /nothing is written/);
});
