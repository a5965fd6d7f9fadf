import assert from "node:assert/strict";
import { generateBundle, generateRbac } from "../../../src/dev/generate/install.ts";
import type { InstallOptions } from "../../../src/dev/generate/generate_options.ts";
import { type FileReader, systemFiles } from "../../../src/files/mod.ts";
import { projectRoot } from "../../architecture/paths.ts";
import { edited, edits } from "./edits.ts";

const folder = new URL("./", import.meta.url);
const updates = Deno.env.get("UPDATE_GOLDENS") === "1";

const common: Omit<InstallOptions, "files"> = {
  namespace: "orkestra-system",
  components: new Set(["runtime", "gateway", "controlcenter"]),
  leases: "process",
  workloads: true,
  image: "example.org/ork-runtime:1",
  imageGateway: "example.org/ork-gateway:1",
  apiServers: [],
};

async function generated(
  run: typeof generateBundle,
  files: FileReader,
  options: Omit<InstallOptions, "files"> = common,
): Promise<string> {
  let [out, err] = ["", ""];
  const terminal = {
    out: (text: string) => void (out += `${text}\n`),
    err: (text: string) => void (err += `${text}\n`),
    colour: false,
  };
  assert.equal(await run({ ...options, files: ["katalog.yaml"] }, terminal, files), 0, err);
  return `${out}${err === "" ? "" : `# On standard error:\n${err.replace(/^(?=.)/gm, "# ")}`}`;
}

/** The files of a folder, as if it were the current one. */
function filesIn(path: string): FileReader {
  const files = systemFiles();
  return { ...files, read: (name) => files.read(`${path}/${name}`), list: (name) => files.list(`${path}/${name}`) };
}

function textFile(text: string): FileReader {
  return {
    read: (name) =>
      name === "katalog.yaml" ? { bytes: new TextEncoder().encode(text) } : { trouble: "it does not exist" },
    list: () => ({ trouble: "it does not exist" }),
    stdin: () => Promise.resolve({ trouble: "it is closed" }),
  };
}

function equalsGolden(name: string, text: string): void {
  const file = new URL(name, folder);
  if (updates) Deno.writeTextFileSync(file, text);
  assert.equal(text, Deno.readTextFileSync(file), `UPDATE_GOLDENS=1 writes ${name}`);
}

for (const { name, isDirectory } of Deno.readDirSync(`${projectRoot}/katalogs`)) {
  if (!isDirectory) continue;
  Deno.test(`generateBundle() prints what the example ${name} needs`, async () => {
    const files = filesIn(`${projectRoot}/katalogs/${name}`);
    const text = await generated(generateBundle, files);
    assert.equal(await generated(generateBundle, files), text);
    equalsGolden(`${name}.yaml`, text);
  });
}

/** Lines that were removed and added, in place. */
function difference(before: string, after: string): string {
  const [a, b] = [before.split("\n"), after.split("\n")];
  // lengths[i][j]: of the longest common subsequence of the rest
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i]![j] = a[i] === b[j]
        ? lengths[i + 1]![j + 1]! + 1
        : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
    }
  }
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) [i, j] = [i + 1, j + 1];
    else if (j === b.length || (i < a.length && lengths[i + 1]![j]! >= lengths[i]![j + 1]!)) lines.push(`-${a[i++]}`);
    else lines.push(`+${b[j++]}`);
  }
  return lines.join("\n");
}

Deno.test("generateRbac() changes with each edit of a Katalog what that needs, and nothing else", async () => {
  const base = Deno.readTextFileSync(new URL("base.yaml", folder));
  const before = await generated(generateRbac, textFile(base));
  equalsGolden("base.rbac.yaml", before);
  const parts: string[] = [];
  for (const [name, line] of Object.entries(edits)) {
    // Protection and admission are a Gateway's.
    const set = name === "security" ? ["gateway", "security", "validation"] : [name];
    const text = edited(base, set.filter((each) => each !== name));
    const after = await generated(generateRbac, textFile(edited(text, [name])));
    const changed = difference(await generated(generateRbac, textFile(text)), after);
    // What is bound to a namespace moves to a Role.
    assert.equal(/^-/m.test(changed), name === "namespace", name);
    parts.push(`# ${line}\n${changed}\n`);
  }
  equalsGolden("edits.diff", parts.join("\n"));
});
