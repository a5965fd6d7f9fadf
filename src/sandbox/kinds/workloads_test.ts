import assert from "node:assert/strict";
import type { KubeObject } from "../../k8s/object.ts";
import { defaultStatefulSet, validateStatefulSet } from "./workloads.ts";

/** A StatefulSet with a claim `data`, whose container mounts `volume`. */
function set(volume: string): KubeObject {
  const object: KubeObject = {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "db", namespace: "default" },
    spec: {
      selector: { matchLabels: { app: "db" } },
      updateStrategy: {},
      template: {
        metadata: { labels: { app: "db" } },
        spec: { containers: [{ name: "db", image: "db:1", volumeMounts: [{ name: volume, mountPath: "/data" }] }] },
      },
      volumeClaimTemplates: [{ metadata: { name: "data" }, spec: {}, status: {} }],
    },
  };
  defaultStatefulSet(object);
  return object;
}

Deno.test("a container of a StatefulSet mounts a claim of its templates", () => {
  assert.deepEqual(validateStatefulSet(set("data")), []);
  assert.deepEqual(validateStatefulSet(set("other")).map(({ field }) => field), [
    "spec.template.spec.containers[0].volumeMounts[0].name",
  ]);
});
