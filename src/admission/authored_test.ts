import assert from "node:assert/strict";
import type { Json, JsonMap } from "../base/json.ts";
import { compileCondition, type ConditionError } from "../conditions/mod.ts";
import { isAuthored } from "./authored.ts";

/** The error of a condition whose field, or value, is this text. */
function errorOf(text: string): ConditionError {
  const plan = { operator: "equals", field: { text, at: "k:1:1" }, value: { text: "x", at: "k:1:1" } } as const;
  return { at: "", message: "", side: compileCondition(plan).field! };
}

const spec: JsonMap = { spec: { a: "x" } };
const cases: [what: string, text: string, data: JsonMap, authored: boolean][] = [
  ["a field of the spec", "spec.a", spec, true],
  ["an absent field of the spec", "spec.b", spec, true],
  ["the metadata", "{{ .metadata.labels.a }}", spec, true],
  ["everything", "{{ . }}", spec, true],
  ["a template of nothing", '{{ "x" }}', spec, false],
  ["a child", "children.service.port", { children: { service: { port: 1 } } }, false],
  ["the status", "status.phase", { status: { phase: "Up" } }, false],
  ["another box", "cross.db.status", { cross: { db: { status: "Up" } } }, false],
  ["a call", "{{ .external.a.json.b }}", { external: { a: { json: { b: 1 } } } }, false],
  ["the spec beside a child", "{{ index .children.list .spec.n }}", { ...spec, children: { list: [1] } }, true],
  // What is absent may come without the author.
  ["the spec beside an absent child", "{{ index .children.list .spec.n }}", { ...spec, children: {} }, false],
];

for (const [what, text, data, authored] of cases) {
  Deno.test(`isAuthored(): ${what} is ${authored ? "the author's" : "not the author's"}`, () => {
    assert.equal(isAuthored(errorOf(text), data), authored);
  });
}

const values: [value: Json, absent: boolean][] = [
  [null, true],
  ["", true],
  [[], true],
  [{}, true],
  ["x", false],
  [0, false],
  [false, false],
  [[0], false],
  [{ a: 1 }, false],
];

for (const [value, absent] of values) {
  Deno.test(`isAuthored(): ${JSON.stringify(value)} that is observed is ${absent ? "absent" : "there"}`, () => {
    const data = { ...spec, children: { service: value } };
    assert.equal(isAuthored(errorOf("{{ index .children.service .spec.a }}"), data), !absent);
  });
}

Deno.test("isAuthored(): a text of the Katalog is not the author's", () => {
  assert.equal(isAuthored({ at: "", message: "", side: { kind: "text", text: "many" } }, spec), false);
});
