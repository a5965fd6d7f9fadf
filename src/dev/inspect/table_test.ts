import assert from "node:assert/strict";
import { printable } from "./printable.ts";
import { tableLines } from "./table.ts";

Deno.test("tableLines() aligns columns, paints whole cells, and shows a dash for nothing", () => {
  const rows = [["website", { text: "healthy", style: "green" }, ""], [
    "db",
    { text: "pending", style: "yellow" },
    "x",
  ]] as const;
  assert.deepEqual(tableLines(["CRD", "STATE", "WHY"], rows, { colour: false }), [
    "CRD      STATE    WHY",
    "website  healthy  -",
    "db       pending  x",
  ]);
  assert.equal(
    tableLines(["CRD", "STATE"], [["a", { text: "ok", style: "red" }]], { colour: true })[1],
    "a    \x1b[31mok\x1b[0m",
  );
  const [, long] = tableLines(["A", "B"], [["a".repeat(500), "b"]], { colour: false });
  assert.ok(long!.length < 100);
});

Deno.test("printable() lets no response move the cursor, break a line or turn the direction of text", () => {
  assert.equal(printable("a\x1b[2Jb\nc\u009bd\u202ee  f\x07"), "a?[2Jb c?d?e f?");
  assert.equal(printable("x".repeat(5000)).length, 2048);
});
