import type { ValueChange } from "./value_diff.ts";

/** What would be done to one object. */
export interface ChildChange {
  readonly action: "create" | "update" | "delete";
  /** `Deployment.apps` */
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
  /** Of an update. */
  readonly fields: readonly ValueChange[];
  /** The API server did not compute it: defaults and webhooks are left out. */
  readonly isAssumed?: boolean;
}

/** What would be done for one CR: to its children, to its labels and finalizers. Its status is left out. */
export interface CrChanges {
  readonly box: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly changes: readonly ChildChange[];
  /** Why not all is done: a denial, a failure, something that is waited for. */
  readonly problem?: string;
  /** The status of the CR says so already. */
  readonly isKnown?: true;
}
