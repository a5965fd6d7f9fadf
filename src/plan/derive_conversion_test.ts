import assert from "node:assert/strict";
import { conversionOf, loadConversions, shopEntry } from "../../tests/support/conversions.ts";
import type { JsonMap } from "../base/json.ts";

const text = { type: "string" };
const object = (properties: JsonMap): JsonMap => ({ type: "object", properties });
const specs = { v1alpha1: object({ size: text }), v1: object({ replicas: text }) };
const paths = [
  "{from: v1alpha1, to: v1, spec: {replicas: '{{ .spec.size }}'}}",
  "{from: v1, to: v1alpha1, spec: {size: '{{ .spec.replicas }}'}}",
];
const specOf = (schema: JsonMap | undefined) => (schema?.["properties"] as JsonMap)["spec"];

Deno.test("deriveConversions() keeps of a schema what says which values it admits, at any depth, and no prose", () => {
  const spec = {
    ...object({
      // Not the keywords: fields that are called like some.
      replicas: text,
      description: text,
      title: { type: "object", additionalProperties: { ...text, description: "prose" } },
      items: { type: "array", items: { ...object({ a: { type: "integer", minimum: 1 } }), title: "prose" } },
      open: { type: "object", additionalProperties: true, "x-kubernetes-preserve-unknown-fields": true },
    }),
    description: "prose",
    required: ["items"],
    "x-kubernetes-validations": [{ rule: "true" }],
    externalDocs: { url: "prose" },
  };
  const plan = conversionOf(paths, { v1alpha1: specs.v1alpha1, v1: spec });
  assert.deepEqual(specOf(plan.versions.find(({ name }) => name === "v1")!.schema), {
    ...object({
      replicas: text,
      description: text,
      title: { type: "object", additionalProperties: text },
      items: { type: "array", items: object({ a: { type: "integer", minimum: 1 } }) },
      open: { type: "object", additionalProperties: true, "x-kubernetes-preserve-unknown-fields": true },
    }),
    required: ["items"],
  });
});

Deno.test("deriveConversions() sorts versions, and keeps paths as they are written", () => {
  const plan = conversionOf(paths, specs);
  assert.deepEqual(plan.versions.map(({ name }) => name), ["v1", "v1alpha1"]);
  assert.deepEqual(plan.paths.map(({ from, to, at }) => [from, to, at.replace(/:\d+$/, "")]), [
    ["v1alpha1", "v1", "k.yaml:11"],
    ["v1", "v1alpha1", "k.yaml:12"],
  ]);
  assert.deepEqual([plan.group, plan.kind, plan.plural, plan.storageVersion], ["example.org", "Shop", "shops", "v1"]);
});

Deno.test("deriveConversions() has none where a Katalog declares no path", () => {
  const { plan } = loadConversions("shop:\n  crdFile: crd.yaml\n  operatorBox: {}\n", specs);
  assert.deepEqual(plan!.conversions, []);
  assert.equal(loadConversions(shopEntry(paths), specs).plan!.conversions.length, 1);
});
