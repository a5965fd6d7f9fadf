import type { KubeObject } from "../../src/k8s/object.ts";
import type { ClusterTest } from "./on_cluster.ts";

/** Makes the ServiceAccount that a Pod names: a kube-apiserver admits no Pod whose ServiceAccount is not there. */
export async function makePodAccount({ plane, namespace }: ClusterTest, { kind, spec }: KubeObject): Promise<void> {
  if (kind !== "Pod" || spec.serviceAccountName === undefined) return;
  const response = await plane.adminFetch(`/api/v1/namespaces/${namespace}/serviceaccounts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ metadata: { name: spec.serviceAccountName } }),
  });
  await response.body?.cancel();
}
