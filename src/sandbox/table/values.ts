import type { Json } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";

export type { Json };

/** One column of a table. */
export interface Column {
  readonly name: string;
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  /** 0 is always shown, 1 with `-o wide`. */
  readonly priority?: number;
  value(object: KubeObject, nowMs: number): Json;
}

export const nameColumn: Column = {
  name: "Name",
  type: "string",
  format: "name",
  description: "Name must be unique within a namespace.",
  value: (object) => object.metadata.name,
};

/** How long ago a time was, as kubectl prints it (`duration.HumanDuration`). */
export function age(time: string | null | undefined, nowMs: number): string {
  if (time === undefined || time === null || time === "") return "<unknown>";
  return humanDuration(nowMs - Date.parse(time));
}

/** Milliseconds in at most two units: `45s`, `3m12s`, `5d`. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (Number.isNaN(seconds) || seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (hours < 192) return hours % 24 === 0 ? `${days}d` : `${days}d${hours % 24}h`;
  if (days < 730) return `${days}d`;
  const years = Math.trunc(days / 365);
  if (days < 365 * 8) return days % 365 === 0 ? `${years}y` : `${years}y${days % 365}d`;
  return `${years}y`;
}

/** The cell of a printer column (`tableconvertor.cellForJSONValue`). */
export function valueText(value: Json | undefined, type: string, nowMs: number): Json {
  if (value === undefined || value === null) return null;
  switch (type) {
    case "integer":
      return typeof value === "number" || typeof value === "bigint"
        ? (typeof value === "number" ? Math.trunc(value) : value)
        : null;
    case "number":
      return typeof value === "number" || typeof value === "bigint" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      return typeof value === "string" ? (Number.isNaN(Date.parse(value)) ? "<invalid>" : age(value, nowMs)) : null;
    default:
      return typeof value === "object" ? JSON.stringify(value) : String(value);
  }
}
