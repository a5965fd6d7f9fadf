import type { Clock } from "../base/clock.ts";
import { ApiError, discoverType } from "../cluster/mod.ts";
import type { ClusterApi } from "../cluster/ports.ts";
import { type KubeObject, objectKey, type ResourceType, splitApiVersion } from "../k8s/object.ts";
import { builtInType, guessPlural } from "../k8s/resource_types.ts";
import { type FileReader, readFiles } from "../files/mod.ts";
import { readManifests } from "../katalog/mod.ts";
import { hasErrors, printFindings } from "./print_findings.ts";
import type { Terminal } from "./terminal.ts";
import { waitUntil } from "./wait_until.ts";

const crdKind = "CustomResourceDefinition";

/** How long a new CRD may take until its objects can be written. */
const establishMs = 15_000;

/** The objects of files of manifests; `undefined` when one has errors, all of them reported. */
export async function readObjects(
  named: readonly string[],
  terminal: Terminal,
  files: FileReader,
): Promise<KubeObject[] | undefined> {
  const { sources, findings } = await readFiles(named, files);
  const read = sources.map(readManifests);
  const all = [...findings, ...read.flatMap((file) => file.findings)];
  printFindings(all, terminal, terminal.err);
  if (hasErrors(all)) return undefined;
  return read.flatMap((file) => file.manifests).map(({ object }) => object as unknown as KubeObject);
}

export function isCrd({ kind }: KubeObject): boolean {
  return kind === crdKind;
}

/** Others may need it: a Namespace or a CRD. */
export function comesFirst(object: KubeObject): boolean {
  return object.kind === "Namespace" || isCrd(object);
}

/**
 * Applies objects with server-side apply, namespaces and CRDs first. Tells each one on `say`, and returns what the API
 * server made of them, in the order in which they were applied. With `force` fields are taken over that others have applied. Throws `ApiError`, `NetworkError`, or `ApplyError` when
 * a kind is not served.
 */
export async function applyObjects(
  api: ClusterApi,
  clock: Clock,
  objects: readonly KubeObject[],
  say: (text: string) => void,
  force = true,
): Promise<KubeObject[]> {
  const applied: KubeObject[] = [];
  const order = (object: KubeObject): number => object.kind === "Namespace" ? 0 : object.kind === crdKind ? 1 : 2;
  for (const object of [...objects].sort((a, b) => order(a) - order(b))) {
    const type = await servedType(api, clock, object);
    const target = type.namespaced && object.metadata.namespace === undefined
      ? { ...object, metadata: { ...object.metadata, namespace: "default" } }
      : object;
    applied.push(await api.apply(type, target, { force }));
    say(`applied ${object.kind} ${objectKey(target.metadata)}`);
    if (object.kind === crdKind) await untilEstablished(api, clock, type, object.metadata.name);
  }
  return applied;
}

/** What cannot be applied because of what it is. */
export class ApplyError extends Error {
  override name = "ApplyError";
}

async function servedType(api: ClusterApi, clock: Clock, object: KubeObject): Promise<ResourceType> {
  const { group, version } = splitApiVersion(object.apiVersion);
  const builtIn = builtInType(object.kind, group);
  if (builtIn?.version === version) return builtIn;
  const guess = { group, version, kind: object.kind, plural: guessPlural(object.kind), namespaced: true };
  // A CRD that was established a moment ago may not be in discovery yet.
  const found = await waitUntil(clock, 3_000, () => discoverType(api, guess));
  if (found !== undefined) return found;
  throw new ApplyError(
    `The API server does not serve ${object.kind} in ${object.apiVersion}; apply its CRD too, or first`,
  );
}

async function untilEstablished(api: ClusterApi, clock: Clock, type: ResourceType, name: string): Promise<void> {
  const established = await waitUntil(clock, establishMs, async () => {
    const crd = await api.get(type, { name });
    const conditions: { type: string; status: string }[] = crd["status"]?.conditions ?? [];
    return conditions.some((condition) => condition.type === "Established" && condition.status === "True") || undefined;
  });
  if (established === undefined) throw new ApplyError(`The API server did not establish the CRD ${name} in time`);
}

/** What went wrong, in one line. */
export function applyFailure(error: unknown): string | undefined {
  return error instanceof ApiError || error instanceof ApplyError ? error.message : undefined;
}
