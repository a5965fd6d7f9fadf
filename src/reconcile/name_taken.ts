import { type KubeObject, splitKey } from "../k8s/object.ts";
import { ownerKindLabel } from "../resources/mod.ts";
import { describeChild } from "./change.ts";
import type { DesiredChild } from "./desired.ts";
import type { ObservedChild } from "./observed.ts";
import type { EntryProblem } from "./outcome.ts";
import { describeForeign, isFree } from "./ownership.ts";

/** Another object has the name of a child: which object, whose it is, what to do (ruling 61). */
export function nameTaken(child: DesiredChild, observed: ObservedChild, cr: KubeObject): EntryProblem {
  const advice = isRival(observed, cr)
    ? `make the name depend on the object, as ${uniqueName(observed, cr)}, or delete one of the two ${cr.kind} objects`
    : isFree(observed, cr) && !child.adopt
    ? "delete it, declare another name, or set adopt: true on the entry"
    : "delete it, or declare another name";
  return taken(child.entry, `${describeTaken(observed, cr)}; ${advice}`);
}

const deadline = "wait for the deadline of onDelete, at which this object goes without the Job";

/**
 * The same for a Job of `onDelete`. Nothing is taken over: a Job that is there already would not have run for this
 * deletion. `isChild`: the box created it while the CR was in use.
 */
export function runNameTaken(entry: string, job: ObservedChild, cr: KubeObject, isChild: boolean): EntryProblem {
  const [what, advice] = isChild
    ? [
      `${describeChild(job)} is a child of the object already and does not count as run`,
      "delete it, give the Job of onDelete another name",
    ]
    : isRival(job, cr)
    ? [
      describeTaken(job, cr),
      `make the name depend on the object, as ${uniqueName(job, cr)}, wait until the other ${cr.kind} is gone`,
    ]
    : [describeTaken(job, cr), "delete it, declare another name"];
  return taken(entry, `${entry}: ${what}; ${advice}, or ${deadline}`);
}

function taken(entry: string, message: string): EntryProblem {
  return { entry, state: "failed", reason: "NameTaken", message };
}

/** `ConfigMap settings is there already, made by kubectl-create`, with its namespace where that is not the CR's. */
function describeTaken(observed: ObservedChild, cr: KubeObject): string {
  const { namespace } = splitKey(observed.key);
  const where = namespace === undefined || namespace === cr.metadata.namespace ? "" : ` in namespace ${namespace}`;
  const owner = describeForeign(observed, cr);
  return `${describeChild(observed)}${where} is there already${owner.startsWith("belongs") ? " and" : ","} ${owner}`;
}

/** It is a child of another CR of this kind. */
function isRival({ managed, controller, labelled }: ObservedChild, cr: KubeObject): boolean {
  return managed && labelled.ownerUid !== undefined && labelled.ownerKind === ownerKindLabel(cr) &&
    (controller === undefined || controller.uid === labelled.ownerUid);
}

/** A template that renders to another name for each CR. */
function uniqueName(observed: ObservedChild, { metadata }: KubeObject): string {
  const isNear = metadata.namespace === undefined || splitKey(observed.key).namespace === metadata.namespace;
  return isNear ? "{{ .metadata.name }}" : "{{ .metadata.namespace }}-{{ .metadata.name }}";
}
