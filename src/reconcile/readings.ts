import { isMap, type Json } from "../base/json.ts";
import type { BoxPlan } from "../plan/plan.ts";
import type { Templates } from "../template/compiled_text.ts";
import { references } from "../template/mod.ts";
import { spellings } from "./children_context.ts";
import type { ViewDepth } from "./observed.ts";

/** What a Katalog reads of what changes without the user: its children and the status that the box itself writes. */
export interface Readings {
  /** How much of a kind's children is read under `.children`, so that no more is kept. */
  depthOf(type: { kind: string; plural: string }): ViewDepth;
  /** A status that was just written may change what is wanted. */
  readonly ownStatus: boolean;
}

/** Looks at everything that is text in a plan: a template by the paths that it reads, anything else as a dot path. */
export function readingsOf(plan: BoxPlan, templates: Templates): Readings {
  const paths: string[][] = [];
  const visit = (value: unknown): void => {
    if (typeof value === "string") paths.push(...pathsIn(value, templates));
    else if (Array.isArray(value)) value.forEach(visit);
    else if (isMap(value)) Object.values(value).forEach(visit);
  };
  visit([plan.labels, plan.normalize, plan.mutation, plan.validation, plan.status, plan.reconciler] as unknown as Json);
  visit(plan.entries.map(({ block, when, or, fields, forEach }) => [block, when, or, fields, forEach]));
  const childPaths = paths.flatMap((path) => path.length === 0 ? [[]] : path[0] === "children" ? [path.slice(1)] : []);
  const depthOf: Readings["depthOf"] = ({ kind, plural }) => {
    const single = new Set(spellings(kind));
    const many = new Set([
      plural,
      kind.slice(0, 1).toLowerCase() + kind.slice(1) + plural.slice(kind.length),
      "custom",
    ]);
    return deepest(childPaths.map((path) => {
      const [key, ...rest] = path;
      if (key === undefined) return "whole";
      if (single.has(key)) return depthBelow(rest);
      return many.has(key) ? depthBelow(rest.slice(1)) : "metadata";
    }));
  };
  return { depthOf, ownStatus: paths.some((path) => path.length === 0 || path[0] === "status") };
}

/** Paths from the root that a text reads. */
function pathsIn(text: string, templates: Templates): string[][] {
  if (!text.includes("{{")) return [text.replace(/^\./, "").split(".")];
  return references(templates.parse(text)).map(({ path }) => [...path]);
}

function depthBelow(rest: readonly string[]): ViewDepth {
  const field = rest[0];
  if (field === undefined) return "whole";
  if (field === "metadata" || field === "kind" || field === "apiVersion") return "metadata";
  return field === "status" ? "status" : "whole";
}

function deepest(depths: readonly ViewDepth[]): ViewDepth {
  return depths.includes("whole") ? "whole" : depths.includes("status") ? "status" : "metadata";
}
