import type { Json } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { age, type Column } from "./values.ts";

// deno-lint-ignore no-explicit-any -- built-in kinds are unstructured JSON here
export type Any = any;

type Value = (object: KubeObject, nowMs: number) => Json;

/** A column that is always shown. */
export function column(name: string, value: Value, type = "string"): Column {
  return { name, type, value };
}

/** A column of `-o wide`. */
export function wide(name: string, value: Value): Column {
  return { name, type: "string", priority: 1, value };
}

export const ageColumn: Column = column("Age", (object, nowMs) => age(object.metadata.creationTimestamp, nowMs));

/** `a=b,c=d`, or `<none>`. */
export function pairs(map: Record<string, string> | undefined): string {
  const entries = Object.entries(map ?? {}).sort(([a], [b]) => a < b ? -1 : 1);
  return entries.length === 0 ? "<none>" : entries.map(([key, value]) => `${key}=${value}`).join(",");
}

/** A `metav1.LabelSelector` as text. */
export function selectorText(selector: Any): string {
  if (selector === undefined || selector === null) return "<none>";
  const parts = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const list = `(${(values ?? []).join(",")})`;
    if (operator === "In") parts.push(`${key} in ${list}`);
    else if (operator === "NotIn") parts.push(`${key} notin ${list}`);
    else parts.push(operator === "Exists" ? key : `!${key}`);
  }
  return parts.length === 0 ? "<none>" : parts.sort().join(",");
}

/** Names and images of a pod spec's containers, and what they are selected by. */
export function containerColumns(
  specOf: (object: KubeObject) => Any,
  show: (name: string, value: Value) => Column = wide,
): Column[] {
  return [
    show("Containers", (object) => (specOf(object)?.containers ?? []).map(({ name }: Any) => name).join(",")),
    show("Images", (object) => (specOf(object)?.containers ?? []).map(({ image }: Any) => image).join(",")),
  ];
}
