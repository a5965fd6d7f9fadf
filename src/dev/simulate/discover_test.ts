import assert from "node:assert/strict";
import type { FileReader } from "../../files/mod.ts";
import { discover } from "./discover.ts";

const tree: Record<string, readonly string[]> = {
  ".": ["b", "a", "simulate.yaml", ".git", "node_modules", "katalog.yaml"],
  "a": ["simulate.yaml"],
  "b": ["deep"],
  "b/deep": ["simulate.yaml"],
  ".git": ["simulate.yaml"],
  "node_modules": ["simulate.yaml"],
};
const files: FileReader = {
  read: (path) => Object.hasOwn(tree, path) ? "folder" : { bytes: new Uint8Array() },
  folders: (folder) =>
    (tree[folder] ?? []).filter((name) => Object.hasOwn(tree, folder === "." ? name : `${folder}/${name}`)),
  list: (folder) => tree[folder] ?? { trouble: "it does not exist" },
  stdin: () => Promise.resolve({ trouble: "gone" }),
};

Deno.test("discover() finds every simulation below a folder, and leaves other names as they are", () => {
  assert.deepEqual(discover(["./..."], [], files), ["a/simulate.yaml", "b/deep/simulate.yaml", "simulate.yaml"]);
  assert.deepEqual(discover(["b/..."], [], files), ["b/deep/simulate.yaml"]);
  assert.deepEqual(discover(["..."], ["deep", "a/"], files), ["simulate.yaml"]);
  assert.deepEqual(discover(["katalog.yaml"], ["katalog"], files), ["katalog.yaml"]);
  assert.deepEqual(discover(["none/..."], [], files), []);
});
