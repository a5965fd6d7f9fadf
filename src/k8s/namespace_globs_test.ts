import assert from "node:assert/strict";
import { isNamespaceGlob, matchesNamespace } from "./namespace_globs.ts";

Deno.test("isNamespaceGlob() takes names and one asterisk at an end", () => {
  for (const text of ["default", "team-*", "*-sandbox", "*", "a*"]) assert.ok(isNamespaceGlob(text), text);
  for (const text of ["", "Team-*", "a*b", "**", "*a*", "team.*", "-a", `${"a".repeat(64)}*`, "{{ .x }}"]) {
    assert.ok(!isNamespaceGlob(text), text);
  }
});

Deno.test("matchesNamespace() matches whole names, beginnings and ends", () => {
  const globs = ["exact", "team-*", "*-sandbox"];
  for (const name of ["exact", "team-a", "team-", "x-sandbox"]) assert.ok(matchesNamespace(globs, name), name);
  for (const name of ["exactly", "inexact", "steam-a", "team", "sandbox"]) {
    assert.ok(!matchesNamespace(globs, name), name);
  }
  assert.ok(matchesNamespace(["*"], "any"));
  assert.ok(!matchesNamespace([], "any"));
});
