import type { KubeObject } from "../../src/k8s/object.ts";
import type { ControlPlane } from "./control_plane.ts";

/** Maximum number of objects that are read. */
const maxObjects = 10_000;

/**
 * Custom resources as they are in etcd, by `/registry/<group>/<plural>/<namespace>/<name>`, through the HTTP gateway of
 * etcd (`POST /v3/kv/range`, https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/). The API server stores them as JSON.
 */
export async function storedObjects(plane: ControlPlane, prefix: string): Promise<KubeObject[]> {
  // The end of a range is exclusive: the prefix with its last byte incremented.
  const end = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
  const response = await fetch(`${plane.etcd}/v3/kv/range`, {
    method: "POST",
    body: JSON.stringify({ key: btoa(prefix), range_end: btoa(end), limit: maxObjects + 1 }),
  });
  if (!response.ok) throw new Error(`Cannot read ${prefix} in etcd: HTTP ${response.status}: ${await response.text()}`);
  const { kvs = [] } = await response.json() as { kvs?: { value: string }[] };
  if (kvs.length > maxObjects) throw new Error(`More than ${maxObjects} objects at ${prefix} in etcd`);
  return kvs.map(({ value }) =>
    JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(value), (c) => c.charCodeAt(0))))
  );
}
