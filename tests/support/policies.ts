import assert from "node:assert/strict";
import { formatFinding } from "../../src/base/finding.ts";
import { stringifyJson } from "../../src/base/json.ts";
import type { JsonMap } from "../../src/base/json.ts";
import { type Katalog, loadKatalog } from "../../src/katalog/mod.ts";

/** A schema of `spec` with a field of each type. */
export const widgetSpec: JsonMap = {
  type: "object",
  required: ["must"],
  properties: {
    text: { type: "string", maxLength: 200 },
    free: { type: "string" },
    tier: { type: "string", enum: ["gold", "silver", ""] },
    size: { type: "integer" },
    must: { type: "integer" },
    ratio: { type: "number" },
    on: { type: "boolean" },
    port: { "x-kubernetes-int-or-string": true },
    "odd-name": { type: "string", maxLength: 50 },
    namespace: { type: "string", maxLength: 50 },
    maybe: { type: "string", nullable: true, maxLength: 50 },
    list: { type: "array", items: { type: "integer" } },
    tags: { type: "object", additionalProperties: { type: "string", maxLength: 50 } },
    deep: { type: "object", properties: { at: { type: "object", properties: { n: { type: "integer" } } } } },
    any: { "x-kubernetes-preserve-unknown-fields": true },
  },
};

/** The CRD of Widget, with this schema of `spec`, in group `group`. */
export function widgetDefinition(group: string, spec: JsonMap = widgetSpec): JsonMap {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind: "Widget", plural: "widgets", singular: "widget" },
      versions: [{
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            required: ["spec"],
            properties: {
              spec,
              status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
            },
          },
        },
      }],
    },
  };
}

/** The Katalog of one entry `widget` with these keys, whose CRD is in a file. `rules` of both kinds are as written. */
export function widgetKatalog(
  entry: JsonMap,
  definition = widgetDefinition("test.example"),
  more: JsonMap = {},
): Katalog {
  const document = {
    apiVersion: "orkestra.orkspace.io/v1",
    kind: "Katalog",
    metadata: { name: "demo" },
    ...more,
    spec: { crds: { widget: { crdFile: "crd.yaml", operatorBox: {}, ...entry } } },
  };
  const encoder = new TextEncoder();
  const { katalog, findings } = loadKatalog(
    [{ path: "k.yaml", bytes: encoder.encode(stringifyJson(document, 1)) }],
    (path) => path === "crd.yaml" ? encoder.encode(stringifyJson(definition)) : undefined,
  );
  assert.ok(katalog !== undefined, findings.map(formatFinding).join("\n"));
  return katalog;
}
