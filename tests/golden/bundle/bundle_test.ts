import assert from "node:assert/strict";
import { generateBundle } from "../../../src/dev/generate/install.ts";
import type { InstallOptions } from "../../../src/dev/generate/generate_options.ts";
import { type FileReader, systemFiles } from "../../../src/files/mod.ts";
import { projectRoot } from "../../architecture/paths.ts";
import { difference } from "./edits/difference.ts";
import { type Edit, edited, edits } from "./edits/edits.ts";

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
    folders: () => [],
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

/** What an edit changes in the bundle; and all of it as a text that stands for itself. */
async function editOf(
  { line, why, on = [] }: Edit,
  name: string,
  base: string,
): Promise<{ readonly changes: Map<string, string[]>; readonly text: string }> {
  const was = edited(base, on);
  const is = edited(was, [name]);
  const [before, after] = [await generated(generateBundle, textFile(was), plain), await generated(generateBundle, textFile(is), plain)];
  const changes = difference(before, after);
  const lines = is.split("\n");
  const at = was.split("\n").findIndex((each, index) => each !== lines[index]);
  const head = [...wrapped(why), "", ...on.length === 0 ? [] : [`Before: base.yaml with ${on.join(", ")}.`], `katalog.yaml:${at + 1}`, `  ${line}`];
  const body = [...changes].flatMap(([object, changed]) => ["", `@@ ${object} @@`, ...changed]);
  return { changes, text: [...head.map((each) => `# ${each}`.trimEnd()), ...body, ""].join("\n") };
}

/** What runs the processes is left out: it has the digest of the Katalog, which every edit changes. */
const plain = { ...common, workloads: false };

function wrapped(text: string): string[] {
  return text.replaceAll(/(.{1,110})(?: |$)/g, "$1\n").trimEnd().split("\n");
}

const katalogObject = "ConfigMap orkestra-system/orkestra-katalog";

Deno.test("generateBundle() changes with each edit of a Katalog what that needs, and nothing else", async () => {
  const base = Deno.readTextFileSync(new URL("edits/base.yaml", folder));
  equalsGolden("edits/base.bundle.yaml", await generated(generateBundle, textFile(base), plain));
  for (const [name, edit] of Object.entries(edits)) {
    const { changes, text } = await editOf(edit, name, base);
    const removed = [...changes].filter(([object, lines]) => object !== katalogObject && lines.some((each) => each.startsWith("-")));
    assert.equal(removed.length > 0, edit.removes === true, `${name} removes: ${removed}`);
    assert.ok(changes.has(katalogObject), `${name} is not in the Katalog`);
    equalsGolden(`edits/${name}.diff`, text);
  }
  const files = [...Deno.readDirSync(new URL("edits/", folder))].map((entry) => entry.name);
  const diffs = files.filter((file) => file.endsWith(".diff")).sort();
  assert.deepEqual(diffs, Object.keys(edits).map((name) => `${name}.diff`).sort(), "each golden has its edit");
});
