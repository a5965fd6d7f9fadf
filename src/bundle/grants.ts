import { compareText } from "../base/finding.ts";
import { type EffectPlan, mergeNeeds, type Need, sortReasons, type Verb, verbOrder } from "../plan/mod.ts";

/** One rule of a Role or ClusterRole: `rbac.authorization.k8s.io/v1` PolicyRule of one resource. */
export interface GrantRule {
  readonly group: string;
  /** `deployments`, `shops/status`. */
  readonly resource: string;
  /** In the order of ruling 84. */
  readonly verbs: readonly Verb[];
  /** Sorted; absent: objects of any name. */
  readonly names?: readonly string[] | undefined;
  /** What needs it, see `Need`: sorted by file and line. */
  readonly reasons: readonly string[];
}

/** What one ServiceAccount may do. */
export interface Grants {
  /** Of a ClusterRole: in all namespaces, and on cluster-scoped kinds. */
  readonly cluster: readonly GrantRule[];
  /** Of a Role in each namespace; sorted by namespace. */
  readonly namespaced: ReadonlyMap<string, readonly GrantRule[]>;
}

/**
 * The rules that grant needs and nothing else. Verbs that are needed on the same objects are one rule; what is needed
 * on any name stands apart from what is needed on some, as RBAC binds no creation to a name (rulings 81, 82).
 */
export function grantsOf(needs: readonly Need[]): Grants {
  const effects = mergeNeeds(needs);
  const namespaces = effects.flatMap(({ scope }) => scope.kind === "namespaces" ? scope.namespaces : []);
  return {
    cluster: rulesOf(effects.filter(({ scope }) => scope.kind === "cluster")),
    namespaced: new Map(
      [...new Set(namespaces)].sort(compareText).map((namespace) => [
        namespace,
        rulesOf(effects.filter(({ scope }) => scope.kind === "namespaces" && scope.namespaces.includes(namespace))),
      ]),
    ),
  };
}

/** The needs that an effect is made of. */
export function needsOfEffect({ names, ...need }: EffectPlan): Need[] {
  return names === undefined ? [need] : names.map((name) => ({ ...need, name }));
}

/** `verbs` on one resource, in one place. */
export function needsOf(
  verbs: readonly Verb[],
  need: Pick<Need, "type" | "subresource" | "scope" | "reasons">,
  names: readonly (string | undefined)[] = [undefined],
): Need[] {
  return verbs.flatMap((verb) => names.map((name) => ({ ...need, verb, name })));
}

/** By group, resource and first name (ruling 84). */
function rulesOf(effects: readonly EffectPlan[]): GrantRule[] {
  const alike = Map.groupBy(
    effects,
    ({ type, subresource, names }) => JSON.stringify([type.group, type.plural, subresource, names]),
  );
  return [...alike.values()].map((members): GrantRule => {
    const { type, subresource, names } = members[0]!;
    const verbs = new Set(members.map(({ verb }) => verb));
    return {
      group: type.group,
      resource: subresource === undefined ? type.plural : `${type.plural}/${subresource}`,
      verbs: verbOrder.filter((verb) => verbs.has(verb)),
      names,
      reasons: sortReasons(members.flatMap(({ reasons }) => reasons)),
    };
  }).sort((a, b) =>
    compareText(a.group, b.group) || compareText(a.resource, b.resource) ||
    compareText(a.names?.[0] ?? "", b.names?.[0] ?? "")
  );
}
