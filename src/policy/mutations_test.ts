import assert from "node:assert/strict";
import { widgetKatalog } from "../../tests/support/policies.ts";
import type { JsonMap } from "../base/json.ts";
import { compileKinds } from "./mod.ts";

/** The expression of each rule, or its reason behind `reason: `. */
function compiled(rules: JsonMap[], entry: JsonMap = {}): string[] {
  return compileKinds(widgetKatalog({ ...entry, mutation: { rules } }))[0]!.mutations.map(({ policy }) =>
    "value" in policy ? policy.value : `reason: ${policy.reason}`
  );
}

const spec = "has(object.spec) && object.spec != null";
const parents = `(!(${spec}) ? [JSONPatch{op: "add", path: "/spec", value: {}}] : [])`;
const sets = (path: string, value: string) => `[JSONPatch{op: "add", path: "${path}", value: ${value}}]`;

Deno.test("a mutation rule becomes a JSON Patch, with the parents that are missing", () => {
  const table: [rule: JsonMap, expression: string][] = [
    [
      { field: "spec.size", default: 2 },
      `!(${spec} && has(object.spec.size) && object.spec.size != null) ? ${parents} + ${sets("/spec/size", "2")} : []`,
    ],
    [{ field: "spec.size", override: 2 }, `${parents} + ${sets("/spec/size", "2")}`],
    [
      { field: "spec.tier", default: "gold" },
      `(!(${spec} && has(object.spec.tier) && object.spec.tier != null) || object.spec.tier == "") ? ` +
      `${parents} + ${sets("/spec/tier", '"gold"')} : []`,
    ],
    [
      { field: "spec.text", override: "{{ .spec.tier }}" },
      `(${spec} && has(object.spec.tier) && object.spec.tier != null) ? ` +
      `${parents} + ${sets("/spec/text", "object.spec.tier")} : []`,
    ],
    [
      { field: "spec.on", override: "true", valueType: "bool", when: [{ field: "spec.must", greaterThan: 1 }] },
      `(${spec} && has(object.spec.must) && object.spec.must != null && object.spec.must > 1) ? ` +
      `${parents} + ${sets("/spec/on", "true")} : []`,
    ],
    [
      { field: "spec.tags", override: { a: "b", c: "d" } },
      `${parents} + ${sets("/spec/tags", '{"a": dyn("b"), "c": dyn("d")}')}`,
    ],
    [
      { field: 'metadata.annotations["a/b~c"]', override: "x" },
      '(!(has(object.metadata.annotations) && object.metadata.annotations != null) ? [JSONPatch{op: "add", path: ' +
      `"/metadata/annotations", value: {}}] : []) + ${sets("/metadata/annotations/a~1b~0c", '"x"')}`,
    ],
  ];
  for (const [rule, expression] of table) assert.deepEqual(compiled([rule]), [expression]);
});

Deno.test("a mutation rule that a policy cannot be has a reason", () => {
  const table: [rule: JsonMap, reason: string][] = [
    [{ field: "spec.{{ .spec.tier }}", default: 1 }, "its field is a template"],
    [
      { field: "metadata.labels", override: { a: "b" } },
      "sets fields of spec, labels and annotations, not metadata.labels",
    ],
    [{ field: "spec.list[0]", override: 1 }, "it sets an item of the list spec.list"],
    [{ field: "spec.any.x", override: 1 }, "the type of spec.any is not known"],
    [{ field: "spec.text", override: "{{ .spec.tier }}!" }, "does more than read one field"],
    [{ field: "spec.size", override: "{{ .spec.must }}", valueType: "int" }, "its valueType converts"],
    [{ field: "spec.size", override: "{{ .spec.size }}" }, "it reads what it or a later rule sets"],
  ];
  for (const [rule, reason] of table) {
    const [found] = compiled([rule]);
    assert.ok(found!.startsWith("reason: ") && found!.includes(reason), `${JSON.stringify(rule)}: ${found}`);
  }
  assert.match(
    compiled([{ field: "spec.size", default: 1 }], { webhooks: { mutation: false } })[0]!,
    /^reason: webhooks\./,
  );
});

Deno.test("rules are compiled only where their order with the others does not matter", () => {
  const kept = { field: "spec.tier", default: "{{ .spec.text | toLower }}" };
  const table: [rules: JsonMap[], compiled: boolean[]][] = [
    // It sets what an earlier one sets.
    [[kept, { field: "spec.tier", default: "gold" }], [false, false]],
    // It reads what an earlier one sets.
    [[kept, { field: "spec.maybe", default: "{{ .spec.tier }}" }], [false, false]],
    [[kept, { field: "spec.size", default: 1, when: [{ field: "spec.tier", equals: "gold" }] }], [false, false]],
    // It sets what an earlier one reads.
    [[kept, { field: "spec.text", default: "a" }], [false, false]],
    // They share nothing, or come in the order of policies before webhooks.
    [[kept, { field: "spec.size", default: 1 }], [false, true]],
    [[{ field: "spec.text", default: "a" }, kept], [true, false]],
    // It reads what a later one sets, which a second round sees; and the later one then sets what it reads.
    [[{ field: "spec.size", override: "{{ .spec.must }}" }, { field: "spec.must", override: 1 }], [false, false]],
  ];
  for (const [rules, expected] of table) {
    assert.deepEqual(compiled(rules).map((text) => !text.startsWith("reason: ")), expected, JSON.stringify(rules));
  }
  const entry = { normalize: { spec: { size: "{{ .spec.must }}" } } };
  assert.match(
    compiled([{ field: "spec.size", default: 1 }], entry)[0]!,
    /^reason: it shares a field with an earlier rule/,
  );
});
