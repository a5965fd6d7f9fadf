import assert from "node:assert/strict";
import { planOf } from "../../tests/support/plans.ts";
import type { Json, JsonMap } from "../base/json.ts";
import { compileReview, type ReviewedKind } from "./review.ts";
import { mutateScale, validateScale } from "./scale.ts";

const security = "gateway: {}\nsecurity: {webhooks: {admission: {enabled: true}}}\n";

function kindOf({ mutation = "", validation = "" }): ReviewedKind {
  const types = "{group: shop.example.org, version: v1, kind: Shop, plural: shops, specReplicasPath: .spec.count}";
  const other = "{field: spec.other, exists: true}";
  return compileReview(
    planOf(
      `shop:\n  apiTypes: ${types}\n  validation: {rules: [${[validation, other].filter(Boolean).join(", ")}]}\n` +
        `  mutation: {rules: [${mutation}]}\n  operatorBox: {}\n`,
      security,
    ).gateway!.admission!.kinds[0]!,
  );
}

const scaleOf = (spec: Json | undefined, metadata: JsonMap = { name: "one", namespace: "team" }): JsonMap => ({
  apiVersion: "autoscaling/v1",
  kind: "Scale",
  metadata,
  ...(spec === undefined ? {} : { spec }),
});

const atMost = kindOf({ validation: "{field: spec.count, max: 5, message: at most 5}" });
const denied = (kind: ReviewedKind, scale: JsonMap) => validateScale(kind, scale, 0).denials.map(({ text }) => text);

Deno.test("validateScale() judges the replicas at the path that the CRD names", () => {
  assert.deepEqual(denied(atMost, scaleOf({ replicas: 5 })), []);
  assert.deepEqual(denied(atMost, scaleOf({ replicas: 6 })), ["spec.count: at most 5"]);
});

Deno.test("validateScale() takes replicas that are left out for none, as Go leaves a zero out", () => {
  const some = kindOf({ validation: "{field: spec.count, min: 1, message: at least 1}" });
  for (const spec of [undefined, {}, "text"]) assert.deepEqual(denied(some, scaleOf(spec)), ["spec.count: at least 1"]);
  assert.deepEqual(denied(atMost, scaleOf(undefined)), []);
});

Deno.test("validateScale() knows name and namespace, and has no namespace in cluster scope", () => {
  const named = kindOf({
    validation: '{field: spec.count, max: 0, message: "{{ .metadata.name }} in {{ .metadata.namespace }}"}',
  });
  assert.deepEqual(denied(named, scaleOf({ replicas: 1 })), ["spec.count: one in team"]);
  assert.deepEqual(denied(named, scaleOf({ replicas: 1 }, { name: "one" })), ["spec.count: one in"]);
});

Deno.test("validateScale() refuses what cannot be evaluated", () => {
  const kind = kindOf({ validation: '{field: spec.count, max: 0, message: "{{ index .spec.count 1 }}"}' });
  const { denials, warnings } = validateScale(kind, scaleOf({ replicas: 1 }), 0);
  assert.deepEqual([denials.length, denials[0]!.field, warnings], [1, "", []]);
  assert.match(denials[0]!.text, /^cannot be evaluated: k\.yaml:/);
});

Deno.test("mutateScale() applies the overrides of the replicas, and nothing else", () => {
  const kind = kindOf({ mutation: "{field: spec.count, override: 3, when: [{field: spec.count, greaterThan: 3}]}" });
  const many = scaleOf({ replicas: 9, other: 1 });
  assert.deepEqual(mutateScale(kind, many, 0), {
    scale: scaleOf({ replicas: 3, other: 1 }),
    warnings: [],
    changes: [{ field: "spec.count", mode: "override" }],
  });
  const few = scaleOf({ replicas: 2 });
  assert.equal(mutateScale(kind, few, 0).scale, few);
});

Deno.test("mutateScale() never refuses: what is no whole number, or fails, is left out with a warning", () => {
  const scale = scaleOf({ replicas: 9 });
  const skipped = (value: string) => {
    const result = mutateScale(kindOf({ mutation: `{field: spec.count, override: ${value}}` }), scale, 0);
    assert.equal(result.scale, scale);
    return result.warnings.join();
  };
  assert.equal(skipped("1.5"), "mutation is skipped: replicas are a whole number");
  assert.equal(skipped('"{{ .metadata.name }}"'), "mutation is skipped: replicas are a whole number");
  assert.match(skipped('"{{ index .spec.count 1 }}"'), /^mutation is skipped: k\.yaml:\d+:\d+: /);
});
