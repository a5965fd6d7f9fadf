import assert from "node:assert/strict";
import { planOf } from "../../../tests/support/plans.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { Conversions } from "./conversions.ts";

const galleries = `gallery:
  apiTypes: {group: art.example.com, version: v1, kind: Gallery, plural: galleries}
  conversion:
    storageVersion: v1
    paths:
      - {from: v1alpha1, to: v1, spec: {size: "{{ .spec.count }}"}}
      - {from: v1, to: v1alpha1, spec: {count: "{{ .spec.size }}"}}
`;
const { conversions: plans } = planOf(galleries, "gateway: {}\nsecurity: {conversion: {enabled: true}}\n");
const conversions = new Conversions(plans);

function described(apiVersion: string, kind: string, desiredApiVersion: string) {
  const objects: KubeObject[] = [{ apiVersion, kind, metadata: { name: "a" } }];
  const request = { uid: "u", objects, desiredApiVersion };
  const result = conversions.convert(request);
  return conversions.describe(request, result);
}

Deno.test("describe() names kinds and versions of the Katalog, and what a caller makes up as other", () => {
  assert.deepEqual(described("art.example.com/v1alpha1", "Gallery", "art.example.com/v1"), {
    ...{ kind: "Gallery", from: "v1alpha1", to: "v1", failed: undefined, objects: 1 },
  });
  assert.deepEqual(described("art.example.com/v9", "Gallery", "art.example.com/v1"), {
    ...{ kind: "Gallery", from: "other", to: "v1", failed: "not_converted", objects: 1 },
  });
  assert.deepEqual(described("other.example.com/v1", "Gallery", "other.example.com/v2"), {
    ...{ kind: "other", from: "other", to: "other", failed: "unknown_kind", objects: 1 },
  });
});

Deno.test("describe() has an empty review", () => {
  const request = { uid: "u", objects: [], desiredApiVersion: "art.example.com/v1" };
  assert.deepEqual(conversions.describe(request, { objects: [] }), {
    ...{ kind: "other", from: "other", to: "other", failed: undefined, objects: 0 },
  });
});
