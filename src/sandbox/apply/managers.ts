import { compareText } from "../../base/finding.ts";
import { isMap, type Json, type JsonMap } from "../../base/json.ts";
import { type FieldSet, fromFieldsV1, toFieldsV1 } from "./field_set.ts";

/** One entry of `metadata.managedFields`, read. */
export interface Manager {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly subresource: string;
  readonly apiVersion: string;
  /** RFC 3339; "" when the entry has none. */
  readonly time: string;
  readonly set: FieldSet;
}

/** Managers by identity: an applier is one whatever version it applied at, an updater is one per version. */
export type Managers = Map<string, Manager>;

/** Longer lists of entries are not read: the API server itself keeps far fewer. */
const maxEntries = 1000;

/** What makes two entries the same manager. */
export function managerId(entry: Omit<Manager, "time" | "set">): string {
  const version = entry.operation === "Apply" ? "" : entry.apiVersion;
  return JSON.stringify([entry.manager, entry.operation, version, entry.subresource]);
}

/** Reads `metadata.managedFields`; `undefined` when an entry is malformed. */
export function readManagers(entries: Json | undefined): Managers | undefined {
  const out: Managers = new Map();
  if (entries === undefined || entries === null) return out;
  if (!Array.isArray(entries) || entries.length > maxEntries) return undefined;
  for (const entry of entries) {
    if (!isMap(entry)) return undefined;
    const { manager = "", operation, subresource = "", apiVersion = "", time, fieldsType, fieldsV1 } = entry;
    if (operation !== "Apply" && operation !== "Update") return undefined;
    if (typeof manager !== "string" || typeof subresource !== "string") return undefined;
    if (typeof apiVersion !== "string" || apiVersion === "" || fieldsType !== "FieldsV1") return undefined;
    const set = fromFieldsV1(fieldsV1 ?? {});
    if (set === undefined) return undefined;
    const read: Manager = {
      manager,
      operation,
      subresource,
      apiVersion,
      time: typeof time === "string" ? time : "",
      set,
    };
    out.set(managerId(read), read);
  }
  return out;
}

/** Prints managers in the API server's order: operation, time, name, version, subresource. */
export function printManagers(managers: Managers): JsonMap[] {
  const sorted = [...managers.values()].sort((a, b) =>
    compareText(a.operation, b.operation) || compareText(a.time, b.time) || compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) || compareText(a.subresource, b.subresource)
  );
  return sorted.map((entry) => ({
    manager: entry.manager,
    operation: entry.operation,
    apiVersion: entry.apiVersion,
    ...(entry.time === "" ? {} : { time: entry.time }),
    fieldsType: "FieldsV1",
    fieldsV1: toFieldsV1(entry.set),
    ...(entry.subresource === "" ? {} : { subresource: entry.subresource }),
  }));
}
