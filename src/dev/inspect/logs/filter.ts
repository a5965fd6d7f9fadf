import { isLogged, type Level } from "../../../observe/log.ts";
import type { LogEntry } from "./entry.ts";

/** Which lines are shown; what is absent leaves nothing out. */
export interface LogFilter {
  /** Not before, in ms since 1970. */
  readonly sinceMs?: number | undefined;
  readonly level?: Level | undefined;
  /** Key under `spec.crds`. */
  readonly box?: string | undefined;
  /** `namespace/name`; `name` where the kind has no namespace. */
  readonly cr?: string | undefined;
  readonly pass?: string | undefined;
}

/** Is the line shown? Lines that are none of ours have no fields; they are shown where no field is asked for. */
export function isShown({ atMs, record }: LogEntry, { sinceMs, level, box, cr, pass }: LogFilter): boolean {
  if (sinceMs !== undefined && atMs < sinceMs) return false;
  if (record === undefined) return box === undefined && cr === undefined && pass === undefined;
  const { fields } = record;
  if (level !== undefined && !isLogged(record.level, level)) return false;
  if (box !== undefined && fields["box"] !== box && fields["crd"] !== box) return false;
  if (pass !== undefined && fields["pass"] !== pass) return false;
  return cr === undefined || isOf(fields, cr);
}

/** Passes have `key`, reviews `namespace` and `name`, calls of reviews `object`. */
function isOf(fields: Readonly<Record<string, unknown>>, cr: string): boolean {
  if (fields["key"] === cr || fields["object"] === cr) return true;
  const { name, namespace } = fields;
  if (typeof name !== "string" || typeof namespace !== "string") return false;
  return (namespace === "" ? name : `${namespace}/${name}`) === cr;
}
