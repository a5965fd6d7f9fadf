import assert from "node:assert/strict";
import { builtInType } from "../k8s/resource_types.ts";
import { RenderError, Templates } from "../template/compiled_text.ts";
import { parseTemplate } from "../template/mod.ts";
import { childrenData, type NamedChild } from "./children_data.ts";
import { elementsOf, maxElements } from "./for_each.ts";
import { compileNormalize, normalize } from "./normalize.ts";
import { absentInput, templateData } from "./template_data.ts";

const child = (kind: string, name: string, created: string, status?: object): NamedChild => ({
  type: builtInType(kind)!,
  key: `shop/${name}`,
  view: {
    apiVersion: "v1",
    kind,
    metadata: { name, namespace: "shop", creationTimestamp: created },
    ...(status === undefined ? {} : { status }),
  },
});

Deno.test("childrenData() gives the newest of a kind, and all by name, in both spellings", () => {
  const data = childrenData(
    [child("CronJob", "old", "2026-01-01T00:00:00Z"), child("CronJob", "new", "2026-01-02T00:00:00Z")],
    new Set(),
  ) as Record<string, { metadata?: { name: string } } & Record<string, unknown>>;
  assert.equal(data["cronJob"]!.metadata!.name, "new");
  assert.equal(data["cronjob"]!.metadata!.name, "new");
  for (const key of ["cronJobs", "cronjobs"]) assert.deepEqual(Object.keys(data[key]!).sort(), ["new", "old"]);
});

Deno.test("childrenData() has every child of one name in several namespaces: the oldest by name, the others with it", () => {
  const of = (namespace: string, created: string): NamedChild => ({
    ...child("Secret", "pull", created),
    key: `${namespace}/pull`,
  });
  const copies = [of("team-b", "2026-01-02T00:00:00Z"), of("team-a", "2026-01-03T00:00:00Z"), of("shop", "")];
  for (const children of [copies, copies.toReversed()]) {
    const data = childrenData(children, new Set(["Secret"])) as Record<string, Record<string, unknown>>;
    assert.deepEqual(Object.keys(data["secrets"]!).sort(), ["pull", "team-a/pull", "team-b/pull"]);
    assert.deepEqual(Object.keys(data["custom"]!), ["pull"]);
  }
});

Deno.test("childrenData() has short names, and a map of custom children in two spellings", () => {
  const data = childrenData([child("PersistentVolumeClaim", "p", "")], new Set(["PersistentVolumeClaim"]));
  assert.deepEqual(data["pvc"], data["persistentVolumeClaim"]);
  assert.deepEqual(Object.keys(data["custom"] as object), ["p"]);
  assert.deepEqual(data["customs"], data["custom"]);
  assert.equal("custom" in childrenData([child("Service", "s", "")], new Set()), false);
});

Deno.test("templateData() has the CR at its root, without managedFields", () => {
  const metadata = { name: "web", managedFields: [] };
  const data = templateData({ apiVersion: "a/v1", kind: "Web", metadata, spec: { a: 1 } }, [], new Set());
  assert.deepEqual(data, { apiVersion: "a/v1", kind: "Web", metadata: { name: "web" }, spec: { a: 1 }, children: {} });
});

const absent: [template: string, path: string | undefined][] = [
  ["{{ .children.service.status.ip }}", ".children.service.status.ip"],
  ["{{ (index .children.service.status.list 0).ip }}", ".children.service.status.list"],
  ["{{ .children.service.metadata.name }}", undefined],
  ["{{ .spec.missing.deeper }}", undefined],
  ["{{ .cross.other.status.x }}", ".cross.other.status.x"],
  ["{{ .external.call.body }}", ".external.call.body"],
  ["{{ .children.service.metadata.name }}{{ .children.deployment.status.x }}", ".children.deployment.status.x"],
];

for (const [template, path] of absent) {
  Deno.test(`absentInput() of ${template} is ${path ?? "nothing"}`, () => {
    const data = { spec: {}, children: childrenData([child("Service", "s", "", { list: [] })], new Set()) };
    assert.equal(absentInput(parseTemplate(template), data), path);
  });
}

Deno.test("elementsOf() a list: maps are .value too, scalars leave it absent; .index counts all", () => {
  const elements = elementsOf({ field: "spec.items", as: "thing" }, { spec: { items: ["a", { b: 1 }] } });
  assert.ok(typeof elements !== "string");
  assert.deepEqual(elements.map(({ item, value, index, thing }) => ({ item, value, index, thing })), [
    { item: "a", value: undefined, index: 0, thing: "a" },
    { item: { b: 1 }, value: { b: 1 }, index: 1, thing: { b: 1 } },
  ]);
  assert.equal("value" in elements[0]!, false);
});

Deno.test("elementsOf() a map: sorted keys in .item, values in .value", () => {
  const elements = elementsOf({ field: ".spec.map", as: "item" }, { spec: { map: { b: 2, a: 1 } } });
  assert.ok(typeof elements !== "string");
  assert.deepEqual(elements.map(({ item, value }) => [item, value]), [["a", 1], ["b", 2]]);
});

Deno.test("elementsOf() an absent field is none; a scalar, or too many, is an error in words", () => {
  assert.deepEqual(elementsOf({ field: "spec.none", as: "item" }, { spec: {} }), []);
  assert.match(String(elementsOf({ field: "spec.a", as: "item" }, { spec: { a: 1 } })), /neither a list nor a map/);
  const items = Array.from({ length: maxElements + 1 }, (_, n) => n);
  assert.match(String(elementsOf({ field: "items", as: "item" }, { items })), /1001 elements; at most 1000/);
});

Deno.test("normalize() sets paths on a copy, each from the CR as stored, and types mixed texts", () => {
  const templates = new Templates();
  const rule = (path: string, text: string) => ({ path: path.split("."), value: { text, at: "k.yaml:1:1" } });
  const rules = compileNormalize([
    rule("a", "{{ .spec.b }}"),
    rule("b", "x-{{ .spec.a }}"),
    rule("deep.count", "{{ .spec.n }}0"),
    rule("gone", "{{ .spec.none }}"),
  ], templates);
  const cr = { apiVersion: "a/v1", kind: "Web", metadata: { name: "w" }, spec: { a: "1", b: "2", n: 3 } };
  assert.deepEqual(normalize(rules, cr, cr as never)["spec"], { a: "2", b: "x-1", n: 3, deep: { count: 30 } });
  assert.deepEqual(cr.spec, { a: "1", b: "2", n: 3 });
  assert.equal(normalize([], cr, {}), cr);
  assert.throws(() => normalize(compileNormalize([rule("a.b", "x")], templates), cr, cr as never), RenderError);
});
