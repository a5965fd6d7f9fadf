import type { Clock } from "../../base/clock.ts";
import { compareText } from "../../base/finding.ts";
import { stringifyJson } from "../../base/json.ts";
import { type LeaseScope, permissionFindings } from "../../bundle/mod.ts";
import { type ClusterConfig, isCallError } from "../../cluster/mod.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import type { FileReader } from "../../files/mod.ts";
import { groupKind, type KubeObject, objectKey, splitKey } from "../../k8s/object.ts";
import type { Manifest } from "../../katalog/mod.ts";
import type { RunSettings } from "../../runtime/mod.ts";
import { printFindings } from "../print_findings.ts";
import { readCrs } from "../read_crs.ts";
import { renderCr, type RenderedCr, type RenderPorts } from "../rendered.ts";
import { paint, type Terminal } from "../terminal.ts";
import type { ChildChange, CrChanges } from "./cr_changes.ts";
import { countChanges, diffPlans } from "./plan_diff.ts";
import { diffLines } from "./print_diff.ts";
import { diffObjects, type OpenRehearsal, rehearse } from "./rehearsal.ts";
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
  const { before, objects, notes } = compared;
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
    terminal.out(count === 0 ? `No difference between ${sides}` : `${count} differences between ${sides}`);
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

/** What becomes of the children of one CR, by a first pass of each Katalog. */
async function compareCr(
  before: Side,
  after: Side,
  manifest: Manifest,
  ports: RenderPorts,
): Promise<CrChanges | { readonly problem: string }> {
  const [was, is] = [await renderCr(before.plan, manifest, ports), await renderCr(after.plan, manifest, ports)];
  if ("problem" in was && "problem" in is) return is;
  const rendered = ("problem" in is ? was : is) as RenderedCr;
  const { name, namespace } = rendered.cr.metadata;
  const problem = "problem" in is ? is.problem : is.pass.failure;
  const [childrenBefore, childrenAfter] = [childrenOf(was), childrenOf(is)];
  const ids = [...new Set([...childrenBefore.keys(), ...childrenAfter.keys()])].sort(compareText);
  return {
    box: rendered.box.name,
    kind: rendered.box.type.kind,
    ...namespace === undefined ? {} : { namespace },
    name,
    changes: ids.flatMap((id) => childChange(childrenBefore.get(id), childrenAfter.get(id))),
    ...problem === undefined ? {} : { problem },
  };
}

interface Child {
  readonly kind: string;
  readonly object: KubeObject;
}

function childrenOf(rendered: Awaited<ReturnType<typeof renderCr>>): Map<string, Child> {
  if ("problem" in rendered) return new Map();
  return new Map(rendered.pass.children.map(({ type, object }) => {
    const kind = groupKind(type);
    return [`${kind} ${objectKey(object.metadata)}`, { kind, object: rendered.shown(object) }];
  }));
}

function childChange(before: Child | undefined, after: Child | undefined): ChildChange[] {
  const { kind, object } = (after ?? before)!;
  const base = { kind, ...splitKey(objectKey(object.metadata)) };
  if (before === undefined) return [{ action: "create", ...base, fields: [] }];
  if (after === undefined) return [{ action: "delete", ...base, fields: [] }];
  const fields = diffObjects(before.object, after.object);
  return fields.length === 0 ? [] : [{ action: "update", ...base, fields }];
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
    const installed = await readInstalledSide(api, namespace);
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
