import { parseFieldPath } from "../base/field_path.ts";
import type { ConditionPlan, Gate, MutationPlan, TextPlan, ValidationPlan } from "../conditions/mod.ts";
import type { CrdEntry } from "../katalog/mod.ts";
import { parseTemplate, references } from "../template/mod.ts";
import type { ScalePlan } from "./gateway.ts";

/**
 * The rules about the field that `/scale` sets (ruling 78). The API server sends a Scale: name, namespace and replicas.
 * The Gateway reads no CR, so a rule that reads anything else is left to the Runtime, and so are all where normalizing,
 * a selector, or a mutation that cannot be applied decides what comes of the replicas. `undefined`: there are none.
 */
export function deriveScale(
  { specReplicasPath, labelSelector, fieldSelector, normalize, mutation, validation }: Pick<
    CrdEntry,
    "specReplicasPath" | "labelSelector" | "fieldSelector" | "normalize" | "mutation" | "validation"
  >,
  { mutates, validates }: { readonly mutates: boolean; readonly validates: boolean },
): ScalePlan | undefined {
  const path = specReplicasPath === undefined ? undefined : parseFieldPath(specReplicasPath);
  if (path === undefined || path.length === 0 || labelSelector !== undefined || fieldSelector !== undefined) {
    return undefined;
  }
  if (normalize.some((rule) => overlap(["spec", ...rule.path], path))) return undefined;
  // A Scale always has a value, so there is nothing to fill in.
  const overrides = mutation.filter((rule) => rule.mode === "override" && overlap(prefixOf(rule.field), path));
  const isKnown = (rule: MutationPlan): boolean =>
    isField(rule.field, path) && isGateKnown(rule, path) &&
    (typeof rule.value !== "string" || isTextKnown({ text: rule.value, at: rule.at }, path));
  if (!overrides.every(isKnown)) return undefined;
  const judged = validates ? validation.filter((rule) => isChecked(rule, path) && isRuleKnown(rule, path)) : [];
  const changes = mutates && overrides.length > 0;
  return changes || judged.length > 0 ? { path, mutation: overrides, validation: judged, mutates: changes } : undefined;
}

function isChecked({ check }: ValidationPlan, path: readonly string[]): boolean {
  return check.field !== undefined && isField(check.field, path);
}

function isRuleKnown(rule: ValidationPlan, path: readonly string[]): boolean {
  return isConditionKnown(rule.check, path) && isGateKnown(rule, path);
}

function isField({ text }: TextPlan, path: readonly string[]): boolean {
  const parsed = text.includes("{{") ? undefined : parseFieldPath(text);
  return parsed !== undefined && parsed.length === path.length && overlap(parsed, path);
}

/** Names of a field path; of one that a template makes, those before it. */
function prefixOf({ text }: TextPlan): readonly string[] {
  const open = text.indexOf("{{");
  if (open === -1) return parseFieldPath(text) ?? [];
  const whole = /^(.*)[.[]/s.exec(text.slice(0, open))?.[1] ?? "";
  return parseFieldPath(whole) ?? [];
}

/** One of the two is the other, or leads to it. */
function overlap(a: readonly string[], b: readonly string[]): boolean {
  return a.slice(0, b.length).every((name, i) => name === b[i]);
}

function isGateKnown({ when = [], or = [] }: Gate, path: readonly string[]): boolean {
  return [...when, ...or].every((condition) => isConditionKnown(condition, path));
}

function isConditionKnown({ field, value }: ConditionPlan, path: readonly string[]): boolean {
  const isFieldKnown = field === undefined || field.text.includes("{{")
    ? true
    : isRead(parseFieldPath(field.text), path);
  return isFieldKnown && [field, value].every((text) => text === undefined || isTextKnown(text, path));
}

/** A template reads nothing but the replicas, the name and the namespace. */
function isTextKnown({ text }: TextPlan, path: readonly string[]): boolean {
  return !text.includes("{{") || references(parseTemplate(text)).every((reference) => isRead(reference.path, path));
}

function isRead(read: readonly string[] | undefined, path: readonly string[]): boolean {
  if (read === undefined) return false;
  return [path, ["metadata", "name"], ["metadata", "namespace"]]
    .some((known) => read.length === known.length && overlap(read, known));
}
