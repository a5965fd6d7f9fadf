import assert from "node:assert/strict";
import type { CrossEntry, CrossUpdate } from "./update.ts";
import { CrossTable } from "./table.ts";

function update(more: Partial<CrossUpdate>): CrossUpdate {
  return { source: "db", begins: false, complete: false, objects: [], gone: [], omitted: 0, ...more };
}

function entry(name: string, status = ""): CrossEntry {
  return { object: { name, namespace: "x", labels: {}, annotations: {}, spec: {}, status: { is: status } }, bytes: 1 };
}

Deno.test("CrossTable returns what differs, and nothing for what is sent again", () => {
  const table = new CrossTable();
  const first = table.apply(update({ begins: true, complete: true, objects: [entry("a"), entry("b")] }));
  assert.deepEqual(first.map(({ key, before }) => [key, before]), [["x/a", undefined], ["x/b", undefined]]);
  const again = table.apply(update({ objects: [entry("a"), entry("b", "new")], gone: ["x/none"] }));
  assert.deepEqual(again.map(({ key, before, after }) => [key, before?.status, after?.status]), [
    ["x/b", { is: "" }, { is: "new" }],
  ]);
  assert.deepEqual(table.apply(update({ gone: ["x/a"] })).map(({ key, after }) => [key, after]), [["x/a", undefined]]);
});

Deno.test("CrossTable keeps what it has until a source that begins again is complete", () => {
  const table = new CrossTable();
  assert.equal(table.isComplete, false);
  table.apply(update({ begins: true, complete: true, objects: [entry("a"), entry("b"), entry("c")] }));
  assert.equal(table.isComplete, true);
  assert.deepEqual(table.apply(update({ begins: true, objects: [entry("a")] })), []);
  assert.deepEqual([...table.keys()], ["x/a", "x/b", "x/c"]);
  // The source ended in the middle, and begins once more.
  assert.deepEqual(table.apply(update({ begins: true, objects: [entry("b")] })), []);
  const changes = table.apply(update({ complete: true, objects: [entry("c", "new")] }));
  assert.deepEqual(changes.map(({ key, after }) => [key, after?.status]), [["x/c", { is: "new" }], ["x/a", undefined]]);
  assert.deepEqual([table.isComplete, table.omitted], [true, 0]);
});
