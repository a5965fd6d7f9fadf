import { compareText, type Position } from "../base/finding.ts";
import type { CrossPlan } from "../conditions/mod.ts";
import { textPlan } from "./build_conditions.ts";
import { buildSource } from "./cross_source.ts";
import { childOf, entriesOf, itemPath, itemsOf, keyPath, type Node, nodeAt, placeOf, textOf } from "./node.ts";

/** One item of `operatorBox.cross`, as it is written. */
export interface DeclaredCross {
  readonly node: Node;
  /** Within the entry: `operatorBox.cross[0]`. */
  readonly path: string;
  /** The source by its name under `spec.crds`. */
  readonly crd: { readonly name: string; readonly at: Position } | undefined;
  /** The source by labels of its own `labelSelector`. */
  readonly labelSelector: { readonly labels: ReadonlyMap<string, string>; readonly at: Position } | undefined;
  /** Where another Runtime is that runs it; absent: it is one of `spec.crds`. */
  readonly source: Node | undefined;
}

/** The items of `operatorBox.cross` of an entry of `spec.crds`. */
export function declaredCross(entry: Node): DeclaredCross[] {
  return itemsOf(nodeAt(entry, "operatorBox", "cross")).map((node, index) => {
    const crd = childOf(node, "crd");
    const name = textOf(crd);
    const labels = childOf(node, "labelSelector");
    return {
      node,
      path: itemPath(keyPath("operatorBox", "cross"), index),
      crd: crd === undefined || name === undefined ? undefined : { name, at: crd.at },
      labelSelector: labels === undefined ? undefined : { labels: labelsOf(labels), at: labels.at },
      source: childOf(node, "source"),
    };
  });
}

/**
 * The names of the boxes that an item without `source` may mean, sorted. By `labelSelector` a box is found whose own `labelSelector` has
 * all these labels.
 */
export function sourcesOf(item: DeclaredCross, entries: ReadonlyMap<string, Node>): string[] {
  if (item.crd !== undefined) return entries.has(item.crd.name) ? [item.crd.name] : [];
  if (item.labelSelector === undefined) return [];
  const wanted = [...item.labelSelector.labels];
  return [...entries].filter(([, entry]) => {
    const own = labelsOf(childOf(entry, "labelSelector"));
    return wanted.every(([key, value]) => own.get(key) === value);
  }).map(([name]) => name).sort(compareText);
}

/** The key under `.cross`: `as`, or the name of the source; `undefined` where neither is known. */
export function aliasOf(item: DeclaredCross, sources: readonly string[]): string | undefined {
  return textOf(childOf(item.node, "as")) ?? item.crd?.name ?? (sources.length === 1 ? sources[0] : undefined);
}

/** `operatorBox.cross` of an entry, checked before. `entries` are those of `spec.crds`. */
export function buildCross(entry: Node, entries: ReadonlyMap<string, Node>): CrossPlan[] {
  return declaredCross(entry).flatMap((item): CrossPlan[] => {
    const source = item.source && buildSource(item.source, item.crd?.name ?? "");
    const sources = item.source === undefined ? sourcesOf(item, entries) : [];
    const box = source?.key ?? sources[0];
    const as = aliasOf(item, sources);
    if (box === undefined || as === undefined) return [];
    const { node } = item;
    const selector = childOf(node, "selector");
    const [name, namespace] = [childOf(selector, "name"), childOf(selector, "namespace")];
    const matchLabels = childOf(selector, "matchLabels");
    return [{
      as,
      box,
      ...(source === undefined ? {} : { source }),
      strategy: textOf(childOf(node, "strategy")) === "all" ? "all" : "first",
      name: name && textPlan(name),
      namespace: namespace && textPlan(namespace),
      matchLabels: matchLabels &&
        Object.fromEntries([...entriesOf(matchLabels)].map(([key, { value }]) => [key, textPlan(value)])),
      at: placeOf(node.at),
    }];
  });
}

function labelsOf(node: Node | undefined): Map<string, string> {
  return new Map([...entriesOf(node)].map(([key, { value }]) => [key, textOf(value) ?? ""]));
}
