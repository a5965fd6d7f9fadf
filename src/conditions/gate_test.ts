import assert from "node:assert/strict";
import type { JsonMap } from "../base/json.ts";
import { compileGate } from "./compile.ts";
import type { ConditionOperator, ConditionPlan, Gate } from "./condition.ts";
import { evaluateGate } from "./gate.ts";

const data: JsonMap = {
  metadata: { name: "acme", labels: { "example.org/tier": "gold" } },
  spec: {
    tier: "pro",
    replicas: 3,
    ratio: 0.5,
    big: 9007199254740993n,
    debug: false,
    empty: "",
    nothing: null,
    regions: ["eu", "us"],
    none: [],
    limits: { cpu: "1" },
    port: "8080",
    padded: " pro ",
  },
};
// Tuesday, 07:30 UTC.
const moment = { wallMs: Date.parse("2025-03-04T07:30:00Z") };

function condition(field: string, operator: ConditionOperator, value?: string): ConditionPlan {
  return {
    field: { text: field, at: "katalog.yaml:1:1" },
    operator,
    ...(value === undefined ? {} : { value: { text: value, at: "katalog.yaml:1:2" } }),
  };
}

function result(gate: Gate) {
  const outcome = evaluateGate(compileGate(gate), data, moment);
  return {
    passed: outcome.state === "true",
    ...(outcome.state === "false" ? { reason: outcome.reason } : {}),
    ...(outcome.state === "unknown" ? { error: outcome.error } : {}),
  } as { passed: boolean; reason?: string; error?: { at: string; message: string } };
}

const holding: [field: string, operator: ConditionOperator, value?: string][] = [
  ["spec.tier", "equals", "pro"],
  [".spec.tier", "equals", "pro"],
  ["spec.replicas", "equals", "3"],
  ["spec.debug", "equals", "false"],
  ["spec.missing", "equals", ""],
  ["spec.nothing", "equals", ""],
  ["spec.missing.deeper", "equals", ""],
  ["spec.regions.0", "equals", "eu"],
  ["spec.regions[1]", "equals", "us"],
  ["spec.limits.cpu", "equals", "1"],
  ["spec.big", "equals", "9007199254740993"],
  ["spec.tier", "notEquals", "free"],
  ["spec.missing", "notEquals", "free"],
  ["spec.tier", "contains", "r"],
  ["spec.tier", "notContains", "x"],
  ["spec.tier", "prefix", "pr"],
  ["spec.tier", "notPrefix", "x"],
  ["spec.missing", "notPrefix", "x"],
  ["spec.tier", "suffix", "o"],
  ["spec.tier", "notSuffix", "x"],
  ["spec.tier", "regex", "^p.o$"],
  ["spec.tier", "regex", "r"],
  ["spec.tier", "notRegex", "^x"],
  ["spec.tier", "exists"],
  ["spec.debug", "exists"],
  ["spec.missing", "notExists"],
  ["spec.empty", "notExists"],
  ["spec.nothing", "notExists"],
  ["spec.replicas", "gt", "2"],
  ["spec.replicas", "gte", "3"],
  ["spec.replicas", "lt", "3.5"],
  ["spec.replicas", "lte", "3"],
  ["spec.port", "gt", "1024"],
  ["spec.big", "gt", "9007199254740992"],
  ["spec.missing", "lt", "1"],
  ["spec.missing", "gte", "0"],
  ["spec.replicas", "between", "1,3"],
  ["spec.replicas", "notBetween", "4,10"],
  ["spec.tier", "in", "free, pro"],
  ["spec.missing", "in", "free,,pro"],
  ["spec.tier", "notIn", "free,gold"],
  ["spec.limits", "typeOf", "map"],
  ["spec.regions", "typeOf", "slice"],
  ["spec.regions", "typeOf", "list"],
  ["spec.replicas", "typeOf", "number"],
  ["spec.limits", "typeMap"],
  ["spec.none", "typeList"],
  ["spec.port", "typeString"],
  ["spec.big", "typeNumber"],
  ["spec.debug", "typeBool"],
  ["spec.nothing", "typeNull"],
  ["spec.missing", "typeNull"],
];

