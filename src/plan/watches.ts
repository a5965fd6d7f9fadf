import { compareText } from "../base/finding.ts";
import { labels, labelValue } from "../k8s/names.ts";
import { groupKind, type ResourceType } from "../k8s/object.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { entriesOfDeletion } from "./on_delete.ts";
import { namespacesToWatch, onlyName, type PlacedBox, placeOfChild, placeOfCrs, unite } from "./placement.ts";
import type { BoxPlan, EntryPlan, WatchPlan } from "./plan.ts";
import { reasonOf, sortReasons } from "./reasons.ts";
import { watchesOfSources } from "./sources.ts";
import { watchesOfTriggers } from "./triggers.ts";

export { maxNamespaceWatches } from "./placement.ts";

/** What of a box decides what it watches. */
export type WatchingBox = PlacedBox & Pick<BoxPlan, "at" | "onDelete" | "triggers">;

const definitionType = builtInType("CustomResourceDefinition")!;

/** One kind of children, and the entries that make or delete them. */
export interface ChildKind {
  /** With the version of the first entry. */
  readonly type: ResourceType;
  readonly entries: readonly EntryPlan[];
}

/** The kinds of children of a box, sorted. */
export function childKinds(entries: readonly EntryPlan[]): ChildKind[] {
  const byKind = Map.groupBy(entries, ({ type }) => groupKind(type));
  return [...byKind].sort(([a], [b]) => compareText(a, b)).map(([, of]) => ({ type: of[0]!.type, entries: of }));
}

/** Everything that a box watches. */
export function deriveWatches(box: WatchingBox): WatchPlan[] {
  const kinds = childKinds([...box.entries, ...entriesOfDeletion(box)]);
  return [
    watchOfCrs(box),
    ...watchOfDefinition(box),
    ...kinds.map((kind) => watchOfKind(box, kind)),
    ...watchesOfSources(box),
    ...watchesOfTriggers(box),
  ];
}

/**
 * The CRs. Selectors on what may change are not sent: a CR that has left the selection must still be seen when it is
 * deleted (ruling 22), so they are applied to what comes. Name and namespace of an object never change.
 */
function watchOfCrs(box: WatchingBox): WatchPlan {
  const name = onlyName(box);
  return {
    role: "crs",
    type: box.type,
    namespaces: namespacesToWatch(placeOfCrs(box)),
    fieldSelector: name === undefined ? undefined : { "metadata.name": name },
    reasons: [reasonOf(box.at)],
  };
}

/** The definition of the CRs' kind; built-in kinds have none. */
function watchOfDefinition({ type, at }: WatchingBox): WatchPlan[] {
  if (builtInType(type.kind, type.group) !== undefined) return [];
  const fieldSelector = { "metadata.name": `${type.plural}.${type.group}` };
  return [{ role: "definition", type: definitionType, fieldSelector, reasons: [reasonOf(at)] }];
}

/** The children of one kind, found by the kind of their CR: the key of the box may be renamed (ruling 20). */
function watchOfKind(box: WatchingBox, { type, entries }: ChildKind): WatchPlan {
  return {
    role: "children",
    type,
    namespaces: namespacesToWatch(unite(entries.map((entry) => placeOfChild(box, entry)))),
    labelSelector: { [labels.ownerKind]: labelValue(groupKind(box.type)) },
    reasons: sortReasons(entries.map(({ at }) => reasonOf(at))),
  };
}
