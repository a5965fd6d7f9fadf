import assert from "node:assert/strict";
import { errorFromResponse } from "../../cluster/api_error.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import type { ChildChange } from "../../reconcile/mod.ts";
import { problemOf } from "./failure.ts";
import { WriteError } from "./write.ts";

/** Responses of a real API server: see tests/golden/cluster/record.ts. */
const refusals: Readonly<Record<string, { readonly status: number; readonly body: unknown }>> = JSON.parse(
  Deno.readTextFileSync(new URL("../../../tests/golden/cluster/refusals.json", import.meta.url)),
);

const update = {
  action: "update",
  type: builtInType("Service")!,
  key: "shop/web",
  entry: "onReconcile.services[0]",
  cause: { why: "declared" },
} as unknown as ChildChange;

function messageOf(status: number, body: unknown, change = update): string {
  const cause = errorFromResponse(
    { status, body: JSON.stringify(body), retryAfter: null, wallMs: 0 },
    { verb: "PATCH", path: "/api/v1/namespaces/shop/services/web" },
  );
  const what = "update Service web";
  return problemOf(change, new WriteError(what, cause)).message;
}

function invalid(field: string, message: string): unknown {
  const causes = [{ reason: "FieldValueInvalid", field, message }];
  const details = { name: "web", kind: "Service", causes };
  const text = `Service "web" is invalid: ${field}: ${message}`;
  return { kind: "Status", status: "Failure", message: text, reason: "Invalid", details, code: 422 };
}

const advice = /; undo the change of that field, or delete Service web to have it recreated as declared$/;

Deno.test("a field that cannot be changed is refused with what can be done, as a real API server words it", () => {
  for (const name of ["immutable selector", "immutable selector and template", "immutable Job template"]) {
    const { status, body } = refusals[name]!;
    assert.match(messageOf(status, body), advice, name);
  }
  for (const name of ["missing fields", "names and values", "not supported", "out of range"]) {
    const { status, body } = refusals[name]!;
    assert.doesNotMatch(messageOf(status, body), advice, name);
  }
});

Deno.test("a field that cannot be changed is recognized in the words of each kind", () => {
  for (
    const message of [
      "field is immutable when `immutable` is set",
      "spec is immutable after creation except resources.requests for bound claims",
      "Forbidden: updates to statefulset spec for fields other than 'replicas' and 'template' are forbidden",
      'Invalid value: "10.0.0.9": may not change once set',
      "cannot change roleRef",
      "Forbidden: may not be changed in an update.",
      "Forbidden: pod updates may not change fields other than `spec.containers[*].image`",
      "Invalid value: Value is immutable",
    ]
  ) assert.match(messageOf(422, invalid("spec.x", message)), advice, message);
  assert.doesNotMatch(messageOf(422, invalid("spec.x", "must be at least 1")), advice);
  // Nothing of the name is there yet: deleting it cannot help.
  const create = { ...update, action: "create" } as ChildChange;
  assert.doesNotMatch(messageOf(422, invalid("spec.x", "field is immutable"), create), advice);
});
