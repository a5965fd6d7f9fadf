import type { Terminal } from "../terminal.ts";
import { AbsentError } from "./inspect_error.ts";
import type { WherePorts } from "./locate.ts";
import { type Crd, type Item, pageResponse } from "./responses.ts";
import type { RuntimeApi } from "./runtime_api.ts";
import { kindOf, openSession, operatorsOf, type SessionOptions } from "./session.ts";
import { type Cell, tableLines } from "./table.ts";

export interface GetOptions extends SessionOptions {
  /** A kind, a plural or a key; all CRDs when absent. */
  readonly crd?: string | undefined;
  /** All namespaces when absent. */
  readonly crNamespace?: string | undefined;
  readonly output: "text" | "json";
}

/** Items of a page, as many as the API gives. */
const pageSize = 500;
/** Pages of one CRD that are read at most. */
const maxPages = 100;

type Row = Item & { readonly crd: string; readonly kind: string };

/** `ork get`: the CRs that a Runtime has in its caches. Throws `InspectError`. */
export async function getCrs(options: GetOptions, terminal: Terminal, ports: WherePorts): Promise<number> {
  const { api, katalog } = await openSession(options, terminal, ports);
  try {
    const named = options.crd === undefined ? undefined : operatorsOf(katalog, options.crd);
    const rows: Row[] = [];
    for (const crd of named ?? katalog.crds) {
      try {
        rows.push(...await crsOf(api, crd, options.crNamespace, terminal));
      } catch (error) {
        // Its endpoint is switched off: no loss where it was not asked for.
        if (named !== undefined || !(error instanceof AbsentError)) throw error;
      }
    }
    if (options.output === "json") terminal.out(JSON.stringify({ items: rows }, null, 2));
    else if (rows.length === 0) terminal.err("No resources found");
    else terminal.out(crLines(rows, terminal).join("\n"));
    return 0;
  } finally {
    await api.close();
  }
}

async function crsOf(api: RuntimeApi, crd: Crd, namespace: string | undefined, terminal: Terminal): Promise<Row[]> {
  const rows: Row[] = [];
  const path = `/katalog/${encodeURIComponent(crd.name.toLowerCase())}/cr?limit=${pageSize}`;
  let next: string | undefined;
  for (let page = 1; page <= maxPages; page++) {
    const query = next === undefined ? "" : `&continue=${encodeURIComponent(next)}`;
    const { items, continue: after } = await api.get(`${path}${query}`, pageResponse);
    for (const item of items) {
      const isThere = namespace === undefined || item.namespace === "" || item.namespace === namespace;
      if (isThere) rows.push({ crd: crd.name, kind: kindOf(crd), ...item });
    }
    next = after;
    if (next === undefined) return rows;
  }
  terminal.err(`${crd.name}: only the first ${pageSize * maxPages} are read; use kubectl for more`);
  return rows;
}

function crLines(rows: readonly Row[], terminal: Terminal): string[] {
  const kinds = new Set(rows.map(({ crd }) => crd)).size > 1;
  const header = [...(kinds ? ["CRD"] : []), "NAMESPACE", "NAME", "PHASE", "READY", "AGE", "GENERATION"];
  const cells = rows.map(({ crd, namespace, name, phase, ready, age, generation, deletionTimestamp }): Cell[] => [
    ...(kinds ? [crd] : []),
    namespace,
    name,
    phase,
    deletionTimestamp === undefined
      ? { text: ready ? "true" : "false", style: ready ? "green" : "yellow" }
      : { text: "deleting", style: "yellow" },
    age,
    String(generation),
  ]);
  return tableLines(header, cells, terminal);
}
