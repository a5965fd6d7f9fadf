import { compareText } from "../base/finding.ts";
import type { ResourceType } from "../k8s/object.ts";
import type { EffectPlan, ScopePlan, Verb } from "./plan.ts";
import { sortReasons } from "./reasons.ts";

/** What one line of a Katalog makes a box do. */
export interface Need {
  readonly verb: Verb;
  readonly type: ResourceType;
  readonly subresource?: EffectPlan["subresource"];
  readonly scope: ScopePlan;
  /** Of the only object that it is done to. */
  readonly name?: string | undefined;
  /** Lines of the Katalog, in any order. */
  readonly reasons: readonly string[];
}

/** In the order in which RBAC rules are printed (ruling 84); the rare ones last. */
export const verbOrder: readonly Verb[] = [
  "get",
  "list",
  "watch",
  "create",
  "update",
  "patch",
  "delete",
  "escalate",
  "bind",
];

/**
 * Joins needs into effects as narrow as they are together: for one verb of one resource at most one effect for all
 * namespaces, and one for each set of namespaces in which the names are the same.
 */
export function mergeNeeds(needs: readonly Need[]): EffectPlan[] {
  const groups = Map.groupBy(
    needs,
    ({ type, subresource, verb }) => JSON.stringify([type.group, type.plural, subresource, verb]),
  );
  return [...groups.values()].flatMap(mergeAlike).sort(compareEffects);
}

/** Needs of one verb of one resource. */
function mergeAlike(needs: readonly Need[]): EffectPlan[] {
  const wide = needs.filter(({ scope }) => scope.kind === "cluster");
  const isCovered = (need: Need) => wide.some(({ name }) => name === undefined || name === need.name);
  const effects = wide.length === 0 ? [] : [effectOf({ kind: "cluster" }, needs.filter(isCovered))];
  const byNamespace = new Map<string, Need[]>();
  for (const need of needs) {
    if (need.scope.kind === "cluster" || isCovered(need)) continue;
    for (const namespace of need.scope.namespaces) {
      byNamespace.set(namespace, [...byNamespace.get(namespace) ?? [], need]);
    }
  }
  const alike = Map.groupBy(byNamespace, ([, local]) => JSON.stringify(namesOf(local)));
  for (const members of alike.values()) {
    const namespaces = members.map(([namespace]) => namespace).sort(compareText);
    effects.push(effectOf({ kind: "namespaces", namespaces }, members.flatMap(([, local]) => local)));
  }
  return effects;
}

function effectOf(scope: ScopePlan, needs: readonly Need[]): EffectPlan {
  const { verb, type, subresource } = needs[0]!;
  return {
    verb,
    type,
    subresource,
    scope,
    names: namesOf(needs),
    reasons: sortReasons(needs.flatMap((need) => need.reasons)),
  };
}

/** Sorted; `undefined` when one of the needs is of any object. */
function namesOf(needs: readonly Need[]): string[] | undefined {
  const names = new Set<string>();
  for (const { name } of needs) {
    if (name === undefined) return undefined;
    names.add(name);
  }
  return [...names].sort(compareText);
}

function compareEffects(a: EffectPlan, b: EffectPlan): number {
  return compareText(a.type.group, b.type.group) || compareText(a.type.plural, b.type.plural) ||
    compareText(a.subresource ?? "", b.subresource ?? "") || verbOrder.indexOf(a.verb) - verbOrder.indexOf(b.verb) ||
    compareText(scopeText(a.scope), scopeText(b.scope));
}

function scopeText(scope: ScopePlan): string {
  return scope.kind === "cluster" ? "" : scope.namespaces.join(",");
}
