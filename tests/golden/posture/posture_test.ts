import assert from "node:assert/strict";
import { validate, type ValidateOptions } from "../../../src/dev/validate/validate.ts";
import { type FileReader, systemFiles } from "../../../src/files/mod.ts";
import { projectRoot } from "../../architecture/paths.ts";

const folder = new URL("./", import.meta.url);
const updates = Deno.env.get("UPDATE_GOLDENS") === "1";

/** The files of a folder, as if it were the current one. */
function filesIn(path: string): FileReader {
  const files = systemFiles();
  return { ...files, read: (name) => files.read(`${path}/${name}`), list: (name) => files.list(`${path}/${name}`) };
}

async function validated(path: string, file: string, more: Partial<ValidateOptions> = {}) {
  let out = "";
  const terminal = { out: (text: string) => void (out += `${text}\n`), err: assert.fail, colour: false };
  const options = { files: [file], output: "text", strict: false, full: true, versionLine: "ork 0.0.0 (test)" } as const;
  const code = await validate({ ...options, ...more }, terminal, filesIn(path));
  return { code, out };
}

function equalsGolden(name: string, text: string): void {
  const file = new URL(name, folder);
  if (updates) Deno.writeTextFileSync(file, text);
  assert.equal(text, Deno.readTextFileSync(file), `UPDATE_GOLDENS=1 writes ${name}`);
}

/**
 * What the examples are told. Some make Secrets wherever their CRs are, so RBAC must grant all of them; one makes roles,
 * in Namespaces that are called as the CR says and that it makes itself. That is so, and their readers are to know it.
 * There is nothing else, in particular no choice that authors of CRs have without a bound.
 */
const deliberate: Readonly<Record<string, readonly string[]>> = {
  database: ["secrets-everywhere"],
  "queue-worker": ["secrets-everywhere"],
  "stateful-store": ["secrets-everywhere"],
  tenants: [
    // A quota, defaults and two policies in each Namespace.
    ...Array<string>(4).fill("namespace-from-cr"),
    // A Role and its binding.
    ...["may-escalate", "namespace-from-cr", "may-escalate", "namespace-from-cr"],
  ],
};

const examples = [...Deno.readDirSync(`${projectRoot}/katalogs`)].filter(({ isDirectory }) => isDirectory)
  .map(({ name }) => name).sort();

for (const name of examples) {
  Deno.test(`validate --full shows the posture of the example ${name}, and finds nothing that is not so`, async () => {
    const path = `${projectRoot}/katalogs/${name}`;
    const { code, out } = await validated(path, "katalog.yaml");
    assert.equal(code, 0);
    equalsGolden(`${name}.txt`, out);
    const { posture } = JSON.parse((await validated(path, "katalog.yaml", { output: "json" })).out);
    assert.deepEqual(posture.findings.map(({ id }: { id: string }) => id), deliberate[name] ?? []);
  });
}

Deno.test("validate --full shows what a Katalog leaves to the authors of its CRs, and exits with 1 for errors", async () => {
  const open = (more: Partial<ValidateOptions>) => validated(folder.pathname, "open.katalog.yaml", more);
  const text = await open({});
  assert.equal(text.code, 1);
  equalsGolden("open.txt", text.out);
  const json = await open({ output: "json" });
  assert.equal(json.code, 1);
  equalsGolden("open.json", json.out);
  const sarif = await open({ output: "sarif" });
  assert.equal(sarif.code, 1);
  equalsGolden("open.sarif", sarif.out);
});

Deno.test("validate --full says the same twice", async () => {
  const path = `${projectRoot}/katalogs/guard-rails`;
  for (const output of ["text", "json", "sarif"] as const) {
    const [first, second] = [await validated(path, "katalog.yaml", { output }), await validated(path, "katalog.yaml", { output })];
    assert.equal(first.out, second.out);
  }
});
