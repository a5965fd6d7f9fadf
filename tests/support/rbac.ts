import type { BoundRule, PolicyRule, RbacRequest } from "../../src/bundle/rbac_rules.ts";
import type { EffectPlan } from "../../src/plan/mod.ts";

export {
  type BoundRule,
  boundRules,
  isAllowed,
  type PolicyRule,
  type RbacRequest,
} from "../../src/bundle/rbac_rules.ts";

/** Requests that together stand for an effect: each name, in each namespace. */
export function requestsOf({ verb, type, subresource, scope, names }: EffectPlan): RbacRequest[] {
  const resource = subresource === undefined ? type.plural : `${type.plural}/${subresource}`;
  const isCollection = verb === "create" || ((verb === "list" || verb === "watch") && names === undefined);
  const places = scope.kind === "namespaces" ? scope.namespaces : type.namespaced ? ["any", undefined] : [undefined];
  return places.flatMap((namespace) =>
    // A list with a field selector on one name counts as that of the name.
    (isCollection ? [undefined] : names ?? ["any-name"]).map((name) => ({
      ...{ verb, group: type.group, resource, name, namespace },
    }))
  ).filter((request) => request.namespace !== undefined || !type.namespaced || verb === "list" || verb === "watch");
}

/** Every set of rules with one verb, or one name, less. */
export function* withoutOne(rules: readonly BoundRule[]): Generator<{ without: string; rules: BoundRule[] }> {
  for (const [i, { rule, ...bound }] of rules.entries()) {
    const { namespace } = bound;
    const { verbs, resources, resourceNames } = rule;
    const replaced = (changed: PolicyRule): BoundRule[] => rules.with(i, { ...bound, rule: changed });
    for (const verb of verbs) {
      const where = `${verb} ${resources} in ${namespace ?? "all"}`;
      yield { without: where, rules: replaced({ ...rule, verbs: verbs.filter((each) => each !== verb) }) };
      for (const name of resourceNames ?? []) {
        const rest = { ...rule, verbs: verbs.filter((each) => each !== verb) };
        const others = resourceNames!.filter((each) => each !== name);
        // No name at all would be any name.
        const named = others.length === 0
          ? []
          : [{ ...bound, rule: { ...rule, verbs: [verb], resourceNames: others } }];
        yield { without: `${where} of ${name}`, rules: [...replaced(rest), ...named] };
      }
    }
  }
}
