import { type Clock } from "../base/clock.ts";
import { type Finding, formatFinding } from "../base/finding.ts";
import { loadConfig, type LoadOptions } from "../cluster/load.ts";
import { type ClusterConfig, ConfigError } from "../cluster/mod.ts";
import { loadKatalog, type SourceFile } from "../katalog/mod.ts";
import { jsonLog, type Level, type Log, textLog } from "../observe/log.ts";
import { derivePlan, type Plan } from "../plan/mod.ts";
import { logMessages, startRuntime } from "../runtime/mod.ts";
import type { Words } from "./command_line.ts";
import { type HostOptions, openHost } from "./host.ts";

/** Passes in work at a shutdown may finish for so long (`SHUTDOWN_TIMEOUT` of the runtime's spec: 30 s). */
const shutdownGraceMs = 30_000;

export interface RunOptions extends Omit<HostOptions, "tellsIdle" | "onBroken"> {
  /** Passes that change nothing are logged too (at debug level). */
  readonly logsIdle?: boolean;
  /** Ends the run; resolves with the reason. */
  readonly until: Promise<string>;
}

/** A place for boxes that waits for its plan. */
export interface OpenRun {
  /** Runs a plan's boxes until it is told to end, or cannot go on. Answers the exit code. */
  run(plan: Plan): Promise<number>;
  /** There is no plan to run. */
  close(): Promise<void>;
}

/** Opens the place where boxes run. It gets ready by itself, while the plan is made. */
export function openRun(options: RunOptions): OpenRun {
  const { cluster, log, until } = options;
  const broken = Promise.withResolvers<string>();
  const host = openHost({ ...options, tellsIdle: options.logsIdle ?? false, onBroken: broken.resolve });
  return {
    async run(plan) {
      log("info", `${plan.katalog.name}: ${plan.boxes.length} boxes against ${cluster.server}`, {
        katalog: plan.katalog.name,
        boxes: plan.boxes.map((box) => box.name),
        server: cluster.server,
        isolation: options.isolation,
      });
      const runtime = startRuntime({ plan, host, report: logMessages(log, options.clock) });
      const code = await Promise.race([
        until.then((reason) => log("info", `${reason}: stopping`, {})).then(() => 0),
        broken.promise.then((reason) => log("error", `${reason}: stopping`, {})).then(() => 1),
      ]);
      await runtime.stop(shutdownGraceMs);
      log("info", "stopped", {});
      return code;
    },
    close: () => host.close(),
  };
}

/** Reads Katalog files and derives the plan; prints findings. `undefined`: there are errors, all of them told. */
export async function planOf(files: readonly string[], words: Words): Promise<Plan | undefined> {
  const sources: SourceFile[] = [];
  for (const path of files) {
    try {
      sources.push({ path, bytes: await Deno.readFile(path) });
    } catch (error) {
      words.err(`Cannot read ${path}: ${whyUnreadable(error)}`);
      return undefined;
    }
  }
  const { findings, katalog } = loadKatalog(sources, readIfThere);
  printFindings(findings, words);
  return katalog === undefined ? undefined : derivePlan(katalog);
}

function whyUnreadable(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file";
  if (error instanceof Deno.errors.IsADirectory) return "it is a directory; name a file in it";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return String(error);
}

export function printFindings(findings: readonly Finding[], words: Words): void {
  for (const finding of findings) words.err(formatFinding(finding));
}

/** For files that a Katalog names: what cannot be read is a finding of the loader. */
export function readIfThere(path: string): Uint8Array | undefined {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.IsADirectory) return undefined;
    throw error;
  }
}

/** Finds the cluster; `undefined` when there is none, with the reason told. */
export async function clusterOf(options: LoadOptions, words: Words): Promise<ClusterConfig | undefined> {
  try {
    return await loadConfig(options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    words.err(`${error.message}${error.hint === undefined ? "" : `; ${error.hint}`}`);
    return undefined;
  }
}

/** Lines for people on a terminal, JSON lines elsewhere. */
export function createLog(clock: Clock, level: Level): Log {
  const encoder = new TextEncoder();
  // One write a line: lines of several boxes never mix.
  const write = (line: string): void => void Deno.stdout.writeSync(encoder.encode(`${line}\n`));
  if (!Deno.stdout.isTerminal()) return jsonLog(write, clock, level);
  return textLog(write, clock, level, Deno.env.get("NO_COLOR") === undefined);
}

/** Resolves with the name of the signal that asks this process to end. */
export function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      Deno.addSignalListener(signal, () => resolve(signal));
    }
  });
}
