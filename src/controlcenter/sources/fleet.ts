import type { z } from "zod";
import { compareText } from "../../base/finding.ts";
import { InspectError } from "../../dev/inspect/inspect_error.ts";
import { podOfHolder } from "../../dev/inspect/locate.ts";
import type { Crd, GatewayKatalog, RuntimeKatalog } from "./documents.ts";
import type { Process } from "./process.ts";
import { joined, type Point } from "./series.ts";

/** A process that is known to be a Runtime. */
export interface RuntimeProcess {
  readonly process: Process;
  readonly katalog: RuntimeKatalog;
}

export interface GatewayProcess {
  readonly process: Process;
  readonly katalog: GatewayKatalog;
}

/** Processes that run one Katalog: the one that leads, its standbys, and its Gateways. */
export interface Installation {
  /** Its part of an address: the name of the Katalog, with a place behind it where the name is not enough. */
  readonly slug: string;
  readonly name: string;
  /** What is shown is from it: the one that leads, else the one that was read last. */
  readonly main: RuntimeProcess;
  /** Nobody leads, as far as is known. */
  readonly isLed: boolean;
  /** All of them, the main one first. */
  readonly runtimes: readonly RuntimeProcess[];
  readonly gateways: readonly GatewayProcess[];
}

/** What is read, as it is at the moment. */
export interface Fleet {
  /** Sorted by slug. */
  readonly installations: readonly Installation[];
  /** Processes that have never said what they are. */
  readonly unknown: readonly Process[];
  /** Gateways whose Katalog no Runtime here runs. */
  readonly alone: readonly GatewayProcess[];
}

/** Sorts processes by the Katalog that they run. */
export function fleetOf(processes: readonly Process[]): Fleet {
  const unknown = processes.filter(({ known }) => known.kind === "nothing");
  const runtimes = processes.flatMap((process): RuntimeProcess[] =>
    process.known.kind === "runtime" ? [{ process, katalog: process.known.katalog }] : []
  );
  const gateways = processes.flatMap((process): GatewayProcess[] =>
    process.known.kind === "gateway" ? [{ process, katalog: process.known.katalog }] : []
  );
  const groups = installationsIn(runtimes);
  const names = groups.map(([first]) => first!.katalog.name);
  const installations = groups.map((group): Installation => {
    const ordered = [...group].sort(byRank);
    const main = ordered[0]!;
    const { name } = main.katalog;
    const isUnique = names.filter((one) => one === name).length === 1;
    const place = [...group].map(({ process }) => process.place).sort(compareText)[0]!;
    return {
      slug: isUnique ? name : `${name}@${place.replace(/^https?:\/\//, "")}`,
      name,
      main,
      isLed: leads(main) && main.process.trouble === undefined,
      runtimes: ordered,
      gateways: gateways.filter(({ katalog, process }) =>
        katalog.name === name && process.group === main.process.group
      ),
    };
  }).sort((a, b) => compareText(a.slug, b.slug));
  const taken = new Set(installations.flatMap((one) => one.gateways.map(({ process }) => process)));
  const alone = gateways.filter(({ process }) => !taken.has(process));
  return { installations, unknown, alone };
}

/** By its slug, else the first of that name: an address stays good when another Katalog of the name appears. */
export function installationOf({ installations }: Fleet, slug: string): Installation | undefined {
  return installations.find((one) => one.slug === slug) ?? installations.find(({ name }) => name === slug);
}

/** `undefined`: the Katalog has no such box. Keys are looked up in lower case, as the Runtime does. */
export function crdOf({ main: { katalog } }: Installation, name: string): Crd | undefined {
  return katalog.crds.find((crd) => crd.name === name) ??
    katalog.crds.find((crd) => crd.name.toLowerCase() === name.toLowerCase());
}

/** The history of a box, across the processes that have led. */
export function historyOf({ runtimes }: Installation, box: string): readonly Point[] {
  return joined(runtimes.map(({ process }) => process.points(box)).filter(({ length }) => length > 0));
}

/** Asks the process that leads. Throws `InspectError`. */
export async function ask<T>({ main }: Installation, path: string, shape: z.ZodType<T>): Promise<T> {
  return await main.process.get(path, shape);
}

/** The same where the path may be missing: `undefined`, with the reason. */
export async function askFor<T>(
  installation: Installation,
  path: string,
  shape: z.ZodType<T>,
): Promise<
  { readonly value: T; readonly problem?: undefined } | { readonly value?: undefined; readonly problem: string }
> {
  try {
    return { value: await ask(installation, path, shape) };
  } catch (error) {
    if (!(error instanceof InspectError)) throw error;
    return { problem: error.message };
  }
}

/** How a process stands, in a word. */
export function roleOf({ process, katalog }: RuntimeProcess): "leads" | "standby" | "unreachable" | "unusable" {
  return process.trouble?.kind ?? (katalog.isKonductor ? "leads" : "standby");
}

/** Replicas of one installation: what runs the same Katalog in the same place, with one that leads. */
function installationsIn(runtimes: readonly RuntimeProcess[]): RuntimeProcess[][] {
  const candidates = new Map<string, RuntimeProcess[]>();
  for (const runtime of runtimes) {
    const { name, clusterName, konductor } = runtime.katalog;
    // After a failover replicas learn of it one after the other: their Deployment counts, not the Pod that leads.
    const leader = konductor === undefined ? "" : deploymentOf(podOfHolder(konductor) ?? konductor);
    const key = JSON.stringify([name, clusterName, runtime.process.group, leader]);
    candidates.set(key, [...candidates.get(key) ?? [], runtime]);
  }
  return [...candidates.values()].flatMap(splitByLeader);
}

/** Several that lead at a time are no replicas of each other, such as two `ork run` on one machine. */
function splitByLeader(candidates: readonly RuntimeProcess[]): RuntimeProcess[][] {
  const leaders = candidates.filter((one) =>
    leads(one) && one.process.trouble === undefined && one.katalog.konductor !== undefined
  );
  if (leaders.length < 2) return [[...candidates]];
  const groups = new Map(leaders.map((one) => [one.katalog.konductor!, [] as RuntimeProcess[]]));
  const [first] = groups.values();
  for (const one of candidates) (groups.get(one.katalog.konductor ?? "") ?? first!).push(one);
  return [...groups.values()];
}

/** `ork-runtime-7c9d5b8f6-x2x4z` → `ork-runtime`: the random ends are those of a ReplicaSet and of its Pod. */
function deploymentOf(pod: string): string {
  return pod.replace(/(?:-[a-z0-9]{6,10})?-[a-z0-9]{5}$/, "");
}

function byRank(a: RuntimeProcess, b: RuntimeProcess): number {
  return rank(a) - rank(b) || (b.process.readMs ?? 0) - (a.process.readMs ?? 0) ||
    compareText(a.process.place, b.process.place);
}

/** The one that leads and responds, then standbys, then what was known of one that does not respond. */
function rank(one: RuntimeProcess): number {
  const { trouble } = one.process;
  return trouble === undefined ? (leads(one) ? 0 : 2) : leads(one) ? 1 : 3;
}

function leads({ katalog }: RuntimeProcess): boolean {
  return katalog.isKonductor;
}
