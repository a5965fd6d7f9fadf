import { parseFieldPath, printFieldPath } from "../base/field_path.ts";
import { compareText } from "../base/finding.ts";
import type { Json, JsonMap } from "../base/json.ts";
import { isSecretName } from "../base/redact.ts";
import { scalarText } from "../base/scalar_text.ts";
import type { ValidationPlan } from "../conditions/mod.ts";
import { objectKey, type ObjectMeta, valueAt } from "../k8s/object.ts";

/*
 * The operator `unique`: no older object of the kind has the value. "Older" is a total order of objects that never
 * changes while they exist, so of several with one value exactly one passes, in whatever order their events arrive.
 * Values are compared as they are stored: the loader refuses the operator for fields that `normalize` or `mutation`
 * sets, and for templates.
 */

/** A field with a rule `unique`. */
export interface UniqueField {
  /** As `printFieldPath` prints it. */
  readonly name: string;
  readonly path: readonly string[];
}

/** An object that has a value. */
export interface Holder {
  readonly name: string;
  /** Absent: its kind is cluster-scoped. */
  readonly namespace?: string | undefined;
}

/** What is known of the objects that have one value of a field. */
export interface UniqueView {
  /** The object because of which this one may not have the value, if there is one. `unknown`: why that is not known. */
  holderOf(field: string, value: string): Holder | undefined | { readonly unknown: string };
}

/** The result of one rule. */
export type UniqueResult =
  | { readonly kind: "passed" }
  /** `detail`: what is wrong, in words. */
  | { readonly kind: "broken"; readonly detail: string }
  | { readonly kind: "unknown"; readonly why: string };

/** For decisions without the other objects. */
export const nobodyKnown: UniqueView = {
  holderOf: () => ({ unknown: "the other objects are not known here; the Runtime checks it" }),
};

/** The field of a rule `unique`; `undefined` for other rules. */
export function uniqueField({ check: { operator, field } }: Pick<ValidationPlan, "check">): UniqueField | undefined {
  const path = operator === "unique" ? parseFieldPath(field?.text ?? "") : undefined;
  return path === undefined ? undefined : { name: printFieldPath(path), path };
}

/** The fields of all rules `unique`, each once. */
export function uniqueFields(rules: readonly ValidationPlan[]): UniqueField[] {
  const fields = rules.map(uniqueField).filter((field) => field !== undefined);
  return [...new Map(fields.map((field) => [field.name, field])).values()];
}

/** Nobody but the box itself may look for objects by a value of such a field: a guess of a secret could be tested. */
export function mayHoldSecret({ path }: UniqueField): boolean {
  return path.some(isSecretName);
}

/** The value that an object has, as text; `undefined` where it is absent, null or empty, or no scalar. */
export function heldText(object: Json, path: readonly string[]): string | undefined {
  const value = valueAt(object, path);
  return value === undefined || value === null || typeof value === "object"
    ? undefined
    : scalarText(value) || undefined;
}

/** Negative when `a` is the older object: by `creationTimestamp`, which has whole seconds, then by `uid`. */
export function compareAge(a: Pick<ObjectMeta, "creationTimestamp" | "uid">, b: typeof a): number {
  return compareText(a.creationTimestamp ?? "", b.creationTimestamp ?? "") || compareText(a.uid ?? "", b.uid ?? "");
}

/** Checks a rule `unique` on the data that the rules of an object read. */
export function checkUnique({ name, path }: UniqueField, data: JsonMap, view: UniqueView): UniqueResult {
  const value = valueAt(data, path);
  if (typeof value === "object" && value !== null) {
    return { kind: "broken", detail: "it is a list or a map: only a text, a number or a boolean can be unique" };
  }
  const text = heldText(data, path);
  const holder = text === undefined ? undefined : view.holderOf(name, text);
  if (holder === undefined) return { kind: "passed" };
  if ("unknown" in holder) return { kind: "unknown", why: holder.unknown };
  return { kind: "broken", detail: `${holderText(holder, valueAt(data, ["metadata", "namespace"]))} has it` };
}

/** Objects of other namespaces are not named: the user who is refused may not be allowed to know of them. */
function holderText(holder: Holder, namespace: Json | undefined): string {
  if (holder.namespace !== undefined && holder.namespace !== namespace) return "an object in another namespace";
  return objectKey(holder);
}
