import { compareText } from "../base/finding.ts";
import { freeze } from "../base/freeze.ts";
import { groupKind, type ResourceType } from "../k8s/object.ts";
import type { Block, CrdEntry, Katalog, ResourceEntry } from "../katalog/mod.ts";
import { shorthands } from "../resources/mod.ts";
import { needsFinalizer } from "./finalizer.ts";
import type { BoxPlan, EntryPlan, Plan } from "./plan.ts";

/** What a Katalog comes to: one box for each CRD that is enabled, sorted by name. The same Katalog gives the same Plan. */
export function derivePlan(katalog: Katalog): Plan {
  const { name, version, description } = katalog;
  const enabled = katalog.crds.filter((crd) => crd.enabled).sort((a, b) => compareText(a.name, b.name));
  return freeze({
    katalog: {
      name,
      ...(version === undefined ? {} : { version }),
      ...(description === undefined ? {} : { description }),
    },
    boxes: enabled.map(deriveBox),
  });
}

function deriveBox(crd: CrdEntry): BoxPlan {
  const entries = [...deriveEntries("onCreate", crd.onCreate), ...deriveEntries("onReconcile", crd.onReconcile)];
  const { name, type, hasStatus, reconciler, normalize, mutation, validation, status } = crd;
  const { description, crdFile, namespace, labelSelector, fieldSelector, labels } = crd;
  return {
    name,
    ...(description === undefined ? {} : { description }),
    type,
    ...(crdFile === undefined ? {} : { crdFile }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
    ...(labels === undefined ? {} : { labels }),
    reconciler,
    normalize,
    mutation,
    validation,
    entries,
    status,
    writesStatus: hasStatus,
    children: distinctTypes(entries.map((entry) => entry.type)),
    finalizer: needsFinalizer(type, entries),
  };
}

/** The entries of a block in the order in which a pass carries them out: kind by kind, within a kind as written. */
function deriveEntries(block: "onCreate" | "onReconcile", { entries, when, or }: Block): EntryPlan[] {
  const gated = when !== undefined || or !== undefined;
  const gate = gated ? { block: { ...(when === undefined ? {} : { when }), ...(or === undefined ? {} : { or }) } } : {};
  return [...shorthands.keys()].flatMap((key) =>
    entries.filter((entry) => entry.shorthand === key).map((entry) => ({ ...gate, ...deriveEntry(block, entry) }))
  );
}

function deriveEntry(block: "onCreate" | "onReconcile", entry: ResourceEntry): EntryPlan {
  const { shorthand, index, type, reconcile, force, forEach, when, or, namespace, fields, positions, at } = entry;
  return {
    id: `${block}.${shorthand}[${index}]`,
    shorthand,
    type,
    mode: block === "onReconcile" || reconcile ? "apply" : "create",
    force,
    ...(forEach === undefined ? {} : { forEach }),
    ...(when === undefined ? {} : { when }),
    ...(or === undefined ? {} : { or }),
    fields,
    positions,
    at,
    namespaceFromCr: namespace === undefined,
  };
}

/** Each kind once, in a stable order; the first version that is named is the one that is watched. */
function distinctTypes(types: readonly ResourceType[]): ResourceType[] {
  const byKind = new Map<string, ResourceType>();
  for (const type of types) if (!byKind.has(groupKind(type))) byKind.set(groupKind(type), type);
  return [...byKind].sort(([a], [b]) => compareText(a, b)).map(([, type]) => type);
}
