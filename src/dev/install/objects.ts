import type { Clock } from "../../base/clock.ts";
import { isMap, type JsonMap, ownValue } from "../../base/json.ts";
import { isNotFound } from "../../cluster/mod.ts";
import type { ClusterApi, ListQuery } from "../../cluster/ports.ts";
import {
  admissionNames,
  certificateSecret,
  defaultInstallation,
  installedName,
  leaseName,
} from "../../k8s/installation.ts";
import { type KubeObject, objectKey, type ResourceType, splitApiVersion } from "../../k8s/object.ts";
import { builtInType, guessPlural } from "../../k8s/resource_types.ts";
import { protectionNames } from "../../plan/mod.ts";
import { waitUntil } from "../wait_until.ts";

const flowcontrol = "flowcontrol.apiserver.k8s.io";
const labelSelector = "app.kubernetes.io/name=orkestra,app.kubernetes.io/part-of=orkestra";
/** Of a list, with 500 objects each: more is not an installation. */
const maxPages = 20;
const gonePollMs = 250;

/** The kinds of an installation in one namespace. */
const ownKinds = ["ServiceAccount", "ConfigMap", "NetworkPolicy", "Service", "Deployment", "PodDisruptionBudget"];
/** Kinds whose objects are found by their names too: those that are cluster-scoped or in other namespaces. */
const namedKinds = ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];

/** How the objects of an installation are requested. */
export function typeOfObject({ apiVersion, kind }: Pick<KubeObject, "apiVersion" | "kind">): ResourceType {
  const { group, version } = splitApiVersion(apiVersion);
  return builtInType(kind, group) ?? { group, version, kind, plural: guessPlural(kind), namespaced: false };
}

/** `Deployment orkestra-system/orkestra-runtime` */
export function nameOfObject({ kind, metadata }: KubeObject): string {
  return `${kind} ${objectKey(metadata)}`;
}

/** An object as it is in the cluster; `undefined` where it is not. Throws as `ClusterApi.get` does. */
export async function find(
  api: ClusterApi,
  type: ResourceType,
  target: { readonly name: string; readonly namespace?: string | undefined },
): Promise<KubeObject | undefined> {
  try {
    return await api.get(type, target);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return undefined;
  }
}

/** All objects of a type, up to a bound. */
export async function listAll(api: ClusterApi, type: ResourceType, query: ListQuery = {}): Promise<KubeObject[]> {
  const found: KubeObject[] = [];
  await api.list(type, query, (items) => void found.push(...items), { maxPages });
  return found;
}

/**
 * The objects of an installation that are in the cluster, whatever Katalog they were made for and by whatever tool: those
 * in its namespace by labels, the others by names as well.
 */
export async function findInstalled(api: ClusterApi, namespace: string): Promise<KubeObject[]> {
  const found: KubeObject[] = [];
  for (const kind of ownKinds) found.push(...await listAll(api, builtInType(kind)!, { namespace, labelSelector }));
  const { runtimeAccount, gatewayAccount } = defaultInstallation;
  // Operators may have ServiceAccounts of their own.
  const accounts = found.filter(({ kind }) => kind === "ServiceAccount").map(({ metadata }) => metadata.name);
  const names = new Set([runtimeAccount, gatewayAccount, ...accounts].map((name) => installedName(name, namespace)));
  for (const kind of namedKinds) {
    const all = await listAll(api, builtInType(kind)!, { labelSelector });
    found.push(...all.filter(({ metadata }) => names.has(metadata.name)));
  }
  for (const kind of ["FlowSchema", "PriorityLevelConfiguration"]) {
    const type = typeOfObject({ apiVersion: `${flowcontrol}/v1`, kind });
    const object = await find(api, type, { name: installedName("orkestra-leader-election", namespace) });
    if (object !== undefined && hasLabels(object)) found.push(object);
  }
  return found;
}

/** What the Gateway and the Runtime have made for themselves. */
export async function findMade(api: ClusterApi, namespace: string): Promise<KubeObject[]> {
  const secret = await find(api, builtInType("Secret")!, { name: certificateSecret, namespace });
  const leases = (await listAll(api, builtInType("Lease")!, { namespace }))
    .filter(({ metadata: { name } }) => name === leaseName || name.startsWith(`${leaseName}-`));
  return [...secret === undefined ? [] : [secret], ...leases];
}

/** The webhook configurations of the Gateway. */
export async function findWebhooks(api: ClusterApi, namespace: string): Promise<KubeObject[]> {
  const validating = [admissionNames.validation, ...Object.values(protectionNames)];
  const wanted = [
    ...validating.map((name) => ["ValidatingWebhookConfiguration", name] as const),
    ["MutatingWebhookConfiguration", admissionNames.mutation] as const,
  ];
  const found: KubeObject[] = [];
  for (const [kind, name] of wanted) {
    const object = await find(api, builtInType(kind)!, { name: installedName(name, namespace) });
    if (object !== undefined) found.push(object);
  }
  return found;
}

/** The CRDs that a Gateway in the namespace converts. */
export async function findConverted(api: ClusterApi, namespace: string): Promise<KubeObject[]> {
  const path = ["conversion", "webhook", "clientConfig", "service"];
  return (await listAll(api, builtInType("CustomResourceDefinition")!)).filter(({ spec }) => {
    const service = path.reduce(
      (at: unknown, key) => isMap(at as JsonMap) ? ownValue(at as JsonMap, key) : undefined,
      spec,
    );
    return isMap(service as JsonMap) && (service as JsonMap)["namespace"] === namespace;
  });
}

/** Deletes an object, in the state of its identity; one that is gone is fine. */
export async function remove(
  api: ClusterApi,
  object: KubeObject,
  propagation: "Background" | "Foreground" = "Background",
): Promise<void> {
  const { name, namespace, uid } = object.metadata;
  try {
    await api.delete(typeOfObject(object), { name, namespace }, { propagation, ...uid === undefined ? {} : { uid } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** Waits until objects are gone; returns those that are not within the time. */
export async function untilGone(
  api: ClusterApi,
  clock: Clock,
  objects: readonly KubeObject[],
  timeoutMs: number,
): Promise<readonly KubeObject[]> {
  let left = objects;
  const poll = async (): Promise<true | undefined> => {
    const still: KubeObject[] = [];
    for (const object of left) {
      const { name, namespace, uid } = object.metadata;
      const now = await find(api, typeOfObject(object), { name, namespace });
      if (now !== undefined && now.metadata.uid === uid) still.push(now);
    }
    left = still;
    return left.length === 0 || undefined;
  };
  await waitUntil(clock, timeoutMs, poll, gonePollMs);
  return left;
}

function hasLabels({ metadata: { labels = {} } }: KubeObject): boolean {
  return labels["app.kubernetes.io/name"] === "orkestra" && labels["app.kubernetes.io/part-of"] === "orkestra";
}
