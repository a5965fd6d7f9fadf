import { isMap, type Json } from "../base/json.ts";
import type { BoxPlan } from "../plan/plan.ts";
import type { Templates } from "../template/compiled_text.ts";
import { references } from "../template/mod.ts";
import { spellings } from "./children_context.ts";
import type { ViewDepth } from "./observed.ts";

/**
 * How much of each kind's children the Katalog reads under `.children`, so that no more is kept. Everything that is
 * text in the plan is looked at: a template by the paths that it reads, anything else as a dot path.
 */
export function viewDepths(plan: BoxPlan, templates: Templates): (type: { kind: string; plural: string }) => ViewDepth {
  const paths: string[][] = [];
  const visit = (value: unknown): void => {
    if (typeof value === "string") paths.push(...childPaths(value, templates));
    else if (Array.isArray(value)) value.forEach(visit);
    else if (isMap(value)) Object.values(value).forEach(visit);
  };
  visit([plan.labels, plan.normalize, plan.mutation, plan.validation, plan.status, plan.reconciler] as unknown as Json);
  visit(plan.entries.map(({ block, when, or, fields, forEach }) => [block, when, or, fields, forEach]));
  return ({ kind, plural }) => {
    const single = new Set(spellings(kind));
    const many = new Set([
      plural,
      kind.slice(0, 1).toLowerCase() + kind.slice(1) + plural.slice(kind.length),
      "custom",
    ]);
    return deepest(paths.map((path) => {
      const [key, ...rest] = path;
      if (key === undefined) return "whole";
      if (single.has(key)) return depthOf(rest);
      return many.has(key) ? depthOf(rest.slice(1)) : "metadata";
    }));
  };
}

/** Paths below `children` that a text reads. */
function childPaths(text: string, templates: Templates): string[][] {
  if (!text.includes("{{")) {
    const path = text.replace(/^\./, "").split(".");
    return path[0] === "children" ? [path.slice(1)] : [];
  }
  return references(templates.parse(text)).flatMap(({ path }) => {
    if (path.length === 0) return [[]];
    return path[0] === "children" ? [path.slice(1)] : [];
  });
}

function depthOf(rest: readonly string[]): ViewDepth {
  const field = rest[0];
  if (field === undefined) return "whole";
  if (field === "metadata" || field === "kind" || field === "apiVersion") return "metadata";
  return field === "status" ? "status" : "whole";
}

function deepest(depths: readonly ViewDepth[]): ViewDepth {
  return depths.includes("whole") ? "whole" : depths.includes("status") ? "status" : "metadata";
}
