import assert from "node:assert/strict";
import { boxOf } from "../../tests/support/plans.ts";
import type { JsonMap } from "../base/json.ts";
import type { ValidationPlan } from "../plan/plan.ts";
import { RenderError, Templates } from "../template/compiled_text.ts";
import { compileValidations, validate, type Verdict } from "./mod.ts";

/** Friday, 2026-01-02, 10:00 UTC. */
const wallMs = Date.UTC(2026, 0, 2, 10);

/** What the rules, which stand in line 9 of `k.yaml`, say of a spec. */
function verdict(rules: string, spec: JsonMap, more: JsonMap = {}) {
  const { validation } = boxOf("{}\n", `  validation:\n    rules: [${rules}]\n`);
  const data = { metadata: { name: "one", namespace: "team" }, spec, ...more };
  return textsOf(validate(compileValidations(validation, new Templates()), data, wallMs));
}

function textsOf({ denials, warnings }: Verdict) {
  return { denials: denials.map(({ text }) => text), warnings };
}

const denials = (rules: string, spec: JsonMap) => verdict(rules, spec).denials;

const atMost = "{field: spec.size, max: 3, message: at most 3}";

Deno.test("validate() admits what breaks no rule", () => {
  assert.deepEqual(verdict("", {}), { denials: [], warnings: [] });
  assert.deepEqual(verdict(atMost, { size: 3 }), { denials: [], warnings: [] });
  assert.deepEqual(verdict(atMost, { size: 4 }), { denials: ["spec.size: at most 3"], warnings: [] });
});

Deno.test("validate() runs all rules, and separates denials and warnings, in the order of the rules", () => {
  const rules = [
    "{field: spec.b, equals: x, message: first}",
    "{field: spec.c, equals: x, message: mild, action: warn}",
    "{field: spec.d, equals: x, message: holds}",
    "{field: spec.a, equals: x, message: second}",
    "{field: spec.e, equals: x, message: milder, action: warn}",
  ];
  assert.deepEqual(verdict(rules.join(", "), { d: "x" }), {
    denials: ["spec.b: first", "spec.a: second"],
    warnings: ["spec.c: mild", "spec.e: milder"],
  });
});

Deno.test("validate() puts the path before a message, and no template", () => {
  assert.deepEqual(denials("{field: .spec.a, equals: x, message: no}", {}), ["spec.a: no"]);
  assert.deepEqual(denials('{field: "{{ .spec.a }}", equals: x, message: no}', {}), ["no"]);
  assert.deepEqual(denials('{field: "{{ .spec.a }}{{ .spec.b }}", equals: x}', { a: "y" }), ['"y" must equal "x"']);
});

Deno.test("validate() gives the field of each denial apart", () => {
  const { validation } = boxOf("{}\n", `  validation:\n    rules: [{field: .spec.a, equals: x, message: no}]\n`);
  assert.deepEqual(validate(compileValidations(validation, new Templates()), {}, wallMs).denials, [
    { field: "spec.a", message: "no", text: "spec.a: no" },
  ]);
});

Deno.test("validate() prints only the message of a rule without a field", () => {
  const rule: ValidationPlan = {
    check: { operator: "clock", time: { after: "09:00", before: "11:00" } },
    message: { text: "closed", at: "k.yaml:9:1" },
    action: "deny",
  };
  const rules = compileValidations([rule], new Templates());
  assert.deepEqual(textsOf(validate(rules, {}, wallMs)).denials, []);
  assert.deepEqual(validate(rules, {}, wallMs + 2 * 60 * 60_000).denials, [
    { field: "", message: "closed", text: "closed" },
  ]);
});

Deno.test("validate() fills in the templates of a message, and makes one where there is none", () => {
  const rule = '{field: spec.size, max: 3, message: "{{ .metadata.name }} has {{ .spec.size }}"}';
  assert.deepEqual(denials(rule, { size: 7 }), ["spec.size: one has 7"]);
  assert.deepEqual(denials("{field: spec.size, max: 3}", { size: 7 }), ["spec.size: must be at most 3"]);
  assert.deepEqual(denials("{field: spec.size, max: 3, message: ''}", { size: 7 }), ["spec.size: must be at most 3"]);
});

