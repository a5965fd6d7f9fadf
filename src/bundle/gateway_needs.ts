import { admissionNames, certificateSecret, installedName } from "../k8s/installation.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { type Need, needsOfCalls, type Plan, protectionNames, reasonOf } from "../plan/mod.ts";
import { needsOf } from "./grants.ts";
import { fixedReason } from "./reasons.ts";

const registration = fixedReason("webhooks, registered or removed by the Gateway");
const certificates = fixedReason("certificates of the Gateway");

/**
 * Everything that the Gateway asks of the API server: its webhook configurations, by name, and those that it does not
 * need, to remove them; the CRDs that it converts, by name; its Secret, in its own namespace. None without a Gateway.
 */
export function gatewayNeeds({ boxes, gateway, protection, conversions }: Plan, namespace: string): Need[] {
  if (gateway === undefined) return [];
  const named = (names: readonly string[]) => names.map((name) => installedName(name, namespace));
  const lineOf = (box: string): string[] => boxes.filter(({ name }) => name === box).map(({ at }) => reasonOf(at));
  const reviewed = gateway.admission?.kinds ?? [];
  const protectedLines = protection === undefined
    ? []
    : boxes.flatMap((box) => box.protection === undefined ? [] : [reasonOf(box.protection.at)]);
  const configuration = (kind: string, names: readonly string[], reasons: readonly string[]): Need[] => {
    const need = { type: builtInType(kind)!, scope: { kind: "cluster" }, reasons: [registration, ...reasons] } as const;
    return [
      ...needsOf(["list", "watch", "patch", "delete"], need, named(names)),
      ...needsOf(["create"], need),
    ];
  };
  const secret = {
    type: builtInType("Secret")!,
    scope: { kind: "namespaces", namespaces: [namespace] },
    reasons: [certificates],
  } as const;
  return [
    ...configuration(
      "ValidatingWebhookConfiguration",
      [admissionNames.validation, ...Object.values(protectionNames)],
      [...reviewed.filter(({ validates }) => validates).flatMap(({ name }) => lineOf(name)), ...protectedLines],
    ),
    ...configuration(
      "MutatingWebhookConfiguration",
      [admissionNames.mutation],
      reviewed.filter(({ mutates }) => mutates).flatMap(({ name }) => lineOf(name)),
    ),
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
