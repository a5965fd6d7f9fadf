import assert from "node:assert/strict";
import { compilePattern, patternBounds, PatternError } from "./pattern.ts";

Deno.test("compilePattern() matches as RE2 does", () => {
  const table: [pattern: string, text: string, matches: boolean][] = [
    ["^a+$", "aaa", true],
    ["b", "abc", true],
    ["", "", true],
    ["^[a-z]{2,4}-\\d+$", "web-17", true],
    ["(?i)PRO", "pro", true],
    ["\\pL", "é", true],
    ["^\\w$", "é", false],
    ["^.$", "💡", true],
    ["(?P<name>x)", "x", true],
    ["a\\z", "a\n", false],
  ];
  for (const [pattern, text, matches] of table) {
    assert.equal(compilePattern(pattern).test(text), matches, `${pattern} on ${JSON.stringify(text)}`);
  }
});

Deno.test("compilePattern() refuses what RE2 has not, and says why", () => {
  const table: [pattern: string, why: RegExp][] = [
    ["(", /missing closing \)/],
    ["(?=a)", /unsupported Perl syntax/],
    ["(a)\\1", /invalid escape sequence/],
    ["a**", /nested repetition/],
    ["a{1001}", /invalid repeat count/],
    ["((a{100}){100}){100}", /invalid repeat count/],
    ["(?:ab?){1000}".repeat(60), /too large/],
    ["(?:abcdefghijkl){990}", /too large/],
    ["x".repeat(patternBounds.source + 1), /longer than 1024 characters/],
  ];
  for (const [pattern, why] of table) {
    assert.throws(() => compilePattern(pattern), (error) => error instanceof PatternError && why.test(error.message));
  }
});

Deno.test("compilePattern() takes time linear in the text for patterns that make others explode", () => {
  const started = performance.now();
  const text = "a".repeat(100_000);
  for (const pattern of ["^(a+)+$", "(a|a)*b", "(.*)(.*)(.*)(.*)(.*)c", "^(?:a?){200}a{200}$"]) {
    compilePattern(pattern).test(text);
  }
  assert.ok(performance.now() - started < 5000, "patterns took more than 5 s");
});

Deno.test("Pattern.test() refuses a text beyond its bound", () => {
  assert.throws(() => compilePattern("a").test("b".repeat(patternBounds.text + 1)), PatternError);
  assert.equal(compilePattern("a").test("\u{1f600}".repeat(patternBounds.text)), false);
});
