import assert from "node:assert/strict";
import { widgetDefinition, widgetKatalog, widgetSpec } from "../../tests/support/policies.ts";
import type { Json, JsonMap } from "../base/json.ts";
import { compileKinds } from "./mod.ts";

const text = { field: "spec.text", message: "m" };
const size = { field: "spec.size", message: "m" };

/** The expressions of one rule; a reason follows `reason: `. */
function compiled(rule: JsonMap, entry: JsonMap = {}): { policy: string; crd: string } {
  const [{ policy, crd }] = compileKinds(widgetKatalog({ ...entry, validation: { rules: [rule] } }))[0]!
    .validations as [
      ReturnType<typeof compileKinds>[0]["validations"][0],
    ];
  return {
    policy: "value" in policy ? policy.value.expression : `reason: ${policy.reason}`,
    crd: "value" in crd ? crd.value.rule : `reason: ${crd.reason}`,
  };
}

const here = "has(object.spec)";

Deno.test("each operator has its expression over a typed field", () => {
  const table: [rule: JsonMap, crd: string][] = [
    [{ ...text, equals: "a" }, 'has(self.text) && self.text == "a"'],
    [{ ...text, equals: "" }, '!has(self.text) || self.text == ""'],
    [{ ...text, notEquals: "a" }, '!has(self.text) || self.text != "a"'],
    [{ ...text, contains: "a" }, 'has(self.text) && self.text.contains("a")'],
    [{ ...text, notContains: "a" }, 'has(self.text) && self.text != "" && !self.text.contains("a")'],
    [{ ...text, prefix: "a" }, 'has(self.text) && self.text.startsWith("a")'],
    [{ ...text, notPrefix: "a" }, 'has(self.text) && self.text != "" && !self.text.startsWith("a")'],
    [{ ...text, suffix: '"\\' }, 'has(self.text) && self.text.endsWith("\\"\\\\")'],
    [{ ...text, notSuffix: "a" }, 'has(self.text) && self.text != "" && !self.text.endsWith("a")'],
    [{ ...text, regex: "^a\\d" }, 'has(self.text) && self.text.matches("^a\\\\d")'],
    [{ ...text, notRegex: "a" }, '!has(self.text) || !self.text.matches("a")'],
    [{ ...text, in: "a, b" }, 'has(self.text) && self.text in ["a", "b"]'],
    [{ ...text, notIn: "a" }, 'has(self.text) && self.text != "" && self.text != "a"'],
    [{ ...text, exists: true }, 'has(self.text) && self.text != ""'],
    [{ ...text, exists: false }, '!has(self.text) || self.text == ""'],
    [{ ...text, operator: "typeString" }, "has(self.text)"],
    [{ ...text, operator: "typeOf", value: "map" }, "false"],
    [{ ...text, operator: "typeNull" }, "!has(self.text)"],
    [{ ...text, equals: "a", negate: true }, '!has(self.text) || self.text != "a"'],
    [{ ...size, equals: "3" }, "has(self.size) && self.size == 3"],
    [{ ...size, equals: "03" }, "false"],
    [{ ...size, in: "1,x,3" }, "has(self.size) && self.size in [1, 3]"],
    [{ ...size, max: 3 }, "has(self.size) && self.size <= 3"],
    [{ ...size, lessThan: 2.5 }, "has(self.size) && self.size < 3"],
    [{ ...size, min: "9007199254740993" }, "has(self.size) && self.size >= 9007199254740993"],
    [{ ...size, greaterThan: 1, negate: true }, "has(self.size) && self.size <= 1"],
    [{ ...size, between: "1,3" }, "has(self.size) && self.size >= 1 && self.size <= 3"],
    [{ ...size, notBetween: "1,3" }, "has(self.size) && !(self.size >= 1 && self.size <= 3)"],
    [{ ...size, exists: true }, "has(self.size)"],
    [{ ...size, operator: "typeNumber" }, "has(self.size)"],
    [{ field: "spec.must", max: "{{ .spec.must }}" }, "!has(self.must) || (has(self.must) && self.must <= self.must)"],
    [{ field: "spec.ratio", max: 3 }, "has(self.ratio) && self.ratio <= 3.0"],
    [{ field: "spec.ratio", equals: "0.5" }, "has(self.ratio) && self.ratio == 0.5"],
    [{ field: "spec.on", equals: true }, "has(self.on) && self.on == true"],
    [{ field: "spec.port", in: "80,80%" }, 'has(self.port) && (self.port in ["80", "80%"] || self.port == 80)'],
    [{ field: "spec.port", operator: "typeString" }, "has(self.port) && type(self.port) == string"],
    [{ field: 'spec["odd-name"]', exists: true }, 'has(self.odd__dash__name) && self.odd__dash__name != ""'],
    [{ field: "spec.namespace", equals: "x" }, 'has(self.__namespace__) && self.__namespace__ == "x"'],
    [
      { field: "spec.deep.at.n", max: 1 },
      "has(self.deep) && has(self.deep.at) && has(self.deep.at.n) && self.deep.at.n <= 1",
    ],
    [{ field: "spec.list", exists: true }, "has(self.list)"],
    [{ field: "spec.tags", operator: "typeMap" }, "has(self.tags)"],
  ];
  for (const [rule, crd] of table) {
    const result = compiled(rule);
    assert.equal(result.crd, crd, JSON.stringify(rule));
    assert.ok(!result.policy.startsWith("reason: "), result.policy);
  }
});

