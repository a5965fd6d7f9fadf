import { type Clock, formatTime } from "../base/clock.ts";
import { isMap, type JsonMap } from "../base/json.ts";
import { type KubeObject, objectKey } from "../k8s/object.ts";
import { conflict, invalidOptions, type Named, notFound, staleVersion } from "./faults.ts";
import { invalidField, notSupported } from "./kinds/fields.ts";
import { maxAttempts, namedOf, type Objects, type Target } from "./objects.ts";
import { reviewed, type Steps, unreviewed } from "./steps.ts";
import type { Collection } from "./store.ts";

export type Propagation = "Background" | "Foreground" | "Orphan";

export interface DeleteOptions {
  readonly propagation?: Propagation;
  readonly gracePeriodSeconds?: number;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly dryRun?: boolean;
  /** One of many: webhooks are not told its name. */
  readonly ofCollection?: boolean;
}

export const foregroundFinalizer = "foregroundDeletion";
export const orphanFinalizer = "orphan";

/** Reads the options of a DELETE: from its body or, only where there is none, from its query. Throws `ApiFault` 400. */
export function readDeleteOptions(body: JsonMap | undefined, query: URLSearchParams): DeleteOptions {
  const from = (key: string) => (body === undefined ? query.get(key) : body[key]) ?? undefined;
  const policy = from("propagationPolicy");
  const orphan = from("orphanDependents");
  const field = "propagationPolicy";
  if (policy !== undefined && orphan !== undefined) {
    const why = "orphanDependents and deletionPropagation cannot be both set";
    throw invalidOptions("DeleteOptions", invalidField(field, policy, why));
  }
  if (policy !== undefined && policy !== "Background" && policy !== "Foreground" && policy !== "Orphan") {
    throw invalidOptions("DeleteOptions", notSupported(field, policy, ["Foreground", "Background", "Orphan", "nil"]));
  }
  const grace = from("gracePeriodSeconds");
  const preconditions = isMap(body?.["preconditions"]) ? body["preconditions"] : {};
  const dryRun = body === undefined ? query.getAll("dryRun") : body["dryRun"];
  return {
    ...(policy !== undefined
      ? { propagation: policy }
      : orphan === true || orphan === "true"
      ? { propagation: "Orphan" }
      : {}),
    ...(grace === undefined ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(typeof preconditions["uid"] === "string" ? { uid: preconditions["uid"] } : {}),
    ...(typeof preconditions["resourceVersion"] === "string"
      ? { resourceVersion: preconditions["resourceVersion"] }
      : {}),
    dryRun: Array.isArray(dryRun) && dryRun.includes("All"),
  };
}

/** The outcome of a DELETE: gone at once, or marked and still there. */
export interface Deleted {
  readonly object: KubeObject;
  readonly gone: boolean;
}

/**
 * Deletes an object, or marks it when something holds it: a finalizer, dependents in the foreground, a Pod's grace
 * period, the content of a Namespace. Throws `ApiFault` 404 and 409.
 */
export function deleteObject(objects: Objects, target: Omit<Target, "subresource">, options: DeleteOptions): Deleted {
  return unreviewed(deleting(objects, target, options));
}

/** The same for clients: the deletion is reviewed. */
export function* deleting(
  objects: Objects,
  target: Omit<Target, "subresource">,
  options: DeleteOptions,
): Steps<Deleted> {
  const { type } = target;
  const collection = objects.collection(type);
  const name = options.ofCollection === true ? "" : target.name;
  const review = { ...target, name, operation: "DELETE", subresource: "", dryRun: options.dryRun === true } as const;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const stored = collection.get(objectKey(target));
    if (stored === undefined) throw notFound(namedOf(type), target.name);
    checkPreconditions(stored, namedOf(type), options);
    const oldObject = yield* objects.reading(target);
    yield* reviewed({ do: "mutate", ...review, oldObject });
    yield* reviewed({ do: "validate", ...review, oldObject });
    // What was reviewed is what goes.
    if (collection.get(objectKey(target)) === stored) return remove(objects, collection, stored, options);
  }
  throw conflict(namedOf(type), target.name, staleVersion);
}

