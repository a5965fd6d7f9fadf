import { compareText } from "../base/finding.ts";
import type { CrdEntry, Katalog } from "../katalog/mod.ts";
import { boxAccount } from "../k8s/installation.ts";
import { groupKind, type ResourceType } from "../k8s/object.ts";
import { builtInType } from "../k8s/resource_types.ts";
import type { LabelPlan, NamespacedKind, ProtectedKind, ProtectionPlan } from "./protection.ts";

/** What the Gateway protects; `undefined`: nothing. `enabled` are the entries that have a box. */
export function deriveProtection(katalog: Katalog, enabled: readonly CrdEntry[]): ProtectionPlan | undefined {
  const deletion = deriveDeletion(katalog, enabled);
  const namespaces = deriveNamespaces(katalog, enabled);
  if (deletion === undefined && namespaces === undefined) return undefined;
  if (katalog.security.identity === "process") return { deletion, namespaces };
  const boxAccounts = sorted(enabled.map(({ name }) => boxAccount(name)));
  return { deletion, namespaces, boxAccounts };
}

/** What a box does with the protection label of its CRs; `undefined`: the Katalog does not speak of it. */
export function deriveLabel({ protection }: CrdEntry, { security }: Katalog): LabelPlan | undefined {
  const whole = security.deletionProtection;
  const at = protection.at ?? whole?.at;
  if (at === undefined) return undefined;
  if (whole?.enabled !== true || !protection.crs) return { mode: "off", at };
  return { mode: isStrict(protection, whole) ? "strict" : "normal", at };
}

function deriveDeletion({ security }: Katalog, enabled: readonly CrdEntry[]): ProtectionPlan["deletion"] {
  const whole = security.deletionProtection;
  if (whole?.enabled !== true) return undefined;
  const { failurePolicy, cleanupOnShutdown, serviceName, override } = whole;
  const definitions = enabled.filter(({ protection, type }) => protection.crd && !isBuiltIn(type))
    .map(({ type }) => `${type.plural}.${type.group}`);
  const kinds = kindsOf(enabled.filter(({ protection }) => protection.crs)).map((boxes): ProtectedKind => {
    const { type } = boxes[0]!;
    return { type, strict: boxes.some(({ protection }) => isStrict(protection, whole)), builtIn: isBuiltIn(type) };
  });
  return {
    failurePolicy,
    cleanupOnShutdown,
    serviceName,
    override: {
      users: sorted(override.users),
      groups: sorted(override.groups),
      serviceAccounts: sorted(override.serviceAccounts),
    },
    definitions: sorted(definitions),
    kinds,
  };
}

/** The CRD's own word counts only where the Katalog's is true. */
function isStrict({ strict }: CrdEntry["protection"], whole: { readonly strictMode: boolean }): boolean {
  return whole.strictMode && strict !== false;
}

function deriveNamespaces(katalog: Katalog, enabled: readonly CrdEntry[]): ProtectionPlan["namespaces"] {
  const { security: { namespaceProtection: whole }, namespaces: all } = katalog;
  if (whole?.enabled !== true) return undefined;
  const kinds = kindsOf(enabled.filter(({ type }) => type.namespaced)).flatMap((boxes): NamespacedKind[] => {
    const rules = boxes.map(({ namespaces, labelSelector, namespace }) => ({
      allowed: sorted([...all.allowed, ...namespaces.allowed]),
      restricted: sorted([...all.restricted, ...namespaces.restricted]),
      labelSelector,
      namespace,
    }));
    const isBound = rules.some(({ allowed, restricted }) => allowed.length + restricted.length > 0);
    return isBound ? [{ type: boxes[0]!.type, rules }] : [];
  });
  if (kinds.length === 0) return undefined;
  const { failurePolicy, cleanupOnShutdown, serviceName } = whole;
  return { failurePolicy, cleanupOnShutdown, serviceName, kinds };
}

/** The entries by their kinds, which may have several; sorted by group and plural. */
function kindsOf(entries: readonly CrdEntry[]): CrdEntry[][] {
  const groups = [...Map.groupBy(entries, ({ type }) => groupKind(type)).values()];
  return groups.sort(([a], [b]) =>
    compareText(a!.type.group, b!.type.group) || compareText(a!.type.plural, b!.type.plural)
  );
}

function isBuiltIn({ kind, group }: ResourceType): boolean {
  return builtInType(kind, group) !== undefined;
}

function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort(compareText);
}
