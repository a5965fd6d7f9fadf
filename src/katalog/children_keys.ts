import type { DeclaredChild } from "./crd_context.ts";

/** Short names under which templates reach children (ruling 51). */
const shortNames: Readonly<Record<string, string>> = {
  HorizontalPodAutoscaler: "hpa",
  PersistentVolumeClaim: "pvc",
  PersistentVolume: "pv",
  PodDisruptionBudget: "pdb",
};

/** The keys that `.children` can have: kinds and their plurals, in camel and in lower case. */
export function childrenKeys(children: readonly DeclaredChild[]): string[] {
  const keys = new Set<string>();
  for (const { type, shorthand, block } of children) {
    if (type === undefined || block === "onDelete") continue;
    const camel = type.kind.slice(0, 1).toLowerCase() + type.kind.slice(1);
    keys.add(camel).add(type.kind.toLowerCase());
    keys.add(`${camel}${type.plural.slice(type.kind.length)}`).add(type.plural);
    const short = shortNames[type.kind];
    if (short !== undefined) keys.add(short);
    if (shorthand === "custom") keys.add("custom").add("customs");
  }
  return [...keys];
}
