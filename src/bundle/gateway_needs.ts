import { admissionNames, certificateSecret, defaultInstallation, installedName } from "../k8s/installation.ts";
import { builtInType } from "../k8s/resource_types.ts";
import {
  type Need,
  needsOfCalls,
  type Plan,
  protectionConfigurations,
  protectionNames,
  reasonOf,
} from "../plan/mod.ts";
import { needsOf } from "./grants.ts";
import { fixedReason } from "./reasons.ts";

const registration = fixedReason("webhooks, registered or removed by the Gateway");
const certificates = fixedReason("certificates of the Gateway");

/** A webhook configuration that the Katalog has registered. */
interface Registered {
  readonly reasons: readonly string[];
  readonly cleanupOnShutdown: boolean;
}

/**
 * Everything that the Gateway asks of the API server: its webhook configurations, by name, and those that it does not
 * need, to remove them; the CRDs that it converts, by name; its Secret, in its own namespace. None without a Gateway.
 */
export function gatewayNeeds(plan: Plan, namespace: string): Need[] {
  const { gateway, conversions } = plan;
  if (gateway === undefined) return [];
  const reviewed = gateway.admission?.kinds ?? [];
  const registered = registeredBy(plan, namespace);
  const configuration = (kind: string, base: string): Need[] => {
    const name = installedName(base, namespace);
    const { reasons, cleanupOnShutdown } = registered.get(name) ?? { reasons: [], cleanupOnShutdown: true };
    const need = { type: builtInType(kind)!, scope: { kind: "cluster" }, reasons: [registration, ...reasons] } as const;
    return [
      ...needsOf(["list", "watch"], need, [name]),
      ...registered.has(name) ? [...needsOf(["create"], need), ...needsOf(["patch"], need, [name])] : [],
      // What a former Katalog had registered is removed; so is all, where the Gateway removes it when it ends.
      ...cleanupOnShutdown ? needsOf(["delete"], need, [name]) : [],
    ];
  };
  const secret = {
    type: builtInType("Secret")!,
    scope: { kind: "namespaces", namespaces: [namespace] },
    reasons: [certificates],
  } as const;
  return [
    ...[admissionNames.validation, ...Object.values(protectionNames)].flatMap((base) =>
      configuration("ValidatingWebhookConfiguration", base)
    ),
    ...configuration("MutatingWebhookConfiguration", admissionNames.mutation),
    ...(gateway.converts ? conversions : []).filter(({ updateCRD }) => updateCRD).flatMap(({ plural, group, paths }) =>
      needsOf(["list", "watch", "patch"], {
        type: builtInType("CustomResourceDefinition")!,
        scope: { kind: "cluster" },
        reasons: paths.map(({ at }) => reasonOf(at)),
      }, [`${plural}.${group}`])
    ),
    // A review of `/validate` mutates first, as a box does.
    ...reviewed.flatMap(({ external, validates }) =>
      needsOfCalls([...external.mutation, ...(validates ? external.validation : [])])
    ),
    ...needsOf(["get", "list", "watch", "patch", "delete"], secret, [certificateSecret]),
    ...needsOf(["create"], secret),
  ];
}

/** By name. */
function registeredBy({ boxes, gateway, protection }: Plan, namespace: string): Map<string, Registered> {
  const { kinds = [], cleanupOnShutdown = false } = gateway?.admission ?? {};
  const lineOf = (box: string): string[] => boxes.filter(({ name }) => name === box).map(({ at }) => reasonOf(at));
  const protectedLines = boxes.flatMap((box) => box.protection === undefined ? [] : [reasonOf(box.protection.at)]);
  const found = new Map<string, Registered>();
  const add = (base: string, members: typeof kinds): void => {
    if (members.length === 0) return;
    const reasons = members.flatMap(({ name }) => lineOf(name));
    found.set(installedName(base, namespace), { reasons, cleanupOnShutdown });
  };
  add(admissionNames.validation, kinds.filter(({ validates }) => validates));
  add(admissionNames.mutation, kinds.filter(({ mutates }) => mutates));
  for (const each of protectionConfigurations(protection ?? {}, { ...defaultInstallation, namespace })) {
    found.set(each.object.metadata.name, { reasons: protectedLines, cleanupOnShutdown: each.cleanupOnShutdown });
  }
  return found;
}
