import type { Clock } from "../../base/clock.ts";
import { stringifyJson } from "../../base/json.ts";
import { type LeaseScope, permissionFindings } from "../../bundle/mod.ts";
import { type ClusterConfig, isCallError } from "../../cluster/mod.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import type { FileReader } from "../../files/mod.ts";
import { leftFinalizers } from "../../plan/mod.ts";
import type { RunSettings } from "../../runtime/mod.ts";
import { printFindings } from "../print_findings.ts";
import { readCrs } from "../read_crs.ts";
import type { RenderPorts } from "../rendered.ts";
import { paint, type Terminal } from "../terminal.ts";
import type { CrChanges } from "./cr_changes.ts";
import { compareCr } from "./cr_diff.ts";
import { countChanges, diffPlans } from "./plan_diff.ts";
import { diffLines } from "./print_diff.ts";
import { type OpenRehearsal, rehearse } from "./rehearsal.ts";
import { nothingInstalled, readInstalledSide, readSide, type Side } from "./side.ts";

export interface DiffOptions {
  /** A Katalog or a bundle; absent: what is installed in the cluster. */
  readonly before: readonly string[] | undefined;
  readonly after: readonly string[];
  /** Files with CRs: their children are compared, without a cluster. */
  readonly crs: readonly string[];
  /** With a cluster: what is done to the CRs there. */
  readonly objects: boolean;
  /** Of the installation. */
  readonly namespace: string;
  /** Of the ConfigMap with the Katalog; absent: that of an installation. */
  readonly configMap?: string | undefined;
  readonly leases: LeaseScope;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly timeoutMs: number;
  readonly output: "text" | "json";
}

export interface DiffPorts extends RenderPorts {
  readonly clock: Clock;
  readonly files: FileReader;
  readonly findCluster: (settings: Pick<RunSettings, "kubeconfig" | "context">) => Promise<ClusterConfig | undefined>;
  readonly connect: (cluster: ClusterConfig) => ClusterApi & { close(): void };
  readonly rehearse: OpenRehearsal;
  /** Resolves with the name of the signal that stops the process. */
  readonly until: () => Promise<string>;
}

interface Compared {
  readonly before: Side;
  readonly after: Side;
  readonly objects: readonly CrChanges[];
  readonly notes: readonly string[];
}

/** Exit codes as those of diff(1) (POSIX): the same, different, and trouble: nothing was compared. */
const exitCodes = { same: 0, different: 1, trouble: 2 } as const;

/** `ork diff`, `ork plan`: how two Katalogs differ, and what comes of it. */
export async function diff(options: DiffOptions, terminal: Terminal, ports: DiffPorts): Promise<number> {
  const after = await read(options.after, terminal, ports);
  if (after === undefined) return exitCodes.trouble;
  // Errors among them are for `ork generate`: what nothing declares is a part of the picture here.
  printFindings(permissionFindings(after.plan), terminal, terminal.err);
  const compared = options.before === undefined
    ? await compareWithCluster(after, options, terminal, ports)
    : await compareFiles(options.before, after, options, terminal, ports);
  if (compared === undefined) return exitCodes.trouble;
  const { before, objects } = compared;
  const notes = [...leftFinalizers(before.plan, after.plan).map(({ message }) => message), ...compared.notes];
  const { namespace, leases } = options;
  const plans = diffPlans(before, after, { namespace, leases });
  const count = countChanges(plans) + objects.length;
  if (options.output === "json") {
    const result = { from: before.name, to: after.name, differences: count, ...plans, objects, notes };
    terminal.out(stringifyJson(result, 2));
  } else {
    for (const line of diffLines(plans, objects, terminal)) terminal.out(line);
    for (const note of notes) terminal.err(`${paint(terminal, "grey", "note:")} ${note}`);
    const sides = `${before.name} and ${after.name}`;
    terminal.out(
      count === 0
        ? `No difference between ${sides}`
        : `${count} ${count === 1 ? "difference" : "differences"} between ${sides}`,
    );
  }
  return count === 0 ? exitCodes.same : exitCodes.different;
}

/** Findings are printed; `undefined`: it cannot be used. */
async function read(named: readonly string[], terminal: Terminal, { files }: DiffPorts): Promise<Side | undefined> {
  const side = await readSide(named, files);
  if ("findings" in side) {
    printFindings(side.findings, terminal, terminal.err);
    return undefined;
  }
  return side;
}

async function compareFiles(
  named: readonly string[],
  after: Side,
  options: DiffOptions,
  terminal: Terminal,
  ports: DiffPorts,
): Promise<Compared | undefined> {
  const before = await read(named, terminal, ports);
  if (before === undefined) return undefined;
  const manifests = options.crs.length === 0 ? [] : await readCrs(options.crs, terminal, ports.files);
  if (manifests === undefined) return undefined;
  const objects: CrChanges[] = [];
  for (const manifest of manifests) {
    const changes = await compareCr(before, after, manifest, ports);
    if ("problem" in changes && !("changes" in changes)) {
      terminal.err(`${manifest.at.file}:${manifest.at.line}: ${changes.problem}`);
      return undefined;
    }
    if ("changes" in changes && (changes.changes.length > 0 || changes.problem !== undefined)) objects.push(changes);
  }
  return { before, after, objects, notes: [] };
}

async function compareWithCluster(
  after: Side,
  options: DiffOptions,
  terminal: Terminal,
  ports: DiffPorts,
): Promise<Compared | undefined> {
  const cluster = await ports.findCluster(options);
  if (cluster === undefined) return undefined;
  const { namespace, timeoutMs } = options;
  const stop = new AbortController();
  void ports.until().then((signal) => stop.abort(new Error(`Stopped by ${signal}`)));
  const api = ports.connect(cluster);
  try {
    const installed = await readInstalledSide(api, namespace, options.configMap);
    if (installed !== undefined && "findings" in installed) {
      printFindings(installed.findings, terminal, terminal.err);
      return undefined;
    }
    const nothing = `nothing in namespace ${namespace}`;
    const before = installed ?? nothingInstalled(after, nothing);
    if (!options.objects) return { before, after, objects: [], notes: [] };
    const { plan } = after;
    const { clock, rehearse: open } = ports;
    const { objects, notes } = await rehearse({ plan, cluster, api, clock, open, timeoutMs, signal: stop.signal });
    if (stop.signal.aborted) {
      terminal.err(`ork: ${stop.signal.reason.message}`);
      return undefined;
    }
    return { before, after, objects, notes };
  } catch (error) {
    if (!isCallError(error)) throw error;
    terminal.err(`ork: ${error.message}`);
    return undefined;
  } finally {
    api.close();
  }
}