function remove(objects: Objects, collection: Collection, stored: KubeObject, options: DeleteOptions): Deleted {
  const { metadata } = stored;
  const finalizers = finalizersFor(metadata.finalizers ?? [], options.propagation);
  const grace = graceOf(stored, options);
  const held = finalizers.length > 0 || grace > 0 ||
    (stored.kind === "Namespace" && stored["spec"].finalizers?.length > 0);
  if (!held) return { object: options.dryRun === true ? stored : collection.remove(stored)!, gone: true };
  const marked = mark(objects.clock, stored, finalizers, grace);
  if (marked === undefined || options.dryRun === true) return { object: marked ?? stored, gone: false };
  return { object: collection.replace(stored, marked)!, gone: false };
}

/** Throws `ApiFault` 409 where the object is another one, or in another state, than the one to be deleted. */
function checkPreconditions({ kind, metadata }: KubeObject, named: Named, options: DeleteOptions): void {
  const { name, uid, resourceVersion } = metadata;
  const wrongUid = options.uid !== undefined && options.uid !== uid;
  const wrongVersion = options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion;
  if (!wrongUid && !wrongVersion) return;
  const [what, wanted, found] = wrongUid
    ? ["UID", options.uid, uid]
    : ["ResourceVersion", options.resourceVersion, resourceVersion];
  // Namespaces and definitions have a check of their own, before that of the store, whose message names kinds.
  if (kind === "Namespace" || kind === "CustomResourceDefinition") {
    const failed = kind === "Namespace" ? "Precondition failed" : "precondition failed";
    throw conflict(named, name, `${failed}: ${what} in precondition: ${wanted}, ${what} in object meta: ${found}`);
  }
  const why =
    `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${found}). The object ` +
    `might have been ${wrongUid ? "deleted and then recreated" : "modified"}`;
  throw conflict({ ...named, plural: named.kind }, name, why);
}

function finalizersFor(present: readonly string[], propagation: Propagation | undefined): string[] {
  const rest = present.filter((name) => name !== foregroundFinalizer && name !== orphanFinalizer);
  switch (propagation) {
    case "Foreground":
      return [...rest, foregroundFinalizer];
    case "Orphan":
      return [...rest, orphanFinalizer];
    case "Background":
      return rest;
    case undefined:
      return [...present];
    default:
      return propagation satisfies never;
  }
}

function graceOf(object: KubeObject, options: DeleteOptions): number {
  if (object.kind !== "Pod" || object.apiVersion !== "v1") return 0;
  const scheduled = (object["spec"].nodeName ?? "") !== "";
  const finished = ["Succeeded", "Failed"].includes(object["status"]?.phase);
  if (!scheduled || finished) return 0;
  return Math.max(0, options.gracePeriodSeconds ?? object["spec"].terminationGracePeriodSeconds ?? 30);
}

/** The object with its deletion noted; `undefined` when it was noted already. */
function mark(clock: Clock, object: KubeObject, finalizers: string[], grace: number): KubeObject | undefined {
  const metadata = { ...object.metadata };
  const same = finalizers.join() === (metadata.finalizers ?? []).join();
  if (metadata.deletionTimestamp !== undefined && same && grace >= (metadata.deletionGracePeriodSeconds ?? 0)) {
    return undefined;
  }
  if (metadata.deletionTimestamp === undefined) {
    metadata.deletionTimestamp = formatTime(clock.wallMs() + grace * 1000);
    if (metadata.generation !== undefined) metadata.generation++;
  }
  metadata.deletionGracePeriodSeconds = grace;
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  else delete metadata.finalizers;
  const status = object.kind === "Namespace" ? { status: { ...object["status"], phase: "Terminating" } } : {};
  return { ...object, ...status, metadata };
}
