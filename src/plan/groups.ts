import type { BoxPlan } from "./plan.ts";

/**
 * Boxes that have to run in one process, since one of them depends on the other or observes it, directly or not. Each
 * group, and the groups, are in the order of `boxes`.
 */
export function groupBoxes(boxes: readonly BoxPlan[]): BoxPlan[][] {
  /** Box → the group that it is in. */
  const groupOf = new Map<string, Set<string>>(boxes.map(({ name }) => [name, new Set([name])]));
  for (const { name, dependsOn, cross } of boxes) {
    for (const { box } of [...dependsOn, ...cross]) {
      const [own, other] = [groupOf.get(name)!, groupOf.get(box)];
      if (other === undefined || own === other) continue;
      for (const member of other) {
        own.add(member);
        groupOf.set(member, own);
      }
    }
  }
  const groups = [...new Set(boxes.map(({ name }) => groupOf.get(name)!))];
  return groups.map((group) => boxes.filter(({ name }) => group.has(name)));
}