const failing: [field: string, operator: ConditionOperator, value: string | undefined, reason: string][] = [
  ["spec.tier", "equals", "free", 'spec.tier is "pro", but must equal "free"'],
  ["spec.padded", "equals", "pro", 'spec.padded is " pro ", but must equal "pro"'],
  ["spec.missing", "equals", "free", 'spec.missing is not set, but must equal "free"'],
  [
    "metadata.labels.example.org/tier",
    "exists",
    undefined,
    "metadata.labels.example.org/tier is not set, but must be set",
  ],
  ["spec.tier", "notEquals", "pro", 'spec.tier is "pro", but must not equal "pro"'],
  ["spec.tier", "contains", "x", 'spec.tier is "pro", but must contain "x"'],
  ["spec.tier", "notContains", "p", 'spec.tier is "pro", but must not contain "p"'],
  ["spec.tier", "prefix", "x", 'spec.tier is "pro", but must begin with "x"'],
  ["spec.tier", "notPrefix", "p", 'spec.tier is "pro", but must not begin with "p"'],
  ["spec.tier", "suffix", "x", 'spec.tier is "pro", but must end with "x"'],
  ["spec.tier", "notSuffix", "o", 'spec.tier is "pro", but must not end with "o"'],
  ["spec.tier", "regex", "^x", 'spec.tier is "pro", but must match "^x"'],
  ["spec.tier", "notRegex", "p", 'spec.tier is "pro", but must not match "p"'],
  ["spec.empty", "exists", undefined, "spec.empty is not set, but must be set"],
  ["spec.tier", "notExists", undefined, 'spec.tier is "pro", but must not be set'],
  ["spec.replicas", "gt", "3", 'spec.replicas is "3", but must be greater than 3'],
  ["spec.replicas", "gte", "4", 'spec.replicas is "3", but must be at least 4'],
  ["spec.replicas", "lt", "3", 'spec.replicas is "3", but must be less than 3'],
  ["spec.replicas", "lte", "2", 'spec.replicas is "3", but must be at most 2'],
  ["spec.big", "gt", "9007199254740993", 'spec.big is "9007199254740993", but must be greater than 9007199254740993'],
  ["spec.tier", "gt", "3", 'spec.tier is "pro", but is compared as a number and must be greater than 3'],
  ["spec.replicas", "between", "4,5", 'spec.replicas is "3", but must be between 4 and 5'],
  ["spec.replicas", "notBetween", "1,5", 'spec.replicas is "3", but must not be between 1 and 5'],
  ["spec.tier", "in", "free,gold", 'spec.tier is "pro", but must be one of free,gold'],
  ["spec.missing", "in", "free,gold", "spec.missing is not set, but must be one of free,gold"],
  ["spec.tier", "notIn", "pro", 'spec.tier is "pro", but must be none of pro'],
  ["spec.tier", "typeOf", "map", 'spec.tier is "pro", but must be of type map'],
  ["spec.tier", "typeMap", undefined, 'spec.tier is "pro", but must be a map'],
  ["spec.tier", "typeList", undefined, 'spec.tier is "pro", but must be a list'],
  ["spec.replicas", "typeString", undefined, 'spec.replicas is "3", but must be text'],
  ["spec.port", "typeNumber", undefined, 'spec.port is "8080", but must be a number'],
  ["spec.tier", "typeBool", undefined, 'spec.tier is "pro", but must be true or false'],
  ["spec.tier", "typeNull", undefined, 'spec.tier is "pro", but must be null'],
  ["__proto__", "exists", undefined, "__proto__ is not set, but must be set"],
  ["spec.constructor", "exists", undefined, "spec.constructor is not set, but must be set"],
];

Deno.test("evaluateGate() lets through what holds", () => {
  for (const [field, operator, value] of holding) {
    assert.deepEqual(
      result({ when: [condition(field, operator, value)] }),
      { passed: true },
      `${field} ${operator} ${value}`,
    );
  }
});

Deno.test("evaluateGate() says what does not hold", () => {
  for (const [field, operator, value, reason] of failing) {
    assert.deepEqual(result({ when: [condition(field, operator, value)] }), { passed: false, reason });
  }
});

