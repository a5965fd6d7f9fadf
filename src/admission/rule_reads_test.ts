import assert from "node:assert/strict";
import type { ConditionPlan } from "../conditions/mod.ts";
import { Templates } from "../template/compiled_text.ts";
import { callsOfRule } from "./rule_reads.ts";

const text = (value: string) => ({ text: value, at: "k:1:1" });
const condition = (field: string | undefined, value?: string): ConditionPlan => ({
  operator: "equals",
  ...(field === undefined ? {} : { field: text(field) }),
  ...(value === undefined ? {} : { value: text(value) }),
});
const reads = (...args: [gate: Parameters<typeof callsOfRule>[0], check?: ConditionPlan, texts?: string[]]) =>
  [...callsOfRule(args[0], args[1], (args[2] ?? []).map(text), new Templates())].map(([name, tests]) =>
    `${name}${tests ? " tested" : ""}`
  );

Deno.test("callsOfRule() finds the calls of conditions, of what is checked, and of texts", () => {
  assert.deepEqual(
    reads(
      { when: [condition("external.a.json.x")], or: [condition("{{ .external.b.json.x }}")] },
      condition("spec.a", "{{ .external.c.json.x }}"),
      ["{{ .external.d.json.x }}", "external.e.json.x"],
    ),
    ["a", "b", "c", "d"],
  );
  assert.deepEqual(reads({}, condition("spec.a", "external.a.json.x")), [], "a value is no path");
  assert.deepEqual(reads({ when: [condition(undefined)] }), [], "the clock alone");
  assert.deepEqual(reads({ when: [condition("no path [")] }), []);
});

Deno.test("callsOfRule() distinguishes a rule that tests whether a call succeeded", () => {
  assert.deepEqual(reads({}, condition("external.a.ok")), ["a tested"]);
  assert.deepEqual(reads({ when: [condition("external.a.error")] }, condition("external.a.json.x")), ["a tested"]);
  assert.deepEqual(reads({}, condition("external.a.body")), ["a"]);
});
