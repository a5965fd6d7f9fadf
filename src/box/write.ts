import type { JsonMap } from "../base/json.ts";
import { ApiError, type CallError, isAlreadyExists, isCallError, isConflict, isNotFound } from "../cluster/mod.ts";
import type { KubeObject, ResourceType } from "../k8s/object.ts";
import { type ChildChange, describeChild, observeChild } from "../reconcile/mod.ts";
import type { BoxContext } from "./context.ts";

/** A write did not go through; the message says which and why. */
export class WriteError extends Error {
  override name = "WriteError";
  readonly retryAfterMs?: number;
  /** Somebody changed the object in between: a fresh look is all it needs. */
  readonly conflict: boolean;
  /** The object is gone. */
  readonly notFound: boolean;
  /** The namespace is being deleted: nothing can be made there any more, and that is right. */
  readonly terminating: boolean;

  constructor(message: string, cause: CallError) {
    super(message, { cause });
    // Fields that another manager owns, where the entry says not to force, stay a failure until somebody gives way.
    this.conflict = isConflict(cause) && !cause.causes.some(({ reason }) => reason === "FieldManagerConflict");
    this.notFound = isNotFound(cause);
    this.terminating = cause instanceof ApiError &&
      cause.causes.some(({ reason }) => reason === "NamespaceTerminating");
    if (cause instanceof ApiError && cause.retryAfterMs !== undefined) this.retryAfterMs = cause.retryAfterMs;
  }
}

/**
 * Carries out one change and puts the answer into the store at once, so that the next pass decides on nothing older
 * than this write. Answers what happened, for log and Event; empty when nothing had to happen after all.
 */
export async function writeChild(context: BoxContext, change: ChildChange): Promise<string[]> {
  const what = describeChild(change);
  const type = context.servedAs(change.type);
  switch (change.action) {
    case "apply":
      return await guarded(`apply ${what}`, async () => {
        const { object, force } = change;
        const answer = await context.api.apply(type, object, { force, signal: context.signal });
        const child = keep(context, change, answer);
        context.store.remember(change.type, change.key, {
          digest: change.digest,
          ...(child.owned === undefined ? {} : { owned: child.owned }),
        });
        return [`${change.isNew ? "created" : "updated"} ${what}`];
      });
    case "applyStatus":
      return await guarded(`apply the status of ${what}`, async () => {
        const { object, force, digest, key } = change;
        let answer: KubeObject;
        try {
          answer = await context.api.apply(type, object, { force, subresource: "status", signal: context.signal });
        } catch (error) {
          if (!isNotFound(error)) throw error;
          // A child that has just gone is made anew by the next pass, and its status tried again.
          const [namespace, name] = splitKey(key);
          const uid = context.store.child(change.type, key)?.uid;
          if (!await isThere(context, type, { name, namespace, uid })) throw error;
          const message = `${change.entry}: ${type.kind} has no status subresource, so its status is not written`;
          context.report({
            type: "note",
            box: context.box.plan.name,
            message: `${message}; remove it or set hasStatus: false`,
          });
          context.store.rememberStatus(change.type, key, { digest });
          return [];
        }
        const { ownedStatus } = keep(context, change, answer);
        context.store.rememberStatus(change.type, key, {
          digest,
          ...(ownedStatus === undefined ? {} : { owned: ownedStatus }),
        });
        return [`status of ${what}`];
      });
    case "create":
      return await guarded(`create ${what}`, async () => {
        try {
          keep(context, change, await context.api.create(type, change.object, { signal: context.signal }));
          return [`created ${what}`];
        } catch (error) {
          if (!isAlreadyExists(error)) throw error;
          // Made by somebody else, or by us before a restart and not seen yet: it is there, and that is all we want.
          context.store.markForeign(change.type, change.key);
          return [];
        }
      });
    case "delete":
      return await guarded(`delete ${what}`, async () => {
        const [namespace, name] = splitKey(change.key);
        try {
          await context.api.delete(type, { namespace, name }, {
            uid: change.uid,
            propagation: "Background",
            signal: context.signal,
          });
        } catch (error) {
          // Gone already, or another object of that name by now: either way what was to go is gone.
          if (!isNotFound(error) && !isConflict(error)) throw error;
          context.store.markDeleting(change.type, change.key, change.uid);
          return [];
        }
        context.store.markDeleting(change.type, change.key, change.uid);
        return [`deleted ${what} (${change.why})`];
      });
    default:
      return change satisfies never;
  }
}

function keep(context: BoxContext, { type }: ChildChange, answer: KubeObject) {
  const child = observeChild(type, answer, context.observer);
  context.store.putChild(child);
  context.store.wrote(type, child.resourceVersion);
  return child;
}

function keepCr({ store, box }: BoxContext, answer: KubeObject): void {
  store.putCr(answer);
  store.wrote(box.plan.type, answer.metadata.resourceVersion);
}

/** Patches labels or finalizers of the CR; answers the CR as it is then. */
export async function patchCr(context: BoxContext, cr: KubeObject, patch: JsonMap): Promise<KubeObject> {
  return await guarded(`patch ${cr.kind} ${cr.metadata.name}`, async () => {
    const answer = await context.api.mergePatch(context.box.plan.type, cr.metadata, patch, { signal: context.signal });
    keepCr(context, answer);
    return answer;
  });
}

/**
 * Patches the status of the CR; answers the CR as it is then, `undefined` when its kind has no such subresource. Only the
 * very state that was decided on is patched (409 else): whoever changed it meanwhile is neither overwritten nor missed,
 * and the status of an object never lands on its successor. On this subresource a `uid` would guard nothing.
 */
export async function patchStatus(
  context: BoxContext,
  cr: KubeObject,
  status: JsonMap,
): Promise<KubeObject | undefined> {
  return await guarded(`patch the status of ${cr.kind} ${cr.metadata.name}`, async () => {
    const target = { name: cr.metadata.name, namespace: cr.metadata.namespace, subresource: "status" };
    const patch = { metadata: { resourceVersion: cr.metadata.resourceVersion ?? "" }, status };
    try {
      const answer = await context.api.mergePatch(context.box.plan.type, target, patch, { signal: context.signal });
      keepCr(context, answer);
      return answer;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      // Either the object has just gone, or it is there and its status is not: the answer is the same for both.
      if (!await isThere(context, context.box.plan.type, cr.metadata)) throw error;
      return undefined;
    }
  });
}

/** Is this very object there, not just one of its name? */
async function isThere(
  context: BoxContext,
  type: ResourceType,
  target: { readonly name: string; readonly namespace?: string | undefined; readonly uid?: string | undefined },
): Promise<boolean> {
  try {
    const { metadata } = await context.api.get(type, target, { signal: context.signal });
    return metadata.uid === target.uid;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

async function guarded<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (isCallError(error)) throw new WriteError(`Cannot ${what}: ${error.message}`, error);
    throw error;
  }
}

function splitKey(key: string): [namespace: string | undefined, name: string] {
  const slash = key.indexOf("/");
  return slash < 0 ? [undefined, key] : [key.slice(0, slash), key.slice(slash + 1)];
}