Deno.test("a policy reads the whole object, and asks for everything on the way", () => {
  const table: [rule: JsonMap, policy: string][] = [
    [{ ...size, max: 3 }, "has(object.spec.size) && object.spec.size <= 3"],
    [
      { field: 'spec["odd-name"]', equals: "x" },
      '"odd-name" in object.spec && object.spec["odd-name"] == "x"',
    ],
    [
      { field: "spec.maybe", equals: "x" },
      'has(object.spec.maybe) && object.spec.maybe != null && object.spec.maybe == "x"',
    ],
    [
      { field: "spec.list[1]", equals: 1 },
      "has(object.spec.list) && size(object.spec.list) > 1 && object.spec.list[1] == 1",
    ],
    [
      { field: 'spec.tags["a/b"]', equals: 1 },
      'has(object.spec.tags) && "a/b" in object.spec.tags && object.spec.tags["a/b"] == "1"',
    ],
    [{ field: "metadata.name", prefix: "a" }, 'has(object.metadata.name) && object.metadata.name.startsWith("a")'],
    [
      { field: "spec.free", regex: "a" },
      'has(object.spec.free) && size(object.spec.free) <= 262144 && object.spec.free.matches("a")',
    ],
    [
      { field: "spec.free", regex: "a", negate: true },
      "!(has(object.spec) && has(object.spec.free)) || " +
      '(size(object.spec.free) <= 262144 && !object.spec.free.matches("a"))',
    ],
    [{ ...size, regex: "1" }, 'has(object.spec.size) && string(int(object.spec.size)).matches("1")'],
  ];
  for (const [rule, policy] of table) {
    assert.equal(compiled(rule).policy, /^!|^has\(object\.metadata/.test(policy) ? policy : `${here} && ${policy}`);
  }
});

/** Why a rule is left to others: what the reason of the policy, and that of the CRD, contain. */
Deno.test("what cannot be said alike has a reason", () => {
  const table: [rule: JsonMap, policy: string, crd?: string][] = [
    [{ field: "spec.any.x", equals: "a" }, "the type of spec.any is not known"],
    [{ field: "spec.any", exists: true }, "the type of spec.any is not known"],
    [{ ...text, operator: "unique" }, "it needs the other objects of the kind"],
    [{ ...text, max: 3 }, "spec.text is of type string, whose texts are compared as numbers"],
    [{ field: "spec.port", max: 3 }, "spec.port is of type int-or-string"],
    [{ field: "spec.ratio", prefix: "a" }, "spec.ratio is of type number, which CEL prints otherwise"],
    [{ field: "spec.list", equals: "[1]" }, "spec.list is a list, which is compared by how it is printed"],
    [{ field: "spec.ratio", max: "9007199254740993" }, "is not exact as a double"],
    [{ ...text, regex: "\\pL" }, "its pattern has \\p"],
    [{ ...text, regex: "(?i)a" }, 'its pattern has "(?i"'],
    [{ ...text, regex: "é" }, "beyond ASCII"],
    [{ ...text, equals: "{{ .spec.tier | toUpper }}" }, "its value is a template that does more than read one field"],
    [{ ...text, equals: "{{ .spec.free }}" }, "may have white space round it"],
    [{ ...size, max: "{{ .spec.ratio }}" }, "it compares an integer with a number"],
    [{ ...size, max: "{{ .spec.size }}" }, "spec.size may be absent, and then the rule cannot be checked"],
    [{ ...text, prefix: "{{ .spec.tier }}" }, 'its value is a template, with the operator "prefix"'],
    [{ field: "{{ .spec.text }}", equals: "a" }, "write the path alone", "its field"],
    [{ field: "{{ .spec.text }}{{ .spec.tier }}", equals: "a" }, "its field is a template that does more", "its field"],
    [{ field: "{{ .children.service.port }}", equals: "a" }, "it reads .children.service.port, which is", "its field"],
    [{ ...text, equals: "a", when: [{ time: { after: "08:00" } }] }, "it depends on the time"],
    [{ ...text, equals: "a", message: "{{ .spec.free }} no" }, "its message reads spec.free: set maxLength"],
    [{ ...text, equals: "a", message: "{{ .spec.text }} no" }, "", ""],
    [{ field: "{{ .spec.size }}", equals: "3", message: "{{ .spec.text }}" }, "its message may be empty", "its field"],
    [{ ...text, equals: "a", message: "{{ .spec.tier | toUpper }}" }, "its message is a template that does more"],
    [{ ...text, equals: "a", message: "{{ .spec.ratio }} no" }, "its message reads spec.ratio"],
    [{ ...size, max: 3, when: [{ field: "spec.free", regex: "a" }] }, "the text of spec.free may be too long for a"],
    [{ ...size, max: 3, when: [{ field: "spec.port", regex: "a" }] }, "the text of spec.port may be too long for a"],
    [{ ...size, prefix: "1" }, "", "whose text the API server does not search in a CRD's rule"],
    [{ ...text, equals: "a", action: "warn" }, "", "a CRD has no warnings"],
    [{ field: "metadata.name", equals: "a" }, "", "a rule of a CRD sees spec alone, and this reads metadata.name"],
    [{ ...text, equals: "a", when: [{ field: "kind", equals: "a" }] }, "", "this reads kind"],
    [{ field: "spec.maybe", equals: "a" }, "", "spec.maybe may be null"],
    [{ field: "spec.list[0]", equals: "1" }, "", "no items of lists or maps"],
    [{ field: "spec.tags.x", equals: "1" }, "", "no items of lists or maps"],
    [{ field: "{{ .spec.size }}", equals: "3" }, "", "its field is a template"],
    [
      { field: "spec.free", regex: "a".repeat(200) },
      "set maxLength of spec.free to at most 100000",
      "to at most 1000000",
    ],
    [
      { field: "spec.free", contains: "a".repeat(300) },
      "set maxLength of spec.free to at most 166660",
      "to at most 1666660",
    ],
  ];
  for (const [rule, policy, crd = policy] of table) {
    const result = compiled(rule);
    for (const [found, wanted] of [[result.policy, policy], [result.crd, crd]] as const) {
      assert.ok(
        wanted === "" ? !found.startsWith("reason: ") : found.startsWith("reason: ") && found.includes(wanted),
        `${JSON.stringify(rule)}: ${found}`,
      );
    }
  }
});

Deno.test("a rule that reads the result of an HTTP call is left to Gateway and Runtime", () => {
  const external = [{ name: "permit", url: "https://permits.test/" }];
  const rules: JsonMap[] = [
    { field: "external.permit.json.allowed", equals: "true", message: "m" },
    { ...text, equals: "a", when: [{ field: "external.permit.ok", equals: "true" }] },
    { ...text, equals: "{{ .external.permit.body }}" },
    { ...text, equals: "a", message: "{{ .external.permit.body }} no" },
    { ...size, max: 3 },
  ];
  const mutations: JsonMap[] = [
    { field: "spec.text", default: "{{ .external.permit.body }}" },
    { field: "spec.text", default: "a", when: [{ field: "external.permit.ok", equals: "true" }] },
  ];
  const entry = { mutation: { external, rules: mutations }, validation: { rules } };
  const [{ validations, mutations: set }] = compileKinds(widgetKatalog(entry)) as [ReturnType<typeof compileKinds>[0]];
  const isCompiled = (outcome: object): boolean => "value" in outcome;
  assert.deepEqual(validations.map(({ policy }) => isCompiled(policy)), [false, false, false, false, true]);
  assert.deepEqual(validations.map(({ crd }) => isCompiled(crd)).slice(0, 4), [false, false, false, false]);
  assert.deepEqual(set.map(({ policy }) => isCompiled(policy)), [false, false]);
});

Deno.test("what an entry says of all of its rules is a reason too", () => {
  const rule = { ...size, max: 3 };
  const table: [entry: JsonMap, policy: string, crd: string][] = [
    [{ namespace: "team" }, "", "some objects of the kind only"],
    [{ labelSelector: { a: "b" } }, "", "some objects of the kind only"],
    [{ webhooks: { operations: ["CREATE"] } }, "", "it is for CREATE alone"],
    [{ webhooks: { validation: false } }, "webhooks.validation: false", "webhooks.validation: false"],
    [
      { normalize: { spec: { size: "{{ .spec.must }}" } } },
      "it reads what normalize sets",
      "it reads what normalize sets",
    ],
    [{ mutation: { rules: [{ field: "spec.size", default: 1 }] } }, "", "it reads what a mutation rule sets"],
    [
      { mutation: { rules: [{ field: "spec.size", default: "{{ .spec.must }}0", valueType: "int" }] } },
      "a mutation rule",
      "a mutation rule",
    ],
    [{ mutation: { rules: [{ field: "spec.text", default: "a" }] } }, "", ""],
  ];
  for (const [entry, policy, crd] of table) {
    const result = compiled(rule, entry);
    for (const [found, wanted] of [[result.policy, policy], [result.crd, crd]] as const) {
      assert.ok(
        wanted === "" ? !found.startsWith("reason: ") : found.startsWith("reason: ") && found.includes(wanted),
        `${JSON.stringify(entry)}: ${found}`,
      );
    }
  }
});

Deno.test("a rule of a CRD is compiled where the schema lets no object escape it", () => {
  const rules = (definition: JsonMap, rule: JsonMap) => {
    const [kind] = compileKinds(widgetKatalog({ validation: { rules: [rule] } }, definition));
    const { crd } = kind!.validations[0]!;
    return "value" in crd ? "" : crd.reason;
  };
  const changed = (change: (version: JsonMap, schema: JsonMap) => void): JsonMap => {
    const definition = structuredClone(widgetDefinition("test.example"));
    const version = ((definition["spec"] as JsonMap)["versions"] as JsonMap[])[0]!;
    change(version, (version["schema"] as JsonMap)["openAPIV3Schema"] as JsonMap);
    return definition;
  };
  const bare = changed((_version, schema) => delete schema["required"]);
  assert.match(rules(bare, { ...size, max: 3 }), /^an object without spec would pass: add spec/);
  assert.equal(rules(bare, { ...size, max: 3, when: [{ field: "spec.size", exists: true }] }), "");
  const two = changed((version) => void version);
  ((two["spec"] as JsonMap)["versions"] as Json[]).push({
    ...((two["spec"] as JsonMap)["versions"] as JsonMap[])[0]!,
    name: "v2",
    storage: false,
  });
  assert.match(rules(two, { ...size, max: 3 }), /^the CRD serves v1, v2/);
  const dated = widgetDefinition("test.example", {
    ...widgetSpec,
    properties: { text: { type: "string", format: "date-time" } },
  });
  assert.match(rules(dated, { ...text, equals: "a" }), /format date-time, which is no text/);
});

Deno.test("rules are compiled as long as they together cost what the API server allows", () => {
  const rule = { field: "spec.free", regex: "^a+$", message: "m" };
  const { validations } = compileKinds(widgetKatalog({ validation: { rules: Array(300).fill(rule) } }))[0]!;
  const count = (place: "policy" | "crd") => validations.filter((each) => "value" in each[place]).length;
  // A tenth of 256 Ki characters in a policy, of 3 MiB in a CRD, of 5 and 50 millions.
  assert.deepEqual([count("policy"), count("crd")], [190, 158]);
  const { crd } = validations.at(-1)!;
  assert.ok("reason" in crd && crd.reason.includes("set a smaller maxLength of spec.free"));
});
