import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/clock.ts";
import { textLog } from "./log.ts";
Deno.test("textLog() writes one line, whatever a message quotes", () => {
  const lines: string[] = [];
  textLog((line) => lines.push(line), new FakeClock(), "info", false)("info", 'holder "a\nFAKE \x1b[31m\x9b" é');
  assert.deepEqual(lines, ['03:04:05 holder "a\\nFAKE \\x1b[31m\\x9b" é']);
});
