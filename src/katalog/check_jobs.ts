import type { CrdContext } from "./crd_context.ts";
import { childOf, itemsOf, keyPath, type Node, nodeAt, textOf } from "./node.ts";

/** A Job that its TTL removes is absent, and what is absent is made (rulings 1 and 43). */
export function jobsWithTtlRunAgain({ children, entry, report }: CrdContext): void {
  for (const child of children) {
    const { type, node, path, block } = child;
    if (type?.kind !== "Job" || type.group !== "batch" || block === "onDelete") continue;
    if (dependsOnStatus(node) || dependsOnStatus(nodeAt(entry, "operatorBox", block))) continue;
    const ttl = nodeAt(node, "spec", "ttlSecondsAfterFinished");
    if (ttl === undefined) continue;
    report.warn(
      ttl.at,
      keyPath(path, "spec", "ttlSecondsAfterFinished"),
      "Once the Job is deleted it is created and runs again, at the latest after a restart of the Runtime",
      'keep what must hold in the status of the CR, and make the Job depend on it: "when: [{field: status.done, ' +
        'notExists: true}]"; or leave the TTL away',
    );
  }
}

/** A condition on the CR's status decides whether the Job is still wanted. */
function dependsOnStatus(node: Node | undefined): boolean {
  return ["when", "or"].flatMap((key) => itemsOf(childOf(node, key))).some((condition) =>
    /^\s*\.?status\.|\.status\./.test(textOf(childOf(condition, "field")) ?? "")
  );
}
