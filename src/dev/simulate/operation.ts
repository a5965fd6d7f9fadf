import type { PassMessage } from "../../box/mod.ts";
import { splitKey } from "../../k8s/object.ts";
import type { BoxPlan } from "../../plan/mod.ts";

/** Something that a pass wrote. */
export interface Operation {
  readonly verb: "create" | "update" | "delete";
  /** Plural, in lower case; `status` is the status of the CR. */
  readonly resource: string;
  readonly name: string;
  /** What was done, in words. */
  readonly text: string;
}

/** What the passes of one cycle did. */
export interface Cycle {
  readonly operations: readonly Operation[];
  /** Why a pass failed, or was refused. */
  readonly errors: readonly string[];
}

/** What a pass wrote, in the order in which it did. */
export function operationsOf({ changes, key: cr }: PassMessage, { type, children }: BoxPlan): Operation[] {
  const plurals = new Map([type, ...children].map(({ kind, plural }) => [kind, plural]));
  return changes.map(({ action, kind, key, text }): Operation => {
    if (action === "status") return { verb: "update", resource: "status", name: splitKey(cr).name, text };
    const verb = action === "create" || action === "delete" ? action : "update";
    return { verb, resource: plurals.get(kind) ?? kind.toLowerCase(), name: splitKey(key).name, text };
  });
}

/** Do two cycles do the same? */
export function isSameCycle(a: Cycle, b: Cycle): boolean {
  const textOf = ({ operations, errors }: Cycle): string =>
    JSON.stringify([operations.map(({ verb, resource, name }) => [verb, resource, name]), errors]);
  return textOf(a) === textOf(b);
}

/** How an operation is called in rules: server-side apply creates and updates. */
export function hasVerb({ verb }: Operation, wanted: string | undefined): boolean {
  switch (wanted) {
    case undefined:
    case verb:
      return true;
    case "apply":
      return verb !== "delete";
    case "patch":
      return verb === "update";
    default:
      return false;
  }
}
