import assert from "node:assert/strict";
import type { KubeObject } from "../k8s/object.ts";
import { hasMoved } from "./moved.ts";

function cr(metadata: Record<string, unknown>, more: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: "demo.dev/v1",
    kind: "Demo",
    metadata: { name: "a", uid: "1", ...metadata },
    ...more,
  } as KubeObject;
}

Deno.test("hasMoved() sees what decisions are made of, and nothing else", () => {
  const before = cr({ generation: 1, resourceVersion: "5", labels: { a: "b" } }, { status: { ready: false } });
  const same = { ...before, metadata: { ...before.metadata, resourceVersion: "6" } };
  assert.equal(hasMoved(before, before, true), false);
  assert.equal(hasMoved(before, same, true), false);
  for (
    const change of [
      { generation: 2 },
      { uid: "2" },
      { labels: { a: "c" } },
      { labels: undefined },
      { annotations: { x: "y" } },
      { deletionTimestamp: "2026-01-01T00:00:00Z" },
    ]
  ) {
    assert.equal(hasMoved(before, { ...same, metadata: { ...same.metadata, ...change } as never }, false), true);
  }
  const status = { ...same, status: { ready: true } };
  assert.equal(hasMoved(before, status, false), false, "nobody reads the status");
  assert.equal(hasMoved(before, status, true), true);
});

Deno.test("hasMoved() compares the spec itself where nobody counts generations", () => {
  const before = cr({}, { spec: { n: 1 } });
  assert.equal(hasMoved(before, cr({}, { spec: { n: 1 } }), false), false);
  assert.equal(hasMoved(before, cr({}, { spec: { n: 2 } }), false), true);
});
