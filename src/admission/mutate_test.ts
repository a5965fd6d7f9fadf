import assert from "node:assert/strict";
import { boxOf } from "../../tests/support/plans.ts";
import type { Json, JsonMap } from "../base/json.ts";
import type { KubeObject } from "../k8s/object.ts";
import { RenderError, Templates } from "../template/compiled_text.ts";
import { compileMutations, mutate } from "./mod.ts";

/** Friday, 2026-01-02, 10:00 UTC. */
const wallMs = Date.UTC(2026, 0, 2, 10);

function shop(spec: JsonMap): KubeObject {
  return { apiVersion: "shop.example.org/v1", kind: "Shop", metadata: { name: "one", namespace: "team" }, spec };
}

/** The object after the rules, which stand in line 9 of `k.yaml`. */
function mutated(rules: string, object: KubeObject, data: JsonMap = {}): KubeObject {
  const { mutation } = boxOf("{}\n", `  mutation:\n    rules: [${rules}]\n`);
  return mutate(compileMutations(mutation, new Templates()), object, data, wallMs);
}

const specAfter = (rules: string, spec: JsonMap, data?: JsonMap): Json => mutated(rules, shop(spec), data)["spec"];

function failure(rules: string, spec: JsonMap): string {
  try {
    mutated(rules, shop(spec));
  } catch (error) {
    assert.ok(error instanceof RenderError, String(error));
    return error.message;
  }
  return "";
}

Deno.test("mutate() fills in a default for what is absent, null or empty text, and for nothing else", () => {
  const rule = "{field: spec.size, default: 3}";
  const absent: JsonMap[] = [{}, { size: null }, { size: "" }];
  for (const spec of absent) assert.deepEqual(specAfter(rule, spec), { size: 3 });
  for (const size of [0, 1, false, true, "x", " ", [], {}]) assert.deepEqual(specAfter(rule, { size }), { size });
});

