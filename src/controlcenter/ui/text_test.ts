import assert from "node:assert/strict";
import { counted, lines, millis, number, plain, rate, shellWord, span } from "./text.ts";

Deno.test("plain() and lines() leave nothing that turns, moves or hides what follows", () => {
  assert.equal(plain("a\u202eb\u0000c\nd"), "a?b?c d");
  assert.ok(plain("x".repeat(10_000)).length <= 500);
  assert.deepEqual(lines("a:\n  - b\u001b[31m\n\n    c", 3), { lines: ["a:", "  - b?[31m", ""], more: 1 });
  assert.ok(lines(`${" ".repeat(5_000)}x`, 1).lines[0]!.length <= 201);
});

Deno.test("shellWord() leaves names as they are, and quotes what a shell would read", () => {
  for (const name of ["hello", "websites.web.example.com", "a-b_c/d:e@1"]) assert.equal(shellWord(name), name);
  assert.equal(shellWord("a b"), "'a b'");
  assert.equal(shellWord("$(rm -rf /)"), "'$(rm -rf /)'");
  assert.equal(shellWord("it's; rm"), `'it'\\''s; rm'`);
  assert.equal(shellWord(""), "''");
});

Deno.test("numbers, times and shares are as people read them", () => {
  assert.deepEqual([0, 999, 1000, 1234567].map(number), ["0", "999", "1,000", "1,234,567"]);
  assert.deepEqual([0, 0.03, 0.34, 12.4, 1200].map(rate), ["0", "0.03", "0.3", "12", "1,200"]);
  assert.deepEqual([0.2, 7.4, 1234, 61_000].map(millis), ["<1 ms", "7 ms", "1.2 s", "1 min"]);
  assert.deepEqual([-5, 59_999, 60_000, 3 * 3600_000, 47 * 3600_000, 50 * 3600_000].map(span), [
    ...["0s", "59s", "1m", "3h", "47h", "2d"],
  ]);
  assert.deepEqual([counted(1, "pass", "passes"), counted(2, "pass", "passes")], ["1 pass", "2 passes"]);
});
