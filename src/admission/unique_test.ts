import assert from "node:assert/strict";
import { boxOf, planOf } from "../../tests/support/plans.ts";
import type { JsonMap } from "../base/json.ts";
import { Templates } from "../template/compiled_text.ts";
import { compareAge, heldText, mayHoldSecret, uniqueFields, type UniqueView } from "./unique.ts";
import { compileValidations, validate } from "./validate.ts";

const rule = (more = "") => boxOf("{}", `  validation: {rules: [{field: .spec.host, operator: unique${more}}]}\n`);

/** What the rule says of an object in the namespace `a` with this host. */
function said(host: unknown, others?: UniqueView, more = "") {
  const rules = compileValidations(rule(more).validation, new Templates());
  const data = { metadata: { name: "one", namespace: "a" }, spec: { host } } as JsonMap;
  const { denials, warnings } = validate(rules, data, 0, others);
  return [...denials.map(({ text }) => `denied ${text}`), ...warnings];
}

const heldBy = (holder: ReturnType<UniqueView["holderOf"]>): UniqueView => ({ holderOf: () => holder });

Deno.test("a rule unique denies a value that another object has, and names that in the same namespace alone", () => {
  assert.deepEqual(said("x", heldBy(undefined)), []);
  assert.deepEqual(said("x", heldBy({ name: "two", namespace: "a" })), [
    "denied spec.host: must be unique (a/two has it)",
  ]);
  assert.deepEqual(said("x", heldBy({ name: "two", namespace: "b" })), [
    "denied spec.host: must be unique (an object in another namespace has it)",
  ]);
  assert.deepEqual(said("x", heldBy({ name: "two" })), ["denied spec.host: must be unique (two has it)"]);
  const more = ", action: warn, message: '{{ .spec.host }} is taken'";
  assert.deepEqual(said("x", heldBy({ name: "two" }), more), ["spec.host: x is taken (two has it)"]);
});

Deno.test("a rule unique asks for a value as text, and for none where there is none or its condition is false", () => {
  const asked: string[] = [];
  const view: UniqueView = {
    holderOf(field, value) {
      asked.push(`${field}=${value}`);
      return undefined;
    },
  };
  for (const host of ["x", 8, 1.5, true, false, 0, "", null, undefined]) assert.deepEqual(said(host, view), []);
  assert.deepEqual(said("x", view, ", when: [{field: spec.host, equals: y}]"), []);
  assert.deepEqual(asked, ["x", "8", "1.5", "true", "false", "0"].map((value) => `spec.host=${value}`));
});

Deno.test("a rule unique denies a list or a map, which has no one value", () => {
  for (const host of [["x"], { a: "x" }, []]) {
    assert.match(said(host, heldBy(undefined)).join(), /^denied spec\.host: must be unique \(it is a list or a map/);
  }
});

Deno.test("a rule unique that cannot be decided passes, with a warning that says so", () => {
  assert.deepEqual(said("x", heldBy({ unknown: "nobody says" })), [
    "spec.host: it is not checked here whether it is unique: nobody says",
  ]);
  assert.match(said("x").join(), /^spec\.host: it is not checked here .*; the Runtime checks it$/);
});

Deno.test("uniqueFields() has each field of a rule unique once, however it is written", () => {
  const { boxes } = planOf(`shop:
  apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
  validation:
    rules:
      - {field: spec.host, operator: unique}
      - {field: '.spec["host"]', operator: unique, when: [{field: spec.a}]}
      - {field: 'metadata.annotations["a/b"]', operator: unique}
      - {field: spec.other, operator: exists}
`);
  assert.deepEqual(uniqueFields(boxes[0]!.validation), [
    { name: "spec.host", path: ["spec", "host"] },
    { name: 'metadata.annotations["a/b"]', path: ["metadata", "annotations", "a/b"] },
  ]);
});

Deno.test("compareAge() orders by time of creation, then by uid", () => {
  const [early, late] = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"];
  const ages = [["b", late], ["b", early], ["a", late], ["c", early]]
    .map(([uid, creationTimestamp]) => ({ uid: uid!, creationTimestamp: creationTimestamp! }));
  const order = ages.sort(compareAge).map(({ uid, creationTimestamp }) => uid + creationTimestamp.slice(-2, -1));
  assert.deepEqual(order, ["b0", "c0", "a1", "b1"]);
  assert.equal(compareAge(ages[0]!, { ...ages[0]! }), 0);
});

Deno.test("heldText() of what is no value", () => {
  for (const host of ["", null, undefined, [], {}]) assert.equal(heldText({ host } as JsonMap, ["host"]), undefined);
});

Deno.test("mayHoldSecret() recognises any part of a path", () => {
  assert.ok(mayHoldSecret({ name: "", path: ["spec", "password", "text"] }));
  assert.ok(!mayHoldSecret({ name: "", path: ["spec", "secretName"] }));
});
