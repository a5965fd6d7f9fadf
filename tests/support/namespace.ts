import type { ControlPlane } from "./control_plane.ts";
import { waitFor } from "./wait_for.ts";

/** A new namespace of a test; disposing of it begins its removal, and that of what goes with it (`removeAll`). */
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
    [Symbol.asyncDispose]: () => removeAll(plane, name),
  };
}

const configurations = "/apis/admissionregistration.k8s.io/v1";
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
/** More than the tests of one control plane make. */
const maxObjects = 1_000;

/**
 * A definition whose conversion webhook is gone can be neither listed nor deleted: the namespace controller tries again
 * and again, and the garbage collector waits for it, in every later test. So the definitions in groups of the namespace
 * (`NAMESPACE.example.com`) go too, without their webhook; first the webhooks that could refuse that, whose names end
 * with the namespace.
 */
async function removeAll(plane: ControlPlane, namespace: string): Promise<void> {
  for (const kind of ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"]) {
    for (const name of await namesOf(plane, `${configurations}/${kind}`)) {
      if (name.endsWith(`-${namespace}`)) await send(plane, "DELETE", `${configurations}/${kind}/${name}`);
    }
  }
  for (const name of await namesOf(plane, definitions)) {
    if (!name.includes(`.${namespace}.`)) continue;
    await send(plane, "PATCH", `${definitions}/${name}`, { spec: { conversion: { strategy: "None", webhook: null } } });
    await send(plane, "DELETE", `${definitions}/${name}`);
  }
  await send(plane, "DELETE", `/api/v1/namespaces/${namespace}`);
}

async function namesOf(plane: ControlPlane, collection: string): Promise<string[]> {
  const response = await plane.adminFetch(`${collection}?limit=${maxObjects}`, {
    headers: { accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" },
  });
  const list: { items?: { metadata: { name: string } }[] } = await response.json();
  return (list.items ?? []).map(({ metadata }) => metadata.name);
}

/** What is gone already is fine, and a control plane that is gone fails the next test. */
async function send(plane: ControlPlane, method: string, path: string, patch?: unknown): Promise<void> {
  const response = await plane.adminFetch(path, {
    method,
    ...patch === undefined ? {} : {
      headers: { "content-type": "application/merge-patch+json" },
      body: JSON.stringify(patch),
    },
  });
  await response.body?.cancel();
}
