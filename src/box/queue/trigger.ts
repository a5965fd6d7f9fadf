import type { ObjectKey } from "../../k8s/object.ts";

/**
 * Why a key was added to the queue: one of these, or the child or the source that changed. An object is passed by
 * reference, so that a trigger which nobody records costs nothing; its text is made when it is recorded.
 */
export type Trigger =
  /** Not said. */
  | "event"
  /** The CR was created, or its spec, labels, annotations or deletion changed. */
  | "cr"
  /** Something else in the CR changed: its status, as a pass or another writer wrote it. */
  | "crStatus"
  /** The caches have synced: every CR is looked at once. */
  | "start"
  /** A kind is served now or is not any more, can be read again, or the schema of the CRs changed. */
  | "kinds"
  /** Children of the last Katalog were found. */
  | "sweep"
  /** The pass before wrote what the next one reads. */
  | "reread"
  | "resync"
  /** `requeue.after`, or the pass before waited for something. */
  | "requeue"
  /** It was due before, and had to wait: its passes change something each time. */
  | "throttled"
  /** The pass before failed, or met a concurrent change. */
  | "retry"
  | TriggeringObject
  | ObservedObject
  | EndedCall;

export interface TriggeringObject {
  readonly type: { readonly kind: string };
  readonly key: ObjectKey;
}

/** An object of a box that the CR reads under `.cross`, or that has a value which is to be unique. */
export interface ObservedObject {
  readonly box: string;
  /** `undefined`: whether all of its objects are known changed. */
  readonly key: ObjectKey | undefined;
  /** As `CrossEntry.hops`. */
  readonly hops?: number;
}

/** An HTTP call that the pass before needed has ended. */
export interface EndedCall {
  readonly call: string;
}

/** `Deployment default/web changed`, `default/main of "queue" changed`. */
export function describeTrigger(trigger: Trigger): string {
  if (typeof trigger === "object") {
    if ("call" in trigger) return `the external call "${trigger.call}" ended`;
    if ("type" in trigger) return `${trigger.type.kind} ${trigger.key} changed`;
    return trigger.key === undefined
      ? `what is known of "${trigger.box}" changed`
      : `${trigger.key} of "${trigger.box}" changed`;
  }
  switch (trigger) {
    case "event":
      return "something changed";
    case "cr":
      return "the CR changed";
    case "crStatus":
      return "the status of the CR changed, its spec did not";
    case "start":
      return "the operator started";
    case "kinds":
      return "a kind or a schema that it uses changed";
    case "sweep":
      return "children of the last Katalog were found";
    case "reread":
      return "the pass before wrote what this one reads";
    case "resync":
      return "resync";
    case "requeue":
      return "requeue: the pass before asked for it";
    case "throttled":
      return "it was due, and had to wait: each of its passes changes something";
    case "retry":
      return "retry of the pass before";
    default:
      return trigger satisfies never;
  }
}
