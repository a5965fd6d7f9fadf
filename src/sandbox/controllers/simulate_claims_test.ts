import assert from "node:assert/strict";
import type { JsonMap } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { simulateClaim } from "./simulate_claims.ts";
import type { Tools } from "./simulator.ts";

const claim = (more: JsonMap = {}, status: JsonMap = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "data", namespace: "default", finalizers: ["a/b", "kubernetes.io/pvc-protection"], ...more },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, volumeName: "v" },
  status,
});

/** Tools that only note what a claim is changed to. */
function toolsWith(pods: KubeObject[]): { tools: Tools; changed: JsonMap[] } {
  const changed: JsonMap[] = [];
  const tools = {
    inNamespace: () => pods,
    change: (object: KubeObject, change: (body: JsonMap) => JsonMap) =>
      void changed.push(change(object as unknown as JsonMap)),
    setStatus: (_object: KubeObject, status: JsonMap) => void changed.push({ status }),
  };
  return { tools: tools as unknown as Tools, changed };
}

Deno.test("simulateClaim() binds a claim", () => {
  const { tools, changed } = toolsWith([]);
  simulateClaim(claim(), tools);
  assert.deepEqual(changed, [{
    status: { phase: "Bound", accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" } },
  }]);
});

Deno.test("simulateClaim() lets a deleted claim go once no Pod uses it, and touches no other finalizer", () => {
  const pod: KubeObject = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }] },
  };
  const deleted = claim({ deletionTimestamp: "2026-01-01T00:00:00Z" }, { phase: "Bound" });
  const used = toolsWith([pod]);
  assert.ok(simulateClaim(deleted, used.tools)! > 0);
  assert.deepEqual(used.changed, []);
  const free = toolsWith([{ ...pod, spec: {} }]);
  assert.equal(simulateClaim(deleted, free.tools), undefined);
  assert.deepEqual((free.changed[0]!["metadata"] as JsonMap)["finalizers"], ["a/b"]);
});