Deno.test("validate() checks a rule only where its conditions hold", () => {
  const asked = (condition: string, spec: JsonMap = {}) =>
    denials(`{field: spec.none, exists: true, message: asked, ${condition}}`, spec).length === 1;
  const when = "when: [{field: spec.tier, equals: gold}, {field: spec.on, equals: true}]";
  assert.equal(asked(when, { tier: "gold", on: true }), true);
  assert.equal(asked(when, { tier: "gold", on: false }), false);
  const or = "or: [{field: spec.tier, equals: gold}, {field: spec.on, equals: true}]";
  assert.equal(asked(or, { tier: "silver", on: true }), true);
  assert.equal(asked(or, { tier: "silver", on: false }), false);
  assert.equal(asked("when: [{time: {after: '09:00', before: '11:00'}}]"), true);
  assert.equal(asked("when: [{time: {after: '10:01', before: '11:00'}}]"), false);
});

Deno.test("validate() holds an absent field against rules that say something about a value", () => {
  assert.deepEqual(denials(atMost, {}), ["spec.size: at most 3"]);
  assert.deepEqual(denials("{field: spec.a, notIn: 'x,y', message: no}", {}), ["spec.a: no"]);
  assert.deepEqual(denials("{field: spec.a, notEquals: x, message: no}", {}), []);
  assert.deepEqual(denials("{field: spec.a, exists: false, message: no}", {}), []);
  const guarded = "{field: spec.size, max: 3, message: at most 3, when: [{field: spec.size, exists: true}]}";
  assert.deepEqual(denials(guarded, {}), []);
});

