import { compareText } from "../base/finding.ts";

interface Ordered {
  readonly name: string;
  readonly dependsOn: readonly { readonly box: string }[];
}

/**
 * Boxes in tiers: those of a tier depend only on boxes of the tiers before it, at least one of them on the last of
 * those; sorted by name within a tier (Kahn's algorithm). Dependencies on boxes that are not among them are ignored.
 * Throws a `TypeError` for a cycle: the loader refuses it with its path.
 */
export function startOrder<Box extends Ordered>(boxes: readonly Box[]): Box[][] {
  const names = new Set(boxes.map(({ name }) => name));
  const dependents = new Map<string, Box[]>();
  const unmet = new Map<Box, number>();
  for (const box of boxes) {
    const known = box.dependsOn.filter((dependency) => names.has(dependency.box));
    unmet.set(box, known.length);
    for (const dependency of known) {
      const others = dependents.get(dependency.box);
      if (others === undefined) dependents.set(dependency.box, [box]);
      else others.push(box);
    }
  }
  const tiers: Box[][] = [];
  let placed = 0;
  for (let tier = boxes.filter((box) => unmet.get(box) === 0); tier.length > 0;) {
    tiers.push(tier.sort((a, b) => compareText(a.name, b.name)));
    placed += tier.length;
    const next: Box[] = [];
    for (const box of tier.flatMap(({ name }) => dependents.get(name) ?? [])) {
      const left = unmet.get(box)! - 1;
      unmet.set(box, left);
      if (left === 0) next.push(box);
    }
    tier = next;
  }
  if (placed < boxes.length) throw new TypeError("Cannot order boxes that depend on each other");
  return tiers;
}
