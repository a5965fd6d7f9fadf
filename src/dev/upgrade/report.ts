import type { ObjectKey } from "../../k8s/object.ts";
import type { LastWrite } from "./last_write.ts";
import type { Outcome } from "./rewrite.ts";

/** What `ork upgrade crds -o json` prints of one CRD. */
export interface CrdReport {
  /** Name of the CRD. */
  readonly name: string;
  readonly kind: string;
  /** Absent where there is no CRD, or it could not be read. */
  readonly storageVersion?: string;
  readonly storedVersions?: readonly string[];
  readonly state: State;
  /** Why, and what to do. */
  readonly reason?: string;
  /** With `--check`, where some may be stored in an old version. */
  readonly objects?: ObjectsReport;
  /** With `--migrate`, where objects were written. */
  readonly migration?: MigrationReport;
}

/**
 * - `current`: everything is stored in the storage version alone;
 * - `absent`: the cluster has no such CRD, so nothing is stored;
 * - `pending`: objects may be stored in an old version;
 * - `migrated`: all objects were rewritten, and `status.storedVersions` is the storage version alone;
 * - `incomplete`: objects could not be rewritten, or the CRD changed again and again;
 * - `interrupted`: a signal came;
 * - `blocked`: the CRD is not in a state to begin or to continue;
 * - `failed`: a request failed.
 */
export type State =
  | "current"
  | "absent"
  | "pending"
  | "migrated"
  | "incomplete"
  | "interrupted"
  | "blocked"
  | "failed";

export interface ObjectsReport {
  /** All of them may be stored in an old version: which ones are, Kubernetes does not tell. */
  readonly total: number;
  /** Most objects first. */
  readonly namespaces: readonly { readonly namespace: string; readonly count: number }[];
  /** Whose last write in `managedFields` came through another version than the storage version: a hint. */
  readonly lastWrittenInOthers: {
    readonly count: number;
    /** The first ones. */
    readonly objects: readonly { readonly key: ObjectKey; readonly lastWrite: LastWrite }[];
  };
  readonly unreadable: Failures;
}

/** Objects that cannot be read or written, after which no more are begun; all of them are named. */
export const maxFailures = 20;

export interface Failures {
  readonly count: number;
  readonly objects: readonly { readonly key: ObjectKey; readonly reason: string }[];
}

/** Of the last pass over the objects. */
export interface MigrationReport extends Readonly<Record<Outcome, number>> {
  /** Objects that were found, more perhaps than were written. */
  readonly total: number;
  readonly failed: Failures;
}

/** Whether nothing is left to be done about a CRD. */
export function isDone({ state }: CrdReport): boolean {
  return state === "current" || state === "absent" || state === "migrated";
}