Deno.test("evaluateGate() turns every condition round that is negated", () => {
  for (const [field, operator, value] of holding) {
    const negated = { ...condition(field, operator, value), negate: true };
    assert.equal(result({ when: [negated] }).passed, false, `${field} ${operator} ${value}`);
  }
  for (const [field, operator, value] of failing) {
    const negated = { ...condition(field, operator, value), negate: true };
    assert.deepEqual(result({ when: [negated] }), { passed: true }, `${field} ${operator} ${value}`);
  }
  assert.equal(
    result({ when: [{ ...condition("spec.tier", "equals", "pro"), negate: true }] }).reason,
    'spec.tier is "pro", but must not equal "pro"',
  );
});

Deno.test("evaluateGate() does not know what a condition that cannot be used says, negated or not", () => {
  const table: [field: string, operator: ConditionOperator, value: string, message: RegExp][] = [
    ["spec.replicas", "gt", "many", /Cannot compare by gt: "many" is not a number/],
    ["spec.replicas", "between", "5,1", /"5,1" is not a pair of numbers "min,max"/],
    ["spec.replicas", "between", "5", /is not a pair of numbers/],
    ["spec.replicas", "typeOf", "integer", /"integer" is not a type/],
  ];
  for (const [field, operator, value, message] of table) {
    for (const negate of [false, true]) {
      const { passed, error } = result({ when: [{ ...condition(field, operator, value), negate }] });
      assert.equal(passed, false);
      assert.match(error!.message, message);
      assert.equal(error!.at, "katalog.yaml:1:2");
    }
  }
});

Deno.test("evaluateGate() quotes nothing that a template of the operand rendered", () => {
  const table: [operator: ConditionOperator, value: string, message: string][] = [
    ["gt", "{{ .spec.tier }}", "Cannot compare by gt: a text of 3 characters is not a number"],
    [
      "between",
      "{{ .spec.tier }},2",
      'Cannot compare by between: a text of 5 characters is not a pair of numbers "min,max"',
    ],
    [
      "regex",
      "a{{ .spec.tier }}**",
      "Cannot use the pattern, a text of 6 characters: invalid nested repetition operator",
    ],
    ["regex", "({{ .spec.tier }}", "Cannot use the pattern, a text of 4 characters: missing closing )"],
  ];
  for (const [operator, value, message] of table) {
    assert.equal(result({ when: [condition("spec.replicas", operator, value)] }).error?.message, message);
  }
});

Deno.test("evaluateGate() shows no value where a side reads what is likely a secret", () => {
  const table: [field: string, operator: ConditionOperator, value: string, reason: string][] = [
    ["spec.password", "equals", "x", "spec.password is <redacted>, but must equal <redacted>"],
    ["spec.tokens.0", "in", "a,b", "spec.tokens.0 is <redacted>, but must be one of <redacted>"],
    ["spec.token", "exists", "", "spec.token is not set, but must be set"],
    ["children.secret.data.url", "equals", "x", "children.secret.data.url is <redacted>, but must equal <redacted>"],
    ["spec.user", "equals", "{{ .spec.password }}", "spec.user is <redacted>, but must equal <redacted>"],
    [
      "{{ .spec.password }}",
      "gt",
      "5",
      "{{ .spec.password }} is <redacted>, but is compared as a number and must be greater than <redacted>",
    ],
    ["spec.user", "equals", "password", 'spec.user is "ada", but must equal "password"'],
  ];
  const secrets: JsonMap = {
    spec: { password: "hunter2", tokens: ["t0k"], user: "ada" },
    children: { secret: { data: { url: "aHVudGVyMg==" } } },
  };
  for (const [field, operator, value, reason] of table) {
    const outcome = evaluateGate(compileGate({ when: [condition(field, operator, value)] }), secrets, moment);
    assert.deepEqual(outcome, { state: "false", reason });
  }
});

