import { compareText } from "../../base/finding.ts";
import { groupKind, type ResourceType } from "../../k8s/object.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import type { Plan } from "../../plan/mod.ts";

/** A kind of a Katalog that a CRD defines. */
export interface CustomKind {
  readonly group: string;
  readonly kind: string;
  /** The type that the Katalog names; its version is served, its plural may be guessed. */
  readonly type: ResourceType;
  /** `conversion.storageVersion` of the Katalog. */
  readonly storageVersion?: string | undefined;
}

/** The custom kinds of a Plan, each once, sorted by group and kind; kinds that are built in have no CRD. */
export function customKinds({ boxes, conversions }: Plan): CustomKind[] {
  const kinds = new Map<string, CustomKind>();
  for (const { type } of boxes) {
    if (builtInType(type.kind, type.group) !== undefined || kinds.has(groupKind(type))) continue;
    kinds.set(groupKind(type), { group: type.group, kind: type.kind, type });
  }
  for (const { group, kind, plural, storageVersion } of conversions) {
    const type = kinds.get(groupKind({ group, kind }))?.type ??
      { group, version: storageVersion, kind, plural, namespaced: true };
    kinds.set(groupKind({ group, kind }), { group, kind, type, storageVersion });
  }
  return [...kinds.values()].sort((a, b) => compareText(groupKind(a), groupKind(b)));
}
