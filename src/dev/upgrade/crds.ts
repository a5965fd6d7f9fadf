import { isCallError, NetworkError } from "../../cluster/api_error.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import { loadPlan } from "../load_plan.ts";
import { printFindings } from "../print_findings.ts";
import type { RunPorts } from "../run.ts";
import type { Terminal } from "../terminal.ts";
import { checkCrd } from "./check_crd.ts";
import { type CustomKind, customKinds } from "./custom_kinds.ts";
import { findDefinition } from "./definition.ts";
import { migrateCrd } from "./migrate_crd.ts";
import type { Patience } from "./patience.ts";
import { Progress } from "./progress.ts";
import { type CrdReport, isDone } from "./report.ts";
import { reportLines } from "./report_lines.ts";
import { UpgradeError } from "./upgrade_error.ts";

export interface UpgradeCrdsOptions {
  readonly files: readonly string[];
  readonly action: "check" | "migrate";
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly output: "text" | "json";
}

export type UpgradePorts = Pick<RunPorts, "clock" | "files" | "findCluster" | "connect" | "until">;

/**
 * `ork upgrade crds`: in which versions the objects of a Katalog's CRDs are stored, and has them stored in the storage
 * version. Returns 1 where something is left to be done.
 */
export async function upgradeCrds(
  options: UpgradeCrdsOptions,
  terminal: Terminal,
  ports: UpgradePorts,
): Promise<number> {
  const { findings, plan } = await loadPlan(options.files, ports.files);
  printFindings(findings, terminal, terminal.err);
  if (plan === undefined) return 1;
  const kinds = customKinds(plan);
  if (kinds.length === 0) terminal.err("The Katalog has no kind that a CRD defines");
  const cluster = kinds.length === 0 ? undefined : await ports.findCluster(options);
  if (kinds.length > 0 && cluster === undefined) return 1;
  const reports: CrdReport[] = [];
  if (cluster !== undefined) {
    const stop = new AbortController();
    if (options.action === "migrate") void ports.until().then((signal) => stop.abort(signal));
    const api = ports.connect(cluster);
    try {
      await upgradeEach(kinds, { options, terminal, api, stop: stop.signal, clock: ports.clock }, (report) => {
        reports.push(report);
        if (options.output === "text") terminal.out(reportLines(report, commandOf(options), terminal).join("\n"));
      });
    } finally {
      api.close();
    }
  }
  if (options.output === "json") terminal.out(JSON.stringify({ crds: reports }, null, 2));
  return reports.every(isDone) && reports.length === kinds.length ? 0 : 1;
}

interface Work {
  readonly options: UpgradeCrdsOptions;
  readonly terminal: Terminal;
  readonly api: ClusterApi;
  readonly stop: AbortSignal;
  readonly clock: UpgradePorts["clock"];
}

/** One CRD after the other; none is begun after a signal, or when the API server cannot be reached. */
async function upgradeEach(
  kinds: readonly CustomKind[],
  { options, terminal, api, stop, clock }: Work,
  onReport: (report: CrdReport) => void,
): Promise<void> {
  const patience: Patience = { clock, random: Math.random, stopped: stop };
  const progress = new Progress(terminal, clock);
  for (const kind of kinds) {
    const name = `${kind.type.plural}.${kind.group}`;
    if (stop.aborted) {
      onReport({ name, kind: kind.kind, state: "interrupted" });
      continue;
    }
    try {
      const report = await upgradeOne(kind, name, options.action, api, patience, progress);
      progress.clear();
      onReport(report);
    } catch (error) {
      progress.clear();
      if (!isCallError(error) && !(error instanceof UpgradeError)) throw error;
      onReport({ name, kind: kind.kind, state: "failed", reason: error.message });
      if (error instanceof NetworkError) return;
    }
  }
}

async function upgradeOne(
  custom: CustomKind,
  name: string,
  action: UpgradeCrdsOptions["action"],
  api: ClusterApi,
  patience: Patience,
  progress: Progress,
): Promise<CrdReport> {
  const definition = await findDefinition(api, custom);
  if (definition === undefined) return { name, kind: custom.kind, state: "absent" };
  if (action === "check") return await checkCrd(api, definition, patience);
  return await migrateCrd(api, definition, custom.storageVersion, patience, progress);
}

/** The command line that migrates. */
function commandOf({ files, kubeconfig, context }: UpgradeCrdsOptions): string {
  const option = (name: string, value: string | undefined) => value === undefined ? [] : [name, value];
  return [
    ...["ork", "upgrade", "crds"],
    ...files.flatMap((file) => ["-f", file]),
    "--migrate",
    ...option("--kubeconfig", kubeconfig),
    ...option("--context", context),
  ].join(" ");
}
