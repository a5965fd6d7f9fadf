import assert from "node:assert/strict";
import { type FileReader, readFiles, readKatalogs } from "./sources.ts";

const katalog = "apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\n";

/** Files by path; a folder is what stands before a slash. */
function reader(files: Record<string, string>, input?: string): FileReader {
  const encoder = new TextEncoder();
  const below = (folder: string): string[] => {
    const prefix = folder === "." ? "" : `${folder.replace(/\/+$/, "")}/`;
    const inside = Object.keys(files).filter((path) => path.startsWith(prefix));
    return [...new Set(inside.map((path) => path.slice(prefix.length).split("/")[0]!))];
  };
  return {
    read(path) {
      const text = files[path];
      if (text === "forbidden") return { trouble: "permission denied" };
      if (text !== undefined) return { bytes: encoder.encode(text) };
      return path === "." || below(path).length > 0 ? "folder" : { trouble: "it does not exist" };
    },
    list: below,
    folders: () => [],
    stdin: () => Promise.resolve(input === undefined ? { trouble: "gone" } : { bytes: encoder.encode(input) }),
  };
}

async function read(named: string[], files: Record<string, string>, input?: string) {
  const { sources, findings } = await readKatalogs(named, reader(files, input));
  return [sources.map(({ path }) => path), findings.map(({ file, message }) => `${file}: ${message}`)];
}

Deno.test("readKatalogs() takes katalog.yaml when nothing is named, and says what it looked for", async () => {
  assert.deepEqual(await read([], { "katalog.yaml": katalog, "other.yaml": katalog }), [["katalog.yaml"], []]);
  const { findings } = await readKatalogs([], reader({}));
  assert.deepEqual(findings, [{
    ...{ file: "katalog.yaml", line: 1, column: 1, path: "", severity: "error" },
    message: "Cannot read the file: it does not exist",
    hint: "name the Katalog, or a folder with one, or start one with: ork init",
  }]);
});

Deno.test("readKatalogs() reads a folder: its katalog.yaml alone, else every Katalog in it, by name", async () => {
  const folder = { "a/katalog.yaml": katalog, "a/b.yaml": katalog };
  assert.deepEqual(await read(["a"], folder), [["a/katalog.yaml"], []]);
  const several = {
    "z.yaml": katalog,
    "b.yml": 'kind: "Katalog" # mine\r\n  broken: [\r\n',
    "crd.yaml": "kind: CustomResourceDefinition\n",
    "bundle.yaml": "kind: ConfigMap\ndata:\n  katalog.yaml: |\n    kind: Katalog\n",
    "notes.txt": "kind: Katalog\n",
    "below/c.yaml": katalog,
    "d.yaml/x": "a folder",
  };
  assert.deepEqual(await read(["."], several), [["b.yml", "z.yaml"], []]);
  assert.deepEqual(await read(["c/"], { "c/x.yaml": katalog }), [["c/x.yaml"], []]);
  assert.deepEqual(await read(["/"], { "/x.yaml": katalog }), [["/x.yaml"], []]);
});

Deno.test("readKatalogs() says what is wrong with a folder", async () => {
  const none = "There is no Katalog in the folder: it has no katalog.yaml, and";
  assert.deepEqual(await read(["a"], { "a/x.txt": "" }), [[], [`a: ${none} no other YAML file`]]);
  const others = { "a/x.yaml": "kind: Pod\n", "a/y.yml": "" };
  assert.deepEqual(await read(["a"], others), [[], [`a: ${none} none of its 2 YAML files is of kind Katalog`]]);
  assert.deepEqual(await read(["a"], { "a/x.yaml": "forbidden" }), [
    [],
    ["a/x.yaml: Cannot read the file: permission denied"],
  ]);
  const many = Object.fromEntries(Array.from({ length: 501 }, (_, n) => [`a/${n}.yaml`, katalog]));
  assert.deepEqual(await read(["a"], many), [
    [],
    ["a: There are 501 YAML files in the folder; name the Katalogs among them"],
  ]);
});

Deno.test("readKatalogs() reads standard input, and everything once", async () => {
  assert.deepEqual(await read(["-"], {}, katalog), [["stdin"], []]);
  assert.deepEqual(await read(["-", "a.yaml", "-", "."], { "a.yaml": katalog }, katalog), [["stdin", "a.yaml"], []]);
  assert.deepEqual(await read(["-"], {}), [[], ["stdin: Cannot read standard input: gone"]]);
});

Deno.test("readFiles() reads files and standard input, and no folders", async () => {
  const { sources, findings } = await readFiles(["a.yaml", "-", "b", "c"], reader({ "a.yaml": "", "b/x": "" }, "text"));
  assert.deepEqual(sources.map(({ path }) => path), ["a.yaml", "stdin"]);
  assert.deepEqual(findings.map(({ file, message }) => `${file}: ${message}`), [
    "b: Cannot read the file: it is a folder",
    "c: Cannot read the file: it does not exist",
  ]);
});

Deno.test("readKatalogs() reads what KATALOG_PATH names where no file is named", async () => {
  const files = reader({ "a.yaml": katalog, "b.yaml": katalog, "katalog.yaml": katalog });
  const read = async (named: string[], value: string) => {
    const { sources, findings } = await readKatalogs(named, { ...files, env: () => value });
    return [...sources.map(({ path }) => path), ...findings.map(({ file, message, hint }) => [file, message, hint])];
  };
  assert.deepEqual(await read([], "a.yaml,b.yaml"), ["a.yaml", "b.yaml"]);
  assert.deepEqual(await read(["katalog.yaml"], "a.yaml"), ["katalog.yaml"]);
  assert.deepEqual(await read([], ""), ["katalog.yaml"]);
  assert.deepEqual(await read([], "c.yaml"), [["c.yaml", "Cannot read the file: it does not exist", undefined]]);
});
