import { equalJson, isMap, type Json, parseJson, stringifyJson } from "../base/json.ts";
import { shortenMiddle } from "../base/shorten.ts";
import { cleanupFinalizer } from "../k8s/names.ts";
import { groupKind } from "../k8s/object.ts";
import type { BoxPlan, Plan } from "./plan.ts";

/** What differs in one box. */
export interface BoxDifference {
  readonly box: string;
  readonly change: "added" | "removed" | "changed";
  /** For people: `reconciler.workers: 1 → 3`; the first few, sorted. */
  readonly details: readonly string[];
  /** Number of details that were left out. */
  readonly more: number;
}

const maxDetails = 5;
const maxValueLength = 60;
/** Where something stands in a file, and what is derived from the rest. */
const ignored = new Set([
  "at",
  "positions",
  "reasons",
  "watches",
  "effects",
  "children",
  "observedBy",
  "otherBoxes",
  "finalizer",
]);

/** What running `after` in place of `before` changes; empty when it changes nothing. */
export function comparePlans(before: Plan, after: Plan): BoxDifference[] {
  const names = [...new Set([...before.boxes, ...after.boxes].map(({ name }) => name))].sort();
  return names.flatMap((box): BoxDifference[] => {
    const [former, next] = [before, after].map(({ boxes }) => boxes.find(({ name }) => name === box));
    if (former === undefined || next === undefined) {
      return [{ box, change: former === undefined ? "added" : "removed", details: [], more: 0 }];
    }
    const all = differences(formOf(former), formOf(next), "");
    if (all.length === 0) return [];
    return [{ box, change: "changed", details: all.slice(0, maxDetails), more: Math.max(0, all.length - maxDetails) }];
  });
}

/**
 * Warnings of operators that go, or take another name, and leave their finalizer on the objects of their kind: nothing
 * would remove it, so none of them could be deleted.
 */
export function leftFinalizers(before: Plan, after: Plan): { readonly box: string; readonly message: string }[] {
  return before.boxes.filter(({ finalizer }) => finalizer).flatMap(({ name, type }) => {
    const heirs = after.boxes.filter((box) => groupKind(box.type) === groupKind(type));
    if (heirs.some((box) => box.name === name || box.formerNames.includes(name))) return [];
    const rename = heirs.length === 0
      ? ""
      : `; or, if ${heirs.map((box) => box.name).join(" or ")} takes its place, list ${name} under formerNames there`;
    const message =
      `${name}: each ${type.kind} keeps the finalizer ${cleanupFinalizer(name)}, and cannot be deleted once nothing ` +
      `removes it; delete them while this operator runs, or remove the finalizer${rename}`;
    return [{ box: name, message }];
  });
}

/** What a Gateway does otherwise with `after` than with `before`: `~ Gateway: …`, one line; empty: nothing. */
export function compareGateways(before: Plan, after: Plan): string[] {
  const [former, next] = [before, after].map(({ gateway, protection, conversions }) =>
    parseJson(stringifyJson({ gateway, protection, conversions }))
  );
  const all = differences(former, next, "");
  if (all.length === 0) return [];
  const more = all.length > maxDetails ? `; and ${all.length - maxDetails} more` : "";
  return [`~ Gateway: ${all.slice(0, maxDetails).join("; ")}${more}`];
}

/** `+ db`, `- cache`, `~ web: reconciler.workers: 1 → 3`. */
export function describeDifference({ box, change, details, more }: BoxDifference): string {
  if (change !== "changed") return `${change === "added" ? "+" : "-"} ${box}`;
  return `~ ${box}: ${details.join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}

/** Entries by their id, so that one that is inserted does not make all later ones differ. */
function formOf(box: BoxPlan): Json {
  const { entries, ...rest } = box;
  return parseJson(stringifyJson({ ...rest, entries: Object.fromEntries(entries.map((entry) => [entry.id, entry])) }));
}

function differences(a: Json | undefined, b: Json | undefined, path: string): string[] {
  if (equalJson(a, b)) return [];
  if (isMap(a) && isMap(b)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => !ignored.has(key)).sort();
    return keys.flatMap((key) => differences(a[key], b[key], path === "" ? key : joined(path, key)));
  }
  // Where only positions differ, nothing does.
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    return a.flatMap((item, n) => differences(item, b[n], `${path}[${n}]`));
  }
  return [`${path}: ${textOf(a)} → ${textOf(b)}`];
}

/** An entry's id says where it is. */
function joined(path: string, key: string): string {
  return path === "entries" ? key : `${path}.${key}`;
}

function textOf(value: Json | undefined): string {
  if (value === undefined) return "absent";
  if (isMap(value) && typeof value["id"] === "string") return "declared";
  return shortenMiddle(typeof value === "string" ? value : stringifyJson(value), maxValueLength);
}
