import assert from "node:assert/strict";
import { parseFieldPath } from "../base/field_path.ts";
import { whyImmutable } from "./mutable_field.ts";

const why = (field: string): string | undefined => whyImmutable(parseFieldPath(field)!)?.message;

Deno.test("what a client may set on a named object can be mutated", () => {
  for (
    const field of [
      "spec",
      "spec.replicas",
      "spec.metadata.name",
      "metadata.labels",
      "metadata.labels.team",
      'metadata.annotations["acme.example/plan"]',
      "metadata.finalizers",
      "metadata.ownerReferences[0].blockOwnerDeletion",
    ]
  ) assert.equal(why(field), undefined, field);
});

Deno.test("what identifies an object, what the API server keeps, and what is no metadata cannot", () => {
  const kept = [
    "name",
    "generateName",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
    "selfLink",
    "lables",
  ];
  for (const field of kept) {
    assert.equal(why(`metadata.${field}`), `metadata.${field} is fixed, or kept by the API server`);
    assert.equal(why(`.metadata.${field}.x`), `metadata.${field} is fixed, or kept by the API server`);
  }
  assert.equal(why("metadata"), "metadata is filled in by its fields");
  for (const field of ["status.phase", "kind", "apiVersion", "replicas"]) {
    assert.equal(why(field), "only fields of spec and metadata can be filled in");
  }
});
