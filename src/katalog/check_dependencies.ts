import { nearest } from "../base/suggest.ts";
import type { CrdContext } from "./crd_context.ts";
import { namedDependencies, type NamedDependency } from "./dependencies.ts";
import { childOf } from "./node.ts";

/** Names of a cycle that a message shows; a longer one loses its middle. */
const maxNamed = 10;
/** Unknown names that get a suggestion: each is compared with all boxes. */
export const maxHints = 100;

/** Every name under `dependsOn` is another enabled box, named once. */
export function dependenciesAreBoxes(crds: readonly CrdContext[]): void {
  const known = new Map(crds.map((crd) => [crd.name, crd]));
  let unknown = 0;
  for (const crd of crds) {
    const seen = new Set<string>();
    for (const { name, at, path } of namedDependencies(crd.entry)) {
      const place = `${crd.path}.${path}`;
      const other = known.get(name);
      if (name === crd.name) {
        crd.report.error(at, place, `"${name}" depends on itself`, "remove it");
      } else if (other === undefined) {
        const near = unknown++ < maxHints ? hintFor(name, crd.name, [...known.keys()]) : undefined;
        crd.report.error(
          at,
          place,
          `"${name}" is no entry of spec.crds`,
          near ?? "declare it there, or remove it here",
        );
      } else if (seen.has(name)) {
        crd.report.error(at, place, `"${name}" is already listed`, "keep one of them");
      } else if (isEnabled(crd) && !isEnabled(other)) {
        crd.report.error(
          at,
          place,
          `"${name}" is disabled (${other.keyAt.file}, line ${other.keyAt.line}): "${crd.name}" would wait for ever`,
          "enable it, or remove the dependency",
        );
      }
      seen.add(name);
    }
  }
}

/** Which name may be meant. */
export function hintFor(name: string, own: string, known: readonly string[]): string | undefined {
  const others = known.filter((each) => each !== own);
  const near = nearest(name, others);
  if (near !== undefined) return `did you mean "${near}"?`;
  return others.length > 0 && others.length <= 16 ? `known here: ${others.join(", ")}` : undefined;
}

/** Boxes that wait for each other would never start. One finding for each cycle; no box is in two of them. */
export function dependenciesHaveNoCycle(crds: readonly CrdContext[]): void {
  const boxes = new Map(crds.filter(isEnabled).map((crd) => [crd.name, crd]));
  const edges = new Map(
    [...boxes].map(([name, { entry }]) => [
      name,
      // What depends on itself is reported where names are checked.
      namedDependencies(entry).filter((dependency) => dependency.name !== name && boxes.has(dependency.name)),
    ]),
  );
  for (const cycle of findCycles(edges)) {
    const { report, path } = boxes.get(cycle[0]!.box)!;
    const { at, path: within } = cycle[0]!.dependency;
    const names = [...cycle.map(({ box }) => box), cycle[0]!.box];
    report.error(
      at,
      `${path}.${within}`,
      `Boxes wait for each other: ${shortened(names).join(" → ")}`,
      "remove one of these dependencies",
    );
  }
}

/** From `box` to what it depends on. */
interface Step {
  readonly box: string;
  readonly dependency: NamedDependency;
}

/**
 * Searches depth first, without recursion: a chain may be as long as the Katalog. Each cycle begins with the box that
 * was declared first.
 */
function findCycles(edges: ReadonlyMap<string, readonly NamedDependency[]>): Step[][] {
  const cycles: Step[][] = [];
  const inCycle = new Set<string>();
  const left = new Set(edges.keys());
  for (const start of edges.keys()) {
    if (!left.delete(start)) continue;
    const path: { readonly box: string; readonly next: Iterator<NamedDependency>; dependency?: NamedDependency }[] = [
      { box: start, next: edges.get(start)!.values() },
    ];
    const depth = new Map([[start, 0]]);
    for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
      const { value: dependency } = last.next.next();
      if (dependency === undefined) {
        depth.delete(last.box);
        path.pop();
        continue;
      }
      last.dependency = dependency;
      const { name } = dependency;
      const at = depth.get(name);
      if (at !== undefined) {
        const cycle = path.slice(at).map((step) => ({ box: step.box, dependency: step.dependency! }));
        if (cycle.some(({ box }) => inCycle.has(box))) continue;
        for (const { box } of cycle) inCycle.add(box);
        cycles.push(cycle);
      } else if (left.delete(name)) {
        depth.set(name, path.length);
        path.push({ box: name, next: edges.get(name)!.values() });
      }
    }
  }
  return cycles;
}

function shortened(names: readonly string[]): readonly string[] {
  if (names.length <= maxNamed) return names;
  const half = maxNamed / 2;
  return [...names.slice(0, half), `… ${names.length - maxNamed} more …`, ...names.slice(-half)];
}

/** Unless `enabled: false`. */
export function isEnabled({ entry }: CrdContext): boolean {
  const enabled = childOf(entry, "enabled");
  return !(enabled?.type === "scalar" && enabled.value === false);
}
