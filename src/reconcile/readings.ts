import { parseFieldPath } from "../base/field_path.ts";
import { isMap, type Json } from "../base/json.ts";
import { spellings } from "../input/mod.ts";
import { groupKind, type ResourceType } from "../k8s/object.ts";
import type { BoxPlan } from "../plan/plan.ts";
import type { Templates } from "../template/compiled_text.ts";
import { references } from "../template/mod.ts";
import type { ViewDepth } from "./observed.ts";

/** What a Katalog reads that changes without the user: its children and the status that the box itself writes. */
export interface Readings {
  /** Which parts of a kind's children are read under `.children` and `.child`, so that only those are kept. */
  depthOf(type: Kind): ViewDepth;
  /** The desired state depends on the children as they were before the pass: its writes require another pass. */
  readonly rereadsChildren: boolean;
  /** A status that was just written may change the desired state. */
  readonly ownStatus: boolean;
}

/** Examines every text in a plan: a template by the paths that it reads, anything else as a dot path. */
export function readingsOf(plan: BoxPlan, templates: Templates): Readings {
  const { labels, normalize, mutation, validation, cross, status, reconciler, entries, onDelete, readyWhen } = plan;
  const before = pathsOf([
    [labels, normalize, mutation, validation, cross, textsOfCalls(plan), reconciler.requeue],
    entries.map(({ block, when, or, fields, forEach, scaling }) => [block, when, or, fields, forEach, scaling]),
    [plan.profiles, plan.cleanup, plan.gates],
  ], templates);
  const deletion = pathsOf(onDelete, templates);
  const after = pathsOf([status, plan.events, readyWhen, entries.map((entry) => entry.readyWhen)], templates);
  const childPaths = childPathsOf([...before, ...after, ...deletion]);
  // `.child` of an entry's own `readyWhen`.
  const ofKind = new Map<string, string[][]>();
  for (const { type, readyWhen: own } of entries) {
    const paths = pathsOf(own, templates).filter((path) => path[0] === "child").map((path) => path.slice(1));
    ofKind.set(groupKind(type), [...ofKind.get(groupKind(type)) ?? [], ...paths]);
  }
  const depthOf: Readings["depthOf"] = (type) =>
    maxDepth([depthIn(childPaths, type), ...(ofKind.get(groupKind(type)) ?? []).map(depthBelow)]);
  const all = [...before, ...after];
  return {
    depthOf,
    // The number of Pods that `autoscale` starts from is that of the child.
    rereadsChildren: entries.some(({ scaling }) => scaling !== undefined) ||
      before.some((path) => path.length === 0 || path[0] === "children"),
    ownStatus: all.some((path) => path.length === 0 || path[0] === "status"),
  };
}

/** The texts of HTTP calls that may read data. */
export function textsOfCalls({ external }: Pick<BoxPlan, "external">): unknown[] {
  return Object.values(external).flat().map(({ url, headers, body, when, or }) => [url, headers, body, when, or]);
}

type Kind = Pick<ResourceType, "group" | "kind" | "plural">;

/** Those of `types` that texts read under `.children`. */
export function childKindsIn<T extends Kind>(texts: unknown, types: readonly T[], templates: Templates): T[] {
  const paths = childPathsOf(pathsOf(texts, templates));
  return paths.length === 0 ? [] : types.filter((type) => depthIn(paths, type) !== "none");
}

/** What is below `.children`; the root holds all of it. */
function childPathsOf(paths: readonly string[][]): string[][] {
  return paths.flatMap((path) => path.length === 0 ? [[]] : path[0] === "children" ? [path.slice(1)] : []);
}

function depthIn(childPaths: readonly string[][], { kind, plural }: Kind): ViewDepth {
  const single = new Set(spellings(kind));
  const many = new Set([
    plural,
    kind.slice(0, 1).toLowerCase() + kind.slice(1) + plural.slice(kind.length),
    "custom",
    "customs",
  ]);
  return maxDepth(childPaths.map((path): ViewDepth => {
    const [key, ...rest] = path;
    if (key === undefined) return "whole";
    if (single.has(key)) return depthBelow(rest);
    return many.has(key) ? depthBelow(rest.slice(1)) : "none";
  }));
}

function pathsOf(value: unknown, templates: Templates): string[][] {
  if (typeof value === "string") return pathsIn(value, templates);
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, templates));
  return isMap(value as Json) ? Object.values(value as object).flatMap((item) => pathsOf(item, templates)) : [];
}

/** Paths from the root that a text reads. */
function pathsIn(text: string, templates: Templates): string[][] {
  if (!text.includes("{{")) return [parseFieldPath(text) ?? [text]];
  return references(templates.parse(text)).map(({ path }) => [...path]);
}

function depthBelow(rest: readonly string[]): ViewDepth {
  const field = rest[0];
  if (field === undefined) return "whole";
  if (field === "metadata" || field === "kind" || field === "apiVersion") return "metadata";
  return field === "status" ? "status" : "whole";
}

const depths: readonly ViewDepth[] = ["whole", "status", "metadata"];

function maxDepth(found: readonly ViewDepth[]): ViewDepth {
  return depths.find((depth) => found.includes(depth)) ?? "none";
}
