import { nearest } from "../../base/suggest.ts";
import type { Terminal } from "../terminal.ts";
import { InspectError } from "./inspect_error.ts";
import { locate, podOfHolder, type Where, type WhereOptions, type WherePorts } from "./locate.ts";
import { printable } from "./printable.ts";
import { type Crd, type KatalogResponse, katalogResponse } from "./responses.ts";
import { RuntimeApi } from "./runtime_api.ts";

/** A Runtime that responds, and what it said of its Katalog. */
export interface Session {
  readonly api: RuntimeApi;
  readonly katalog: KatalogResponse;
}

export interface SessionOptions extends WhereOptions {
  readonly timeoutMs: number;
}

/** The leader may change while it is looked for, not for ever. */
const maxHops = 3;
/** Names in an error. */
const maxNamed = 20;

/**
 * Opens the way to the Runtime that leads, and says on `terminal.err` when it is a standby that was named. Throws
 * `InspectError` and `UsageError`. The caller closes `api`.
 */
export async function openSession(
  options: SessionOptions,
  terminal: Terminal,
  ports: WherePorts,
): Promise<Session> {
  const where = await locate(options, ports);
  let pod = where.kind === "url" ? "" : where.pod ?? await where.leader();
  for (let hop = 1;; hop++) {
    const api = new RuntimeApi(where.kind === "url" ? where.place : where.open(pod), ports.clock, options.timeoutMs);
    try {
      const katalog = await api.get("/katalog", katalogResponse);
      const leader = leaderElsewhere(katalog, where, pod);
      if (leader !== undefined && hop < maxHops) {
        await api.close();
        pod = leader;
        continue;
      }
      if (!katalog.isKonductor) terminal.err(standby(api, katalog));
      return { api, katalog };
    } catch (error) {
      await api.close();
      throw error;
    }
  }
}

/** Another Pod that is to be asked instead. A Pod that the user named is asked whatever it is. */
function leaderElsewhere({ isKonductor, konductor }: KatalogResponse, where: Where, pod: string): string | undefined {
  if (isKonductor || konductor === undefined || where.kind === "url" || where.pod !== undefined) return undefined;
  const leader = podOfHolder(konductor);
  return leader === pod ? undefined : leader;
}

function standby({ place }: RuntimeApi, { konductor }: KatalogResponse): string {
  const leader = konductor === undefined ? "which process leads is not known" : `${printable(konductor, 100)} leads`;
  return `${place.text} is a standby, and reconciles nothing: ${leader}; ask that one`;
}

/** The operators of a kind, a plural or a key of the Katalog. Throws `InspectError` that names what there is. */
export function operatorsOf({ crds }: KatalogResponse, word: string): Crd[] {
  const wanted = word.toLowerCase();
  const byKey = crds.filter(({ name }) => name.toLowerCase() === wanted);
  if (byKey.length > 0) return byKey;
  const found = crds.filter((crd) => kindOf(crd).toLowerCase() === wanted || pluralOf(crd).toLowerCase() === wanted);
  if (found.length > 0) return found;
  const known = crds.map(({ name }) => printable(name, 63));
  const guess = nearest(word, [...known, ...crds.map(kindOf)]);
  const hint = guess === undefined ? "" : `: did you mean "${guess}"?`;
  const more = known.length > maxNamed ? `, and ${known.length - maxNamed} more` : "";
  const there = known.length === 0 ? "none" : `${known.slice(0, maxNamed).join(", ")}${more}`;
  throw new InspectError(`The Runtime has no operator of "${printable(word, 63)}"${hint}; it has ${there}`);
}

/** `Website`; the key where the entry hides it. */
export function kindOf({ gvk, name }: Crd): string {
  return printable(/Kind=(.+)$/.exec(gvk ?? "")?.[1] ?? name, 63);
}

function pluralOf({ gvr, name }: Crd): string {
  return /Resource=(.+)$/.exec(gvr ?? "")?.[1] ?? name;
}
