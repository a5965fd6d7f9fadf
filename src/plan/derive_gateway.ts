import { compareText } from "../base/finding.ts";
import type { CrdEntry, Katalog } from "../katalog/mod.ts";
import { groupKind } from "../k8s/object.ts";
import { deriveScale } from "./derive_scale.ts";
import type { GatewayPlan, ReviewedKindPlan } from "./gateway.ts";

/** `undefined`: the Katalog has no Gateway. */
export function deriveGateway({ gateway }: Katalog, enabled: readonly CrdEntry[]): GatewayPlan | undefined {
  if (!gateway.declared) return undefined;
  const { service, runtimeService, endpoint, standalone, certificates, admission: { enabled: admits, ...settings } } =
    gateway;
  const kinds = reviewedKinds(enabled);
  return {
    service,
    runtimeService,
    endpoint,
    standalone,
    certificates,
    admission: admits ? { ...settings, kinds } : undefined,
    converts: gateway.conversion.enabled,
  };
}

/** The CRDs with rules for the Gateway, sorted by name. */
export function reviewedKinds(crds: readonly CrdEntry[]): ReviewedKindPlan[] {
  const rounds = new Map<string, number>();
  return [...crds].sort((a, b) => compareText(a.name, b.name)).map(reviewedKind)
    .filter(({ mutates, validates }) => mutates || validates)
    .map((kind) => {
      const round = rounds.get(groupKind(kind.type)) ?? 0;
      rounds.set(groupKind(kind.type), round + 1);
      return { ...kind, round };
    });
}

function reviewedKind(crd: CrdEntry): Omit<ReviewedKindPlan, "round"> {
  const { name, type, namespace, labelSelector, fieldSelector, normalize, mutation, validation, external, webhooks } =
    crd;
  const custom = [...crd.onCreate.entries, ...crd.onReconcile.entries].filter((item) => item.shorthand === "custom");
  const mutates = webhooks.mutation && mutation.length > 0;
  const validates = webhooks.validation && validation.length > 0;
  return {
    name,
    type,
    namespace,
    labelSelector,
    fieldSelector,
    normalize,
    mutation,
    validation,
    external: { mutation: external.mutation, validation: external.validation },
    mutates,
    validates,
    operations: webhooks.operations,
    scale: webhooks.operations.includes("UPDATE") ? deriveScale(crd, { mutates, validates }) : undefined,
    customKinds: [...new Set(custom.map((item) => item.type.kind))].sort(compareText),
  };
}
