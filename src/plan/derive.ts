import { deriveConversions } from "./derive_conversion.ts";
import { deriveGateway } from "./derive_gateway.ts";
import { compareText } from "../base/finding.ts";
import { isMap, ownValue } from "../base/json.ts";
import { freeze } from "../base/freeze.ts";
import { boxAccount } from "../k8s/installation.ts";
import type { ResourceType } from "../k8s/object.ts";
import type { Block, CrdEntry, Katalog, ResourceEntry } from "../katalog/mod.ts";
import { shorthands } from "../resources/mod.ts";
import { deriveLabel, deriveProtection } from "./derive_protection.ts";
import { deriveEffects } from "./effects.ts";
import { needsFinalizer } from "./finalizer.ts";
import { deriveOnDelete, entriesOfDeletion } from "./on_delete.ts";
import type { BoxPlan, EntryPlan, Gate, Plan } from "./plan.ts";
import { certificateOfIngress } from "./ingress_certificates.ts";
import { startOrder } from "./start_order.ts";
import { childKinds, deriveWatches } from "./watches.ts";

/**
 * What a Katalog comes to: one box for each CRD that is enabled, in start order; none where the Gateway is alone. The same Katalog gives the same Plan.
 */
export function derivePlan(katalog: Katalog): Plan {
  const { name, version, description } = katalog;
  const declared = katalog.crds.filter((crd) => crd.enabled);
  const enabled = startOrder(declared.filter((crd) => !crd.versionOnly)).flat();
  const operated = katalog.gateway.standalone ? [] : enabled;
  const readersOf = (box: CrdEntry): string[] =>
    box.crossAccess
      ? enabled.filter(({ cross }) => cross.some((item) => item.box === box.name)).map((crd) => crd.name).sort(
        compareText,
      )
      : [];
  return freeze({
    katalog: { name, version, description },
    boxes: operated.map((crd) => ({
      ...deriveBox(crd, katalog),
      katalog: name,
      observedBy: readersOf(crd),
      ...(crd.crossServed && !isSecret(crd.type) ? { crossServed: true } : {}),
      otherBoxes: enabled.filter((other) => other !== crd).map((other) => other.name).sort(compareText),
    })),
    gateway: deriveGateway(katalog, declared),
    protection: deriveProtection(katalog, enabled),
    identity: katalog.security.identity,
    conversions: deriveConversions(declared),
  });
}

function deriveBox(
  crd: CrdEntry,
  katalog: Katalog,
): Omit<BoxPlan, "katalog" | "observedBy" | "crossServed" | "otherBoxes"> {
  const entries = [...deriveEntries("onCreate", crd.onCreate), ...deriveEntries("onReconcile", crd.onReconcile)];
  const { namespaces: ofKatalog } = katalog;
  const { enabled, health, info } = crd.endpoints;
  const { name, dependsOn, cross, formerNames, description, type, hasStatus, crdFile, namespace, namespaces } = crd;
  const { labelSelector, fieldSelector, labels, reconciler, normalize, mutation, validation, status, readyWhen } = crd;
  const { external } = crd;
  const declared = {
    name,
    at: `${crd.at.file}:${crd.at.line}:${crd.at.column}`,
    ...katalog.security.identity === "perBox" ? { account: boxAccount(name) } : {},
    dependsOn,
    cross,
    crossAccess: crd.crossAccess,
    formerNames,
    description,
    type,
    endpoints: { health: enabled && health, info: enabled && info },
    crdFile,
    namespace,
    labelSelector,
    fieldSelector,
    allowedNamespaces: [...new Set([...ofKatalog.allowed, ...namespaces.allowed])],
    restrictedNamespaces: [...new Set([...ofKatalog.restricted, ...namespaces.restricted])],
    labels,
    protection: deriveLabel(crd, katalog),
    ...crd.profiles === undefined ? {} : { profiles: crd.profiles },
    reconciler,
    normalize,
    mutation,
    validation,
    external,
    entries,
    onDelete: deriveOnDelete(crd.onDelete),
    status,
    readyWhen,
    writesStatus: hasStatus,
    ...crd.triggers.length === 0 ? {} : { triggers: crd.triggers },
    ...crd.gates.length === 0 ? {} : { gates: crd.gates },
    ...crd.cleanup === undefined ? {} : { cleanup: crd.cleanup },
    ...crd.autoscale === undefined ? {} : { autoscale: crd.autoscale },
    ...crd.events.length === 0 ? {} : { events: crd.events },
    ...crd.finalizers.length === 0 ? {} : { finalizers: crd.finalizers },
    ...crd.removeFinalizers ? { removesFinalizers: true } as const : {},
    ...crd.ignoreObservedGeneration ? { ignoresGeneration: true } as const : {},
  };
  const box = {
    ...declared,
    children: childKinds([...entries, ...entriesOfDeletion(declared)]).map((kind) => kind.type),
    watches: deriveWatches(declared),
    finalizer: !crd.removeFinalizers && needsFinalizer(declared),
  };
  return { ...box, effects: deriveEffects(box) };
}

function isSecret({ group, kind }: ResourceType): boolean {
  return group === "" && kind === "Secret";
}

/** The entries of a block in the order in which a pass carries them out: kind by kind, within a kind as written. */
function deriveEntries(block: "onCreate" | "onReconcile", { entries, when, or }: Block): EntryPlan[] {
  const gate = when === undefined && or === undefined ? undefined : { when, or };
  return [...shorthands.keys()].flatMap((key) => {
    const plans = entries.filter((entry) => entry.shorthand === key).map((entry) => deriveEntry(block, gate, entry));
    if (key !== "secrets") return plans;
    const certificates = entries.flatMap((entry): EntryPlan[] => {
      const certificate = certificateOfIngress(entry);
      if (certificate === undefined) return [];
      return [{ ...deriveEntry(block, gate, certificate), id: `${block}.ingresses[${entry.index}].secrets[0]` }];
    });
    return [...plans, ...certificates];
  });
}

/** A certificate is another one each time: it is made once, whatever the block (D34). */
function isMadeOnce({ shorthand, fields }: ResourceEntry): boolean {
  return shorthand === "secrets" && isMap(ownValue(fields, "tls"));
}

function deriveEntry(block: "onCreate" | "onReconcile", gate: Gate | undefined, entry: ResourceEntry): EntryPlan {
  const { shorthand, index, reconcile, namespace, ...carried } = entry;
  return {
    id: `${block}.${shorthand}[${index}]`,
    block: gate,
    shorthand,
    mode: (block === "onReconcile" || reconcile) && !isMadeOnce(entry) ? "apply" : "create",
    namespaceFromCr: namespace === undefined,
    ...carried,
  };
}
