import assert from "node:assert/strict";
import { codeOf } from "./code.ts";

Deno.test("codeOf() finds the code of a thread in the source and beside a bundle", async () => {
  for (const code of ["cell/jail", "entry/cell"] as const) assert.ok((await Deno.stat(codeOf(code))).isFile);
  assert.equal(codeOf("entry/cell", "file:///x/ork-runtime.js").href, "file:///x/entry_cell.js");
});