Deno.test("validate() denies where the CR gives a bound or a pattern that cannot be used, and says why", () => {
  const bound = '{field: spec.size, max: "{{ .spec.limit }}", message: too much}';
  assert.deepEqual(denials(bound, { size: 7, limit: 3 }), ["spec.size: too much"]);
  assert.deepEqual(denials(bound, { size: 7, limit: "many" }), [
    "spec.size: too much (cannot be checked: k.yaml:9:41: Cannot compare by lte: a text of 4 characters is not a number)",
  ]);
  const pattern = '{field: spec.name, regex: "{{ .spec.pattern }}", message: no such name}';
  assert.match(denials(pattern, { name: "x", pattern: "(" }).join(), /^spec\.name: no such name \(cannot be checked: /);
});

Deno.test("validate() denies a text that is too long for a pattern as any other that does not match", () => {
  const rule = '{field: spec.name, regex: "^x+$", message: no such name}';
  assert.deepEqual(denials(rule, { name: "xx" }), []);
  assert.deepEqual(denials(rule, { name: "x".repeat(300_000) }), ["spec.name: no such name"]);
});

Deno.test("validate() denies where the CR keeps a condition of the rule from being evaluated", () => {
  const long = "x".repeat(300_000);
  const rule = (gate: string) => `{field: spec.size, max: 3, message: at most 3, ${gate}}`;
  const tier = 'when: [{field: spec.tier, regex: "^gold"}]';
  assert.deepEqual(denials(rule(tier), { size: 9, tier: "silver" }), []);
  assert.deepEqual(denials(rule(tier), { size: 9, tier: long }), [
    'spec.size: at most 3 (cannot be checked: k.yaml:9:97: Cannot use the pattern "^gold": the text is longer than ' +
    "262144 characters)",
  ]);
  const gates: [gate: string, spec: JsonMap][] = [
    ['or: [{field: spec.tier, regex: "^gold"}, {field: spec.on, equals: "true"}]', { tier: long }],
    ['when: [{field: "{{ index .spec.list 5 }}", equals: x}]', { list: [1] }],
    ['when: [{field: spec.count, greaterThan: "{{ .spec.bound }}"}]', { count: 1, bound: "few" }],
    ['when: [{field: spec.tier, regex: "{{ .spec.pattern }}"}]', { pattern: "(" }],
    // More text than a template may make of a value.
    ["when: [{field: spec.map, contains: x}]", { map: { y: "y".repeat(1_100_000) } }],
    // One of them is the author's.
    ['when: [{field: "{{ index .children.deployments 0 }}", exists: true}, {field: spec.tier, regex: x}]', {
      tier: long,
    }],
  ];
  for (const [gate, spec] of gates) {
    const { denials, warnings } = verdict(rule(gate), { size: 9, ...spec }, { children: {} });
    assert.match(denials.join(), /^spec\.size: at most 3 \(cannot be checked: k\.yaml:9:\d+: /, gate);
    assert.deepEqual(warnings, []);
    assert.deepEqual(verdict(rule(gate), { size: 3, ...spec }, { children: {} }).denials, [], "the rule holds anyway");
  }
  const mild = verdict(`{field: spec.size, max: 3, action: warn, message: at most 3, ${tier}}`, {
    size: 9,
    tier: long,
  });
  assert.deepEqual(mild.denials, []);
  assert.match(mild.warnings.join(), /^spec\.size: at most 3 \(cannot be checked: /);
});

Deno.test("validate() only warns where what is observed is absent, or the Katalog's own text cannot be used", () => {
  const rule = (gate: string) => `{field: spec.size, max: 3, message: at most 3, ${gate}}`;
  for (
    const gate of [
      'when: [{field: "{{ index .children.deployments 0 }}", exists: true}]',
      'when: [{field: "{{ index .status.list 0 }}", exists: true}]',
      'when: [{field: "{{ index .children.deployments .spec.n }}", exists: true}]',
      'when: [{field: spec.size, greaterThan: "{{ .children.deployment.status.replicas }}"}]',
      "when: [{field: spec.size, greaterThan: '{{ \"many\" }}'}]",
    ]
  ) {
    const { denials, warnings } = verdict(rule(gate), { size: 9, n: 0 }, { children: {} });
    assert.deepEqual(denials, [], gate);
    assert.match(warnings.join(), /^k\.yaml:9:\d+: The rule for spec\.size cannot be checked: /, gate);
  }
  assert.deepEqual(denials("{field: spec.size, max: '{{ \"many\" }}', message: no}", { size: 9 }), []);
});

Deno.test("validate() reads what stands beside the object", () => {
  const rule = '{field: "{{ .children.service.port }}", equals: 80, message: port}';
  assert.deepEqual(verdict(rule, {}, { children: { service: { port: 80 } } }).denials, []);
  assert.deepEqual(verdict(rule, {}, { children: {} }).denials, ["port"]);
});

Deno.test("validate() says where the message of a broken rule cannot be rendered", () => {
  const rule = '{field: spec.a, equals: x, message: "{{ index .spec.list 5 }}"}';
  assert.throws(
    () => verdict(rule, { list: [1] }),
    (error) => error instanceof RenderError && /^k\.yaml:9:\d+: /.test(error.message),
  );
  assert.deepEqual(denials(rule, { list: [1], a: "x" }), []);
});

Deno.test("validate() warns where a call that a rule needs has failed, and checks a rule that tests the call", () => {
  const { validation } = boxOf(
    "{}\n",
    `  validation:
    external: [{name: registry, url: "https://registry.example.org"}]
    rules:
      - {field: external.registry.json.a, equals: x, message: no}
      - {field: "{{ .external.registry.json.a }}", equals: x, message: neither}
      - {field: external.registry.ok, equals: "true", message: unreachable}\n`,
  );
  const verdict = (registry: JsonMap) =>
    textsOf(validate(compileValidations(validation, new Templates()), { external: { registry } }, wallMs));
  assert.deepEqual(verdict({ error: "down", ok: false }), {
    denials: ["external.registry.ok: unreachable"],
    warnings: [
      'external.registry.json.a: a rule is not checked here: the external call "registry" failed',
      'a rule is not checked here: the external call "registry" failed',
    ],
  });
  assert.deepEqual(verdict({ error: "", ok: true, json: { a: "y" } }).denials, [
    "external.registry.json.a: no",
    "neither",
  ]);
});

Deno.test("validate() tells the first condition that the author of the CR keeps from being evaluated", () => {
  const long = "x".repeat(300_000);
  const gate = "when: [{field: spec.a, regex: first}, {field: spec.b, regex: second}]";
  assert.match(
    denials(`{field: spec.size, max: 3, message: at most 3, ${gate}}`, { size: 9, a: long, b: long }).join(),
    /Cannot use the pattern "first"/,
  );
});

Deno.test("validate() names a rule without a field by the object", () => {
  const rule: ValidationPlan = {
    check: { operator: "clock", time: { after: "09:00", before: "11:00" } },
    when: [{ field: { text: "{{ index .children.a 0 }}", at: "k.yaml:9:1" }, operator: "exists" }],
    message: { text: "closed", at: "k.yaml:9:1" },
    action: "deny",
  };
  const rules = compileValidations([rule], new Templates());
  assert.match(
    validate(rules, { children: {} }, wallMs + 2 * 60 * 60_000).warnings.join(),
    /^k\.yaml:9:1: The rule for this object cannot be checked: /,
  );
});
