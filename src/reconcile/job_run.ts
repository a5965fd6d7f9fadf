import { isMap, type JsonMap } from "../base/json.ts";
import { annotations } from "../k8s/names.ts";
import type { KubeObject, ObjectKey, ResourceType } from "../k8s/object.ts";
import { type CreateChild, describeChild } from "./change.ts";
import type { DesiredChild } from "./desired.ts";
import type { ObservedChild } from "./observed.ts";
import type { EntryProblem } from "./outcome.ts";

/**
 * A Job of `onDelete`: marked, so that no other Job of its name counts as one that ran; and without a time to live,
 * after which it would be absent and run again. It goes with its CR.
 */
export function asRun(child: DesiredChild): DesiredChild {
  const { metadata } = child.object;
  const marked = { ...metadata, annotations: { ...metadata.annotations, [annotations.onDelete]: "true" } };
  const object: KubeObject = { ...child.object, metadata: marked };
  const spec: unknown = object["spec"];
  if (isMap(spec as JsonMap)) {
    const { ttlSecondsAfterFinished: _ttl, ...rest } = spec as JsonMap;
    object["spec"] = rest;
  }
  return { ...child, object };
}

/** Creates it by POST, which never takes anything over. */
export function createRun({ type, key, object, digest, entry }: DesiredChild): CreateChild {
  return {
    action: "create",
    by: "post",
    type,
    key,
    object,
    digest,
    force: false,
    adopt: false,
    satisfiedByAny: false,
    runs: true,
    entry,
    cause: { why: "deletion" },
  };
}

/** What a Job that was created is waited for. */
export function runWait(job: { readonly type: ResourceType; readonly key: ObjectKey }): string {
  return `${describeChild(job)} to complete`;
}

/** It keeps the CR until the deadline (ruling 47). */
export function failedRun(entry: string, job: ObservedChild, failure: string): EntryProblem {
  const message = `${entry}: ${describeChild(job)} failed: ${failure}; delete the Job to have it run again`;
  return { entry, state: "failed", reason: "ReconcileError", message };
}
