import assert from "node:assert/strict";
import { compileCondition } from "./compile.ts";
import type { ConditionOperator } from "./condition.ts";
import { checkRule } from "./rule.ts";

const data = { spec: { tier: "pro", replicas: 3, regions: ["eu"] } };
const moment = { wallMs: 0 };

function check(field: string, operator: ConditionOperator, value?: string, negate = false) {
  const rule = compileCondition({
    field: { text: field, at: "katalog.yaml:3:9" },
    operator,
    negate,
    ...(value === undefined ? {} : { value: { text: value, at: "katalog.yaml:4:9" } }),
  });
  return checkRule(rule, data, moment);
}

Deno.test("checkRule() passes what holds and says what does not", () => {
  assert.deepEqual(check("spec.replicas", "lte", "5"), { passed: true });
  assert.deepEqual(check("spec.replicas", "gt", "5"), {
    passed: false,
    reason: 'spec.replicas is "3", but must be greater than 5',
  });
  assert.deepEqual(check("spec.missing", "exists"), {
    passed: false,
    reason: "spec.missing is not set, but must be set",
  });
});

Deno.test("checkRule() fails an absent field for the operators that say something about a value", () => {
  const table: [operator: ConditionOperator, value: string, passed: boolean][] = [
    ["notPrefix", "x", false],
    ["notSuffix", "x", false],
    ["notContains", "x", false],
    ["notIn", "x,y", false],
    ["gt", "-1", false],
    ["gte", "0", false],
    ["lt", "5", false],
    ["lte", "5", false],
    ["between", "0,5", false],
    ["notBetween", "1,5", false],
    ["notEquals", "x", true],
    ["notExists", "", true],
    ["in", "x,,y", true],
    ["in", "x,y", false],
    ["typeNull", "", true],
    ["typeOf", "list", false],
  ];
  for (const [operator, value, passed] of table) {
    assert.equal(check("spec.missing", operator, value).passed, passed, `${operator} ${value}`);
  }
});

Deno.test("checkRule() judges a negated operator on an absent field as its opposite", () => {
  const pairs: [operator: ConditionOperator, opposite: ConditionOperator, value: string][] = [
    ["in", "notIn", "x,y"],
    ["in", "notIn", "x,,y"],
    ["notIn", "in", "x,y"],
    ["notIn", "in", "x,,y"],
    ["prefix", "notPrefix", "x"],
    ["suffix", "notSuffix", "x"],
    ["contains", "notContains", "x"],
    ["equals", "notEquals", "x"],
    ["gt", "lte", "5"],
    ["gte", "lt", "5"],
    ["lt", "gte", "5"],
    ["between", "notBetween", "1,5"],
    ["exists", "notExists", ""],
  ];
  for (const [operator, opposite, value] of pairs) {
    const negated = check("spec.missing", operator, value, true);
    assert.deepEqual(negated, check("spec.missing", opposite, value), `${operator} ${value}`);
  }
  assert.equal(check("spec.missing", "in", "x,y", true).passed, false);
});

Deno.test("checkRule() fails a field that is not a number for the operators on numbers", () => {
  for (const operator of ["gt", "gte", "lt", "lte"] as const) {
    assert.equal(check("spec.tier", operator, "5").passed, false);
  }
  assert.equal(check("spec.tier", "notBetween", "1,5").passed, false);
  assert.equal(check("spec.tier", "gt", "5", true).passed, false);
});

Deno.test("checkRule() denies nothing by a rule that cannot be used, and reports it", () => {
  const table: [operator: ConditionOperator, value: string][] = [["gt", "many"], ["between", "9,1"], [
    "typeOf",
    "thing",
  ]];
  for (const [operator, value] of table) {
    const { passed, error } = check("spec.replicas", operator, value);
    assert.equal(passed, true);
    assert.equal(error!.at, "katalog.yaml:4:9");
  }
});
