import { type Clock } from "../base/clock.ts";
import { type Finding, formatFinding } from "../base/finding.ts";
import { loadConfig, type LoadOptions } from "../cluster/load.ts";
import { type ClusterConfig, ConfigError } from "../cluster/mod.ts";
import { type FileReader, namedFiles, readKatalogs } from "../files/mod.ts";
import { loadKatalog } from "../katalog/mod.ts";
import { jsonLog, type Log, textLog } from "../observe/log.ts";
import { derivePlan, type Plan } from "../plan/mod.ts";
import {
  type KatalogDocuments,
  katalogDocuments,
  logMessages,
  type RunSettings,
  soleLeadership,
  startRuntime,
} from "../runtime/mod.ts";
import type { Output } from "./command_line.ts";
import { type ElectionSettings, Fences, startElection } from "./election.ts";
import { type HostOptions, openHost } from "./host.ts";
import { type HttpOptions, openHttp } from "./http.ts";

/** How long running passes may take to finish at a shutdown (`SHUTDOWN_TIMEOUT` of the runtime's spec: 30 s). */
const shutdownGraceMs = 30_000;

export interface RunOptions extends Omit<HostOptions, "reportsIdle" | "onBroken" | "fenceOf" | "instance"> {
  /** Stand for election, and work only as the leader; absent: this is the only instance. */
  readonly election?: ElectionSettings | undefined;
  /** Passes that change nothing are logged too (at debug level). */
  readonly logsIdle?: boolean;
  readonly http: HttpOptions;
  /** Ends the run; resolves with the reason. */
  readonly until: Promise<string>;
}

/** A Katalog to run. */
export interface LoadedKatalog {
  readonly plan: Plan;
  /** What the HTTP API shows of it. */
  readonly documents: KatalogDocuments;
}

/** A place for boxes that waits for its plan. */
export interface OpenRun {
  /** Of the HTTP API; absent: it is switched off. */
  readonly port: number | undefined;
  /** Runs a plan's boxes until `until` resolves, or it cannot continue. Returns the exit code. */
  run(loaded: LoadedKatalog): Promise<number>;
  /** There is no plan to run. */
  close(): Promise<void>;
}

/**
 * Opens the HTTP API, which comes first and goes last so that probes always get a response, then the place where boxes
 * run. It prepares itself while the plan is made. Throws `ListenError`.
 */
export function openRun(options: RunOptions): OpenRun {
  const { cluster, log, until, clock, election } = options;
  const http = openHttp(options.http, options);
  const { state } = http;
  const broken = Promise.withResolvers<string>();
  const instance = instanceName(options.binary);
  const fences = election && new Fences(election.scope);
  const host = openHost({
    ...options,
    instance,
    fenceOf: fences && ((box) => fences.of(box)),
    reportsIdle: options.logsIdle ?? false,
    onBroken: (reason) => {
      state.broken(reason);
      broken.resolve(reason);
    },
  });
  // Also while the Katalog is still being loaded.
  void until.then(() => state.stopping());
  return {
    port: http.port,
    async run({ plan, documents }) {
      log(
        "info",
        `${plan.katalog.name}: ${
          plan.boxes.length === 1 ? "1 box" : `${plan.boxes.length} boxes`
        } against ${cluster.server}`,
        {
          katalog: plan.katalog.name,
          boxes: plan.boxes.map((box) => box.name),
          server: cluster.server,
          isolation: options.isolation,
        },
      );
      const report = logMessages(log, clock);
      const groups = fences?.group(plan.boxes) ?? [plan.boxes];
      const shared = { start: host.start, close: () => Promise.resolve() }; // closed when all of them have stopped
      const runtimes = groups.map((boxes) => startRuntime({ plan: { ...plan, boxes }, host: shared, clock, report }));
      const leadership = election === undefined
        ? soleLeadership(runtimes[0]!, instance)
        : startElection({ ...options, election, instance, fences: fences!, runtimes, groups });
      const boxes = new Map(runtimes.flatMap((runtime) => [...runtime.boxes]));
      state.serve({ plan, documents, boxes, leadership });
      const [code, graceMs] = await Promise.race([
        until.then((reason) => log("info", `${reason}: stopping`, {})).then(() => [0, shutdownGraceMs] as const),
        broken.promise.then((reason) => log("error", `${reason}: stopping`, {})).then(() => [1, 0] as const),
      ]);
      state.stopping();
      const endMs = clock.nowMs() + graceMs;
      await leadership.end(graceMs);
      await Promise.all(runtimes.map((runtime) => runtime.stop(Math.max(0, endMs - clock.nowMs()))));
      await host.close();
      await http.close();
      log("info", "stopped", {});
      return code;
    },
    async close() {
      await host.close();
      await http.close();
    },
  };
}

