import type { CrdContext } from "./crd_context.ts";
import { childOf, flagOf, keyPath, nodeAt } from "./node.ts";

/** Since when the conditions of `cleanup` hold is kept in the status. */
export function cleanupHasAStatus({ entry, known, path, report }: CrdContext): void {
  const after = nodeAt(entry, "operatorBox", "cleanup", "deleteAfter");
  if (after === undefined) return;
  const ignored = flagOf(childOf(entry, "ignoreStatusPatch")) === true;
  if (!ignored && known?.hasStatus !== false) return;
  report.error(
    after.at,
    keyPath(path, "operatorBox", "cleanup", "deleteAfter"),
    "Nothing can say since when the conditions hold: no status is written",
    ignored
      ? "remove ignoreStatusPatch, or deleteAfter"
      : "add the status subresource to the CRD, or remove deleteAfter",
  );
}