Deno.test("evaluateGate() requires all of when, one of or, and for both where both are declared", () => {
  const yes = condition("spec.tier", "equals", "pro");
  const no = condition("spec.tier", "equals", "free");
  const table: [gate: Gate, passed: boolean][] = [
    [{}, true],
    [{ when: [] }, true],
    [{ or: [] }, true],
    [{ when: [yes, yes] }, true],
    [{ when: [yes, no] }, false],
    [{ or: [no, yes] }, true],
    [{ or: [no, no] }, false],
    [{ when: [yes], or: [no, yes] }, true],
    [{ when: [yes], or: [no] }, false],
    [{ when: [no], or: [yes] }, false],
  ];
  for (const [gate, passed] of table) assert.equal(result(gate).passed, passed, JSON.stringify(gate));
  assert.equal(
    result({ or: [no, condition("spec.replicas", "gt", "5")] }).reason,
    'spec.tier is "pro", but must equal "free"; spec.replicas is "3", but must be greater than 5',
  );
});

Deno.test("evaluateGate() is unknown only where what cannot be evaluated decides", () => {
  const broken = condition("spec.replicas", "gt", "x");
  const yes = condition("spec.tier", "exists");
  const no = condition("spec.tier", "equals", "free");
  const table: [gate: Gate, state: string][] = [
    [{ when: [broken] }, "unknown"],
    [{ when: [broken, yes] }, "unknown"],
    [{ when: [broken, no] }, "false"],
    [{ when: [no, broken] }, "false"],
    [{ or: [broken, yes] }, "true"],
    [{ or: [broken, no] }, "unknown"],
    [{ when: [broken], or: [yes] }, "unknown"],
    [{ when: [broken], or: [no] }, "false"],
    [{ when: [yes], or: [broken] }, "unknown"],
    [{ when: [no], or: [broken] }, "false"],
  ];
  for (const [gate, state] of table) {
    assert.equal(evaluateGate(compileGate(gate), data, moment).state, state, JSON.stringify(gate));
  }
});

Deno.test("evaluateGate() has the errors of all conditions that may decide, and the side at fault", () => {
  const broken = condition("spec.replicas", "gt", "x");
  const failing = condition("{{ index .spec.regions 5 }}", "exists");
  const long = condition("spec.long", "regex", "x");
  const no = condition("spec.tier", "equals", "free");
  const sides = (gate: Gate) => {
    const of = { ...data, spec: { ...data["spec"] as JsonMap, long: "x".repeat(300_000) } };
    const outcome = evaluateGate(compileGate(gate), of, moment);
    assert.ok(outcome.state === "unknown");
    assert.ok(outcome.errors.includes(outcome.error));
    return outcome.errors.map(({ side }) => side.kind);
  };
  assert.deepEqual(sides({ when: [broken, failing, long] }), ["text", "template", "path"]);
  assert.deepEqual(sides({ or: [broken, no, failing] }), ["text", "template"]);
  assert.deepEqual(sides({ when: [broken], or: [failing, long] }), ["text", "template", "path"]);
});

Deno.test("evaluateGate() opens by the clock", () => {
  const clock = (plan: Omit<ConditionPlan, "operator">): Gate => ({ when: [{ operator: "clock", ...plan }] });
  assert.equal(result(clock({ time: { after: "07:00", before: "08:00" } })).passed, true);
  assert.equal(result(clock({ dayOfWeek: { in: ["tuesday"] } })).passed, true);
  assert.equal(result(clock({ time: { after: "07:00" }, dayOfWeek: { weekend: true } })).passed, false);
  assert.equal(result(clock({ time: { after: "07:00", before: "08:00" }, negate: true })).passed, false);
  assert.equal(
    result(clock({ time: { after: "22:00", before: "06:00" } })).reason,
    "it is Tuesday 07:30 UTC, but the condition holds from 22:00, until 06:00",
  );
  assert.equal(
    result(clock({ dayOfWeek: { weekday: true }, negate: true })).reason,
    "it is Tuesday 07:30 UTC, but the condition holds outside of: on a weekday",
  );
});

Deno.test("evaluateGate() judges a field and the clock together", () => {
  const open: ConditionPlan = { ...condition("spec.tier", "equals", "pro"), time: { after: "07:00" } };
  const shut: ConditionPlan = { ...condition("spec.tier", "equals", "pro"), time: { after: "08:00" } };
  assert.equal(result({ when: [open] }).passed, true);
  assert.equal(result({ when: [shut] }).passed, false);
});
