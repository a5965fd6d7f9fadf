import assert from "node:assert/strict";
import type { JsonMap } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { simulateVolume } from "./simulate_volumes.ts";
import type { Tools } from "./simulator.ts";

Deno.test("simulateVolume() lets a deleted volume go, and touches no other finalizer", () => {
  const changed: JsonMap[] = [];
  const tools = {
    change: (object: KubeObject, change: (body: JsonMap) => JsonMap) =>
      void changed.push(change(object as unknown as JsonMap)),
  } as unknown as Tools;
  const finalizers = ["a/b", "kubernetes.io/pv-protection"];
  const volume: KubeObject = { apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "v", finalizers } };
  simulateVolume(volume, tools);
  assert.deepEqual(changed, []);
  simulateVolume({ ...volume, metadata: { ...volume.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } }, tools);
  assert.deepEqual((changed[0]!["metadata"] as JsonMap)["finalizers"], ["a/b"]);
});
