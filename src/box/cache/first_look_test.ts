import assert from "node:assert/strict";
import type { KubeObject } from "../../k8s/object.ts";
import { looksUnfinished } from "./first_look.ts";

const ready = { type: "Ready", status: "True" };

function cr(status: unknown, metadata: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: "demo.dev/v1",
    kind: "Demo",
    metadata: { name: "a", generation: 2, ...metadata },
    status,
  } as unknown as KubeObject;
}

const seen = { maxChildren: 3, writesStatus: true };

Deno.test("looksUnfinished() is false for a CR that is observed, ready and has its children", () => {
  assert.equal(looksUnfinished(cr({ observedGeneration: 2, conditions: [ready] }), 3, seen), false);
  assert.equal(looksUnfinished(cr({ conditions: [ready] }), 3, seen), false);
  assert.equal(looksUnfinished(cr(undefined), 3, { ...seen, writesStatus: false }), false);
});

Deno.test("looksUnfinished() is true for a CR that is new, changed, not ready, incomplete or being deleted", () => {
  assert.equal(looksUnfinished(cr(undefined), 3, seen), true);
  assert.equal(looksUnfinished(cr({ observedGeneration: 1, conditions: [ready] }), 3, seen), true);
  assert.equal(looksUnfinished(cr({ conditions: [{ type: "Ready", status: "False" }] }), 3, seen), true);
  assert.equal(looksUnfinished(cr({ conditions: "none" }), 3, seen), true);
  assert.equal(looksUnfinished(cr({ conditions: [ready] }), 2, seen), true);
  const metadata = { deletionTimestamp: "2026-01-01T00:00:00Z" };
  assert.equal(looksUnfinished(cr({ conditions: [ready] }, metadata), 3, seen), true);
});
