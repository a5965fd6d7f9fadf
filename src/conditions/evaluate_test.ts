import assert from "node:assert/strict";
import type { JsonMap } from "../base/json.ts";
import { TemplateSyntaxError } from "../template/mod.ts";
import { compileCondition, compileGate } from "./compile.ts";
import type { ConditionOperator, ConditionPlan } from "./condition.ts";
import { evaluateGate } from "./gate.ts";
import { PatternError } from "./pattern.ts";
import { checkRule } from "./rule.ts";

const data: JsonMap = {
  metadata: { name: "acme", labels: { "example.org/tier": "gold" } },
  spec: {
    tier: "pro",
    allowed: "free,pro",
    replicas: 3,
    limit: 5,
    pattern: "^p",
    broken: "(",
    regions: ["eu", "us"],
    padded: " x ",
    memory: "512Mi",
    maxMemory: "1Gi",
    timeout: "5m",
  },
  children: { deployment: { status: { readyReplicas: 2 } } },
};
const moment = { wallMs: 0 };

function condition(field: string, operator: ConditionOperator, value?: string): ConditionPlan {
  return {
    field: { text: field, at: "katalog.yaml:7:9" },
    operator,
    ...(value === undefined ? {} : { value: { text: value, at: "katalog.yaml:8:9" } }),
  };
}

function result(plan: ConditionPlan) {
  const outcome = evaluateGate(compileGate({ when: [plan] }), data, moment);
  if (outcome.state === "true") return { passed: true };
  if (outcome.state === "false") return { passed: false, reason: outcome.reason };
  const { at, message } = outcome.error;
  return { passed: false, error: { at, message } };
}

Deno.test("evaluateGate() reads fields and values that are templates", () => {
  const table: [field: string, operator: ConditionOperator, value?: string][] = [
    ["{{ .spec.tier }}", "equals", "pro"],
    ['{{ index .metadata.labels "example.org/tier" }}', "equals", "gold"],
    ["spec.tier", "in", "{{ .spec.allowed }}"],
    ["spec.replicas", "lt", "{{ .spec.limit }}"],
    ["spec.replicas", "between", "1,{{ .spec.limit }}"],
    ["spec.tier", "regex", "{{ .spec.pattern }}"],
    ["children.deployment.status.readyReplicas", "lt", "{{ .spec.replicas }}"],
    ["spec.memory", "lte", "{{ .spec.maxMemory }}"],
    ["spec.memory", "lte", "1Gi"],
    ["spec.memory", "between", "128Mi,1Gi"],
    ["{{ .spec.missing.deeper }}", "notExists"],
    ["{{ .spec.regions }}", "typeList"],
    ["{{ .spec.replicas }}", "typeNumber"],
    ["{{ .spec.regions }}", "equals", "[eu us]"],
    ["spec.regions", "contains", "us"],
    ["  {{ .spec.padded }}\n", "equals", "x"],
    ["spec.tier", "equals", " {{ .spec.tier }} "],
    ["spec.missing", "equals", "{{ .spec.absent }}"],
  ];
  for (const [field, operator, value] of table) {
    assert.deepEqual(result(condition(field, operator, value)), { passed: true }, `${field} ${operator} ${value}`);
  }
});

Deno.test("evaluateGate() names a template by its text", () => {
  assert.deepEqual(result(condition("{{ .spec.tier }}", "equals", "{{ .metadata.name }}")), {
    passed: false,
    reason: '{{ .spec.tier }} is "pro", but must equal "acme"',
  });
});

Deno.test("evaluateGate() does not know what a template that fails says, negated or not, and reports where it stands", () => {
  for (const negate of [false, true]) {
    const field = result({ ...condition("{{ .spec.tier.deeper }}", "exists"), negate });
    assert.equal(field.passed, false);
    assert.equal(field.error?.at, "katalog.yaml:7:9");
    const value = result({ ...condition("spec.tier", "equals", "{{ .spec.tier.deeper }}"), negate });
    assert.equal(value.passed, false);
    assert.equal(value.error?.at, "katalog.yaml:8:9");
  }
});

Deno.test("evaluateGate() does not know what a pattern of the data that is none says, and reports it", () => {
  const { passed, error } = result(condition("spec.tier", "regex", "{{ .spec.broken }}"));
  assert.equal(passed, false);
  const message = "Cannot use the pattern, a text of 1 character: missing closing )";
  assert.deepEqual(error, { at: "katalog.yaml:8:9", message });
});

Deno.test("checkRule() fails a field whose template fails, and passes a bound whose pattern is none", () => {
  const check = (plan: ConditionPlan) => checkRule(compileCondition(plan), data, moment);
  assert.equal(check(condition("{{ .spec.tier.deeper }}", "exists")).passed, false);
  assert.equal(check(condition("spec.tier", "regex", "{{ .spec.broken }}")).passed, true);
});

Deno.test("compileGate() throws for what is wrong without data", () => {
  assert.throws(() => compileGate({ when: [condition("{{ .spec.tier", "exists")] }), TemplateSyntaxError);
  assert.throws(() => compileGate({ or: [condition("spec.tier", "regex", "(")] }), PatternError);
  assert.throws(() => compileGate({ or: [condition("spec.tier", "notRegex", "a{1001}")] }), PatternError);
});
