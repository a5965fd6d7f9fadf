import { isReservedKey, labels } from "../k8s/names.ts";
import type { CrdContext } from "./crd_context.ts";
import { childOf, keyPath } from "./node.ts";

/** Labels that every child has, with a value of the system's (ruling 20). */
const systemLabels: ReadonlySet<string> = new Set([labels.owner, labels.managedBy, labels.name]);

/** Warns of labels and annotations of children that the system sets or reserves: the author's value is never used. */
export function keysAreNotReserved({ children, report }: CrdContext): void {
  for (const { metadata, metadataPath } of children) {
    for (const field of ["labels", "annotations"] as const) {
      const map = childOf(metadata, field);
      if (map?.type !== "map") continue;
      for (const [key, { keyAt }] of map.entries) {
        const isSet = field === "labels" && systemLabels.has(key);
        if (!isSet && !isReservedKey(key)) continue;
        report.warn(
          keyAt,
          keyPath(metadataPath, field, key),
          isSet ? `Every child has the label ${key}; this value is not used` : `${key} is reserved and left out`,
          "use a key of your own",
        );
      }
    }
  }
}
