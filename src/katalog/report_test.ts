import assert from "node:assert/strict";
import { Report } from "./report.ts";

const at = (line: number) => ({ file: "k.yaml", line, column: 1 });

Deno.test("Report orders findings as a reader meets them, and keeps each once", () => {
  const report = new Report();
  report.warn(at(2), "b", "later");
  report.error(at(1), "a", "first", "a hint");
  report.warn(at(2), "other.path", "later");
  assert.deepEqual(report.findings(), [
    { severity: "error", file: "k.yaml", line: 1, column: 1, path: "a", message: "first", hint: "a hint" },
    { severity: "warning", file: "k.yaml", line: 2, column: 1, path: "b", message: "later" },
  ]);
  assert.ok(report.failed);
});

Deno.test("Report counts what it leaves out, and many warnings do not fail", () => {
  const report = new Report();
  for (let line = 1; line <= 250; line++) report.warn(at(line), "", "old place");
  assert.equal(report.failed, false);
  assert.equal(report.findings().length, 201);
  assert.equal(report.findings().at(-1)!.message, "50 more warnings are left out");
  report.error(at(300), "", "wrong");
  assert.ok(report.failed);
  assert.ok(report.findings().some(({ message }) => message === "wrong"));
});
