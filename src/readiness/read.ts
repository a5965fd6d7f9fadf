import { isMap, type Json } from "../base/json.ts";
import { type KubeObject, valueAt } from "../k8s/object.ts";

/** What the rules read of a condition of a status. */
export interface SeenCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** The integer at a dot path; `fallback` where there is none, or something else. Counts of Pods are small. */
export function integerAt<T>(object: KubeObject, path: string, fallback: T): number | T {
  const value = exactIntegerAt(object, path);
  return value === undefined ? fallback : Number(value);
}

/** The integer at a dot path, exact beyond 2^53; `undefined` where there is none, or something else. */
export function exactIntegerAt(object: KubeObject, path: string): number | bigint | undefined {
  const value = valueAt(object as Json, path.split("."));
  return typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value)) ? value : undefined;
}

/** The text at a dot path, "" where there is none. */
export function textAt(object: KubeObject, path: string): string {
  const value = valueAt(object as Json, path.split("."));
  return typeof value === "string" ? value : "";
}

/** `status.conditions`. A custom kind may keep anything there: what is not a condition is left out. */
export function conditionsOf(object: KubeObject): readonly SeenCondition[] {
  const conditions = valueAt(object as Json, ["status", "conditions"]);
  if (!Array.isArray(conditions)) return [];
  return conditions.filter(isMap).map((condition) => ({
    type: text(condition["type"]),
    status: text(condition["status"]),
    reason: text(condition["reason"]),
    message: text(condition["message"]),
  }));
}

/** What a condition gives as its cause: its message, else its reason, else itself. */
export function causeOf({ type, status, reason, message }: SeenCondition): string {
  return message || reason || `condition ${type} is ${status || "unset"}`;
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