Deno.test("mutate() sets no field that is fixed, wherever a template gets its path from", () => {
  for (const field of ["metadata.name", "metadata.uid", "metadata", "status.phase", "kind"]) {
    const rule = '{field: "{{ .spec.path }}", override: x}';
    assert.match(failure(rule, { path: field }), /^k\.yaml:9:\d+: Cannot set "/, field);
  }
  const labelled = mutated('{field: "{{ .spec.path }}", override: x}', shop({ path: "metadata.labels.team" }));
  assert.deepEqual(labelled.metadata.labels, { team: "x" });
});

Deno.test("mutate() writes an override over whatever is there", () => {
  const rule = "{field: spec.size, override: 3}";
  for (const spec of [{}, { size: null }, { size: 0 }, { size: "x" }, { size: { a: 1 } }] as JsonMap[]) {
    assert.deepEqual(specAfter(rule, { ...spec, other: 1 }), { ...spec, size: 3, other: 1 });
  }
});

Deno.test("mutate() lets each rule see what the ones before it made", () => {
  const rules = '{field: spec.a, default: x}, {field: spec.b, default: "{{ .spec.a }}y"}, ' +
    '{field: spec.a, override: "{{ .spec.b }}z"}, {field: spec.c, default: seen, when: [{field: spec.a, equals: xyz}]}';
  assert.deepEqual(specAfter(rules, {}), { a: "xyz", b: "xy", c: "seen" });
});

Deno.test("mutate() applies a rule only where its conditions hold", () => {
  const tried = (condition: string, spec: JsonMap = {}) =>
    Object.hasOwn(specAfter(`{field: spec.set, default: 1, ${condition}}`, spec) as JsonMap, "set");
  const when = "when: [{field: spec.tier, equals: gold}, {field: spec.on, equals: true}]";
  assert.equal(tried(when, { tier: "gold", on: true }), true);
  assert.equal(tried(when, { tier: "gold", on: false }), false);
  const or = "or: [{field: spec.tier, equals: gold}, {field: spec.on, equals: true}]";
  assert.equal(tried(or, { tier: "silver", on: true }), true);
  assert.equal(tried(or, { tier: "silver", on: false }), false);
  assert.equal(tried("when: [{time: {after: '09:00', before: '11:00'}}]"), true);
  assert.equal(tried("when: [{time: {after: '10:01', before: '11:00'}}]"), false);
  assert.equal(tried("when: [{dayOfWeek: {weekend: true}}]"), false);
});

Deno.test("mutate() takes a value that is not text as it is, and keeps the type of one that a template gives", () => {
  const tree = "{a: [1, two, {b: true}], c: 1.5}";
  assert.deepEqual(specAfter(`{field: spec.x, default: ${tree}}`, {}), { x: { a: [1, "two", { b: true }], c: 1.5 } });
  const copy = '{field: spec.copy, default: "{{ .spec.from }}"}';
  for (const from of [3, true, [1, 2], { a: 1 }, "text"]) {
    assert.deepEqual(specAfter(copy, { from }), { from, copy: from });
  }
  assert.deepEqual(specAfter('{field: spec.copy, default: "n{{ .spec.from }}"}', { from: 3 }), { from: 3, copy: "n3" });
});

Deno.test("mutate() writes nothing where the value is absent", () => {
  for (const mode of ["default", "override"]) {
    const rule = `{field: spec.copy, ${mode}: "{{ .spec.none }}"}`;
    assert.deepEqual(specAfter(rule, { copy: "" }), { copy: "" });
    assert.deepEqual(specAfter(`${rule}, {field: spec.next, default: 1}`, { copy: "" }), { copy: "", next: 1 });
  }
});

Deno.test("mutate() gives a value the type that the rule wants", () => {
  const cases: [valueType: string, value: Json, expected: Json][] = [
    ["string", 3, "3"],
    ["string", " as it is ", " as it is "],
    ["string", false, "false"],
    ["int", "42", 42],
    ["int", " -7 ", -7],
    ["int", "+7", 7],
    ["int", "123456789012345", 123456789012345],
    ["float", "1.5", 1.5],
    ["float", "-2e3", -2000],
    ["bool", "true", true],
    ["bool", " false ", false],
    ["bool", true, true],
    // Neither text nor number: what it is.
    ["string", [1], [1]],
    ["int", { a: 1 }, { a: 1 }],
  ];
  for (const [valueType, from, expected] of cases) {
    const rule = `{field: spec.copy, override: "{{ .spec.from }}", valueType: ${valueType}}`;
    assert.deepEqual(specAfter(rule, { from }), { from, copy: expected }, `${valueType} ${JSON.stringify(from)}`);
  }
});

Deno.test("mutate() says where a value cannot have the type that the rule wants", () => {
  const cases: [valueType: string, value: Json, message: string][] = [
    ["int", "1.5", "a text of 3 characters is not a whole number"],
    ["int", "1234567890123456", "a text of 16 characters is not a whole number"],
    ["int", "x", "a text of 1 character is not a whole number"],
    ["int", true, "a text of 4 characters is not a whole number"],
    ["float", "x", "a text of 1 character is not a number"],
    ["float", "1e999", "a text of 5 characters is not a number"],
    ["float", " \n ", "a text of 0 characters is not a number"],
    ["bool", "yes", "a text of 3 characters is neither true nor false"],
    ["bool", 1, "a text of 1 character is neither true nor false"],
  ];
  for (const [valueType, from, message] of cases) {
    const rule = `{field: spec.copy, override: "{{ .spec.from }}", valueType: ${valueType}}`;
    assert.equal(failure(rule, { from }), `k.yaml:9:46: ${message}`, valueType);
  }
});

Deno.test("mutate() makes the maps that lead to a field, and follows lists", () => {
  assert.deepEqual(specAfter("{field: spec.a.b.c, default: 1}", {}), { a: { b: { c: 1 } } });
  assert.deepEqual(specAfter("{field: spec.a.b, default: 1}", { a: null, d: 2 }), { a: { b: 1 }, d: 2 });
  const list = [{ a: 1 }, { a: 2 }];
  assert.deepEqual(specAfter("{field: spec.list.1.a, override: 3}", { list }), { list: [{ a: 1 }, { a: 3 }] });
  assert.deepEqual(specAfter("{field: spec.list.2, default: last}", { list: [1, 2] }), { list: [1, 2, "last"] });
});

Deno.test("mutate() refuses a path that leads through what is neither a map nor a list", () => {
  for (const spec of [{ a: "text" }, { a: 3 }, { a: false }, { a: [] }] as JsonMap[]) {
    assert.match(failure("{field: spec.a.b, override: 1}", spec), /^k\.yaml:9:\d+: Cannot set "spec\.a\.b": /);
  }
  assert.match(failure("{field: spec.list.2, override: 1}", { list: [0] }), /Cannot set "spec\.list\.2"/);
});

Deno.test("mutate() takes a field with a leading dot, and one that a template names", () => {
  assert.deepEqual(specAfter("{field: .spec.a, default: 1}", {}), { a: 1 });
  assert.deepEqual(specAfter('{field: "spec.{{ .spec.key }}", override: 1}', { key: "b" }), { key: "b", b: 1 });
  assert.deepEqual(specAfter('{field: "{{ .spec.path }}", override: 1}', { path: " .spec.b\n" }), {
    path: " .spec.b\n",
    b: 1,
  });
});

Deno.test("mutate() writes anywhere on the object", () => {
  const object = mutated("{field: metadata.labels.team, default: '{{ .metadata.namespace }}'}", shop({}));
  assert.deepEqual(object.metadata, { name: "one", namespace: "team", labels: { team: "team" } });
});

Deno.test("mutate() reads the data beside the object, and the object first", () => {
  const data = { children: { service: { port: 80 } }, spec: { port: 1 }, extra: "e" };
  const rules =
    '{field: spec.port, default: "{{ .children.service.port }}"}, {field: spec.e, default: "{{ .extra }}"}, ' +
    '{field: spec.again, default: "{{ .spec.port }}"}';
  assert.deepEqual(specAfter(rules, {}, data), { port: 80, e: "e", again: 80 });
});

Deno.test("mutate() touches nothing of the object that it was given", () => {
  const object = shop({ a: { b: 1 }, list: [{ c: 1 }], same: { d: 1 } });
  const before = structuredClone(object);
  const after = mutated("{field: spec.a.b, override: 2}, {field: spec.list.0.c, override: 2}", object);
  assert.deepEqual(object, before);
  assert.deepEqual(after["spec"], { a: { b: 2 }, list: [{ c: 2 }], same: { d: 1 } });
  assert.equal(mutated("{field: spec.same.d, default: 2}", object), object);
});

Deno.test("mutate() says where a template of a rule fails", () => {
  const index = "{{ index .spec.list 5 }}";
  assert.match(failure(`{field: spec.a, default: "${index}"}`, { list: [1] }), /^k\.yaml:9:\d+: /);
  assert.match(failure(`{field: "spec.${index}", default: 1}`, { list: [1] }), /^k\.yaml:9:\d+: /);
  assert.equal(failure(`{field: spec.a, default: "${index}"}`, { list: [1], a: "there" }), "");
});

Deno.test("mutate() refuses a path that is none, wherever a template gets it from", () => {
  const rule = '{field: "{{ .spec.path }}", override: x}';
  for (const path of ["", "spec..a", "spec.[", "."]) {
    assert.match(failure(rule, { path }), /^k\.yaml:9:\d+: Cannot set ".*": it is not a field path$/, path);
  }
});

Deno.test("mutate() says where a condition is that cannot be evaluated, and changes nothing", () => {
  const gate = (condition: string) =>
    failure(`{field: spec.b, override: x, when: [${condition}]}`, { text: "t", a: 1 });
  assert.match(gate('{field: "{{ .spec.text.deep }}", equals: x}'), /^k\.yaml:9:\d+: Cannot read field "deep"/);
});

Deno.test("mutate() reports each field that a rule has set, also where it was so already", () => {
  const { mutation } = boxOf(
    "{}\n",
    "  mutation:\n    rules: [{field: spec.a, override: 1}, {field: spec.b, default: 2}, {field: spec.c.d, default: 3}]\n",
  );
  const set: [string, Json][] = [];
  mutate(compileMutations(mutation, new Templates()), shop({ a: 1, b: 5 }), {}, wallMs, (path, value) => {
    set.push([path.join("."), value]);
  });
  assert.deepEqual(set, [["spec.a", 1], ["spec.c.d", 3]]);
});

Deno.test("mutate() leaves out a rule that needs a call that failed, and reads no result from the object", () => {
  const { mutation } = boxOf(
    "{}\n",
    `  mutation:
    external: [{name: registry, url: "https://registry.example.org"}]
    rules: [{field: spec.a, default: "{{ .external.registry.json.name }}"}, {field: spec.b, default: x}]\n`,
  );
  const external = (registry: JsonMap) => ({ external: { registry } });
  const after = (registry: JsonMap, object = shop({})) =>
    mutate(compileMutations(mutation, new Templates()), object, external(registry), wallMs)["spec"];
  assert.deepEqual(after({ error: "down" }), { b: "x" });
  assert.deepEqual(after({ error: "", json: { name: "n" } }), { a: "n", b: "x" });
  const forged = { ...shop({}), ...external({ error: "", json: { name: "forged" } }) };
  assert.deepEqual(after({ error: "", json: { name: "n" } }, forged), { a: "n", b: "x" });
});
