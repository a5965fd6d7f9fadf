import assert from "node:assert/strict";
import { canBeEqual, canBeEqualInOnePass, canMatch, mustMatch, possibleText } from "./possible_text.ts";

Deno.test("canBeEqual() distinguishes texts by their literal ends", () => {
  const cases: [string, string, boolean][] = [
    ["a", "a", true],
    ["a", "b", false],
    ["{{ .x }}", "b", true],
    ["a-{{ .x }}", "b-{{ .y }}", false],
    ["a-{{ .x }}", "a-b-{{ .y }}", true],
    ["{{ .x }}-a", "{{ .y }}-b", false],
    ["a-{{ .x }}", "a", false],
    ["ab{{ .x }}bc", "abc", false],
    ["ab{{ .x }}bc", "abbc", true],
    ["a {{- .x }}", "ab", true],
  ];
  for (const [a, b, expected] of cases) {
    assert.equal(canBeEqual(possibleText(a), possibleText(b)), expected, `${a} and ${b}`);
    assert.equal(canBeEqual(possibleText(b), possibleText(a)), expected, `${b} and ${a}`);
  }
});

Deno.test("canMatch() and mustMatch() compare a namespace with globs", () => {
  const cases: [string, string, can: boolean, must: boolean][] = [
    ["team-*", "team-a", true, true],
    ["team-*", "other", false, false],
    ["team-*", "{{ .x }}", true, false],
    ["team-*", "team-a{{ .x }}", true, true],
    ["team-*", "prod-{{ .x }}", false, false],
    ["*-dev", "{{ .x }}-dev", true, true],
    ["*-dev", "{{ .x }}-prod", false, false],
    ["*", "{{ .x }}", true, true],
    ["fixed", "{{ .x }}", true, false],
    ["fixed", "f{{ .x }}", true, false],
    ["fixed", "g{{ .x }}", false, false],
  ];
  for (const [glob, text, can, must] of cases) {
    assert.equal(canMatch([glob], possibleText(text)), can, `${glob} can match ${text}`);
    assert.equal(mustMatch([glob], possibleText(text)), must, `${glob} must match ${text}`);
  }
});

Deno.test("canBeEqualInOnePass() knows that a template gives the same twice", () => {
  const cases: [string, string, boolean][] = [
    ["{{ .x }}", "{{ .x }}-web", false],
    ["{{ .x }}-svc", "{{ .x }}-web", false],
    ["{{ .x }}-a", "{{ .x }}-a", true],
    ["{{ .x }}-{{ .y }}", "{{ .x }}-web", true],
    ["{{ .x }}-{{ .y }}", "{{ .x }}", false],
    ["{{ .x }}", "{{ .y }}-web", true],
    ["a", "b", false],
  ];
  for (const [a, b, expected] of cases) {
    assert.equal(canBeEqualInOnePass(possibleText(a), possibleText(b)), expected, `${a} and ${b}`);
    assert.equal(canBeEqualInOnePass(possibleText(b), possibleText(a)), expected, `${b} and ${a}`);
  }
});