/** Host name and a random suffix: another one for every process (ruling 59). */
function instanceName(binary: string): string {
  return `${Deno.env.get("HOSTNAME") || binary}-${crypto.randomUUID().slice(0, 8)}`;
}

/** Reads Katalogs and derives the plan; prints findings. `undefined`: there are errors, all of them printed. */
export async function planOf(
  named: readonly string[],
  files: FileReader,
  output: Output,
): Promise<LoadedKatalog | undefined> {
  const { sources, findings: unread } = await readKatalogs(named, files);
  if (unread.length > 0) {
    printFindings(unread, output);
    return undefined;
  }
  const { findings, katalog, documents = [] } = loadKatalog(sources, namedFiles(files));
  printFindings(findings, output);
  if (katalog === undefined) return undefined;
  return { plan: derivePlan(katalog), documents: katalogDocuments(katalog, documents) };
}

function printFindings(findings: readonly Finding[], output: Output): void {
  for (const finding of findings) output.err(formatFinding(finding));
}

/** Finds the cluster; `undefined` when there is none, with the reason printed. */
export async function clusterOf(options: LoadOptions, output: Output): Promise<ClusterConfig | undefined> {
  try {
    return await loadConfig(options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    output.err(`${error.message}${error.hint === undefined ? "" : `; ${error.hint}`}`);
    return undefined;
  }
}

/** A log, and the end of the place that it is written to. */
export interface OpenLog {
  readonly log: Log;
  /** Resolves with the reason when the reader of the log is gone (`ork run | head`); nothing is written after that. */
  readonly closed: Promise<string>;
}

/** The log on standard output, as the settings say: without a format, text on a terminal and JSON lines elsewhere. */
export function createLog(
  clock: Clock,
  { logLevel: level, logFormat }: Pick<RunSettings, "logLevel" | "logFormat">,
  stream: Pick<typeof Deno.stdout, "writeSync" | "isTerminal"> = Deno.stdout,
): OpenLog {
  const encoder = new TextEncoder();
  const closed = Promise.withResolvers<string>();
  let open = true;
  // One write per line: lines of several boxes never mix.
  const write = (line: string): void => {
    if (!open) return;
    try {
      stream.writeSync(encoder.encode(`${line}\n`));
    } catch (error) {
      // Deno ignores SIGPIPE. A log without a reader must not fail the pass that writes to it.
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      open = false;
      closed.resolve("standard output was closed");
    }
  };
  const terminal = stream.isTerminal();
  const log = logFormat === "json" || (logFormat === undefined && !terminal)
    ? jsonLog(write, clock, level)
    : textLog(write, clock, level, terminal && (Deno.env.get("NO_COLOR") ?? "") === "");
  return { log, closed: closed.promise };
}

/** Exit codes of a process that a signal ended, as a shell reports them: 128 and its number. */
const stopSignals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Resolves with the name of the signal that ends this process in order; a second one ends it at once. */
export function stopSignal(): Promise<string> {
  const first = Promise.withResolvers<string>();
  let stopping = false;
  for (const [signal, code] of Object.entries(stopSignals) as [keyof typeof stopSignals, number][]) {
    Deno.addSignalListener(signal, () => {
      if (stopping) Deno.exit(code);
      stopping = true;
      first.resolve(signal);
    });
  }
  return first.promise;
}
