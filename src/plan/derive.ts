import { deriveConversions } from "./derive_conversion.ts";
import { deriveGateway } from "./derive_gateway.ts";
import { compareText } from "../base/finding.ts";
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
import { startOrder } from "./start_order.ts";
import { childKinds, deriveWatches } from "./watches.ts";

/**
 * What a Katalog comes to: one box for each CRD that is enabled, in start order. The same Katalog gives the same Plan.
 */
export function derivePlan(katalog: Katalog): Plan {
  const { name, version, description } = katalog;
  const declared = katalog.crds.filter((crd) => crd.enabled);
  const enabled = startOrder(declared.filter((crd) => !crd.versionOnly)).flat();
  const readersOf = (box: CrdEntry): string[] =>
    box.crossAccess
      ? enabled.filter(({ cross }) => cross.some((item) => item.box === box.name)).map((crd) => crd.name).sort(
        compareText,
      )
      : [];
  return freeze({
    katalog: { name, version, description },
    boxes: enabled.map((crd) => ({
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
  };
  const box = {
    ...declared,
    children: childKinds([...entries, ...entriesOfDeletion(declared)]).map((kind) => kind.type),
    watches: deriveWatches(declared),
    finalizer: needsFinalizer(declared),
  };
  return { ...box, effects: deriveEffects(box) };
}

function isSecret({ group, kind }: ResourceType): boolean {
  return group === "" && kind === "Secret";
}

/** The entries of a block in the order in which a pass carries them out: kind by kind, within a kind as written. */
function deriveEntries(block: "onCreate" | "onReconcile", { entries, when, or }: Block): EntryPlan[] {
  const gate = when === undefined && or === undefined ? undefined : { when, or };
  return [...shorthands.keys()].flatMap((key) =>
    entries.filter((entry) => entry.shorthand === key).map((entry) => deriveEntry(block, gate, entry))
  );
}

function deriveEntry(block: "onCreate" | "onReconcile", gate: Gate | undefined, entry: ResourceEntry): EntryPlan {
  const { shorthand, index, reconcile, namespace, ...carried } = entry;
  return {
    id: `${block}.${shorthand}[${index}]`,
    block: gate,
    shorthand,
    mode: block === "onReconcile" || reconcile ? "apply" : "create",
    namespaceFromCr: namespace === undefined,
    ...carried,
  };
}
