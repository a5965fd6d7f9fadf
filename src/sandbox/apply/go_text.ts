import { isMap, type Json } from "../../base/json.ts";

/** A value as Go prints it with `%v`. */
export function goText(value: Json): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (!isMap(value)) return String(value);
  return `map[${sorted(value).map(([key, item]) => `${key}:${goText(item)}`).join(" ")}]`;
}

/** A value as Go writes it down with `%#v`. */
export function goSource(value: Json): string {
  if (value === null) return "interface {}(nil)";
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSource).join(", ")}}`;
  if (!isMap(value)) return String(value);
  const entries = sorted(value).map(([key, item]) => `${JSON.stringify(key)}:${goSource(item)}`);
  return `map[string]interface {}{${entries.join(", ")}}`;
}

/** The name of a value's type (`%T`). */
export function goType(value: Json): string {
  if (value === null) return "<nil>";
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  if (Array.isArray(value)) return "[]interface {}";
  if (isMap(value)) return "map[string]interface {}";
  return Number.isInteger(Number(value)) ? "int64" : "float64";
}

function sorted(map: Record<string, Json>): [string, Json][] {
  return Object.entries(map).sort(([a], [b]) => a < b ? -1 : 1);
}
