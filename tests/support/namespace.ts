import type { ControlPlane } from "./control_plane.ts";
import { waitFor } from "./wait_for.ts";

/** A new namespace of a test; disposing of it begins its removal. */
export interface FreshNamespace extends AsyncDisposable {
  readonly name: string;
}

/** Makes a namespace that no other test has, ready for Pods where controllers run. */
export async function freshNamespace(plane: ControlPlane, prefix = "test"): Promise<FreshNamespace> {
  const name = `${prefix}-${crypto.randomUUID().slice(0, 8)}`;
  const created = await plane.adminFetch("/api/v1/namespaces", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name } }),
  });
  const response = await created.text();
  if (!created.ok) throw new Error(`Cannot create namespace ${name}: ${response}`);
  if (plane.controllers) {
    await waitFor(`namespace ${name} has its service account`, async () => {
      const response = await plane.adminFetch(`/api/v1/namespaces/${name}/serviceaccounts/default`);
      await response.body?.cancel();
      return response.ok;
    });
  }
  return {
    name,
    async [Symbol.asyncDispose]() {
      const response = await plane.adminFetch(`/api/v1/namespaces/${name}`, { method: "DELETE" });
      await response.body?.cancel();
    },
  };
}
