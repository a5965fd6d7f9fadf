import { type Finding, formatFinding } from "../base/finding.ts";
import { type FileReader, namedFiles, readKatalogs, RecordingReader, systemFiles } from "../files/mod.ts";
import { loadKatalog } from "../katalog/mod.ts";
import { derivePlan, type Plan } from "../plan/mod.ts";
import {
  type KatalogChange,
  katalogDocuments,
  type KatalogSource,
  katalogSource,
  type LoadedKatalog,
  logMessages,
  type ReloadMode,
  soleLeadership,
  startCrossSources,
  startRuntime,
  watchKatalog,
} from "../runtime/mod.ts";
import type { Output } from "./command_line.ts";
import { crossConnections } from "./cross_request.ts";
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

/** A place for boxes that waits for its plan. */
export interface OpenRun {
  /** Of the HTTP API; absent: it is switched off. */
  readonly port: number | undefined;
  /**
   * Runs a plan's boxes until `until` resolves, or it cannot continue. Returns the exit code. With `source` the files of
   * the Katalog are watched; `replaced` is called when the boxes of one have stopped and those of the next are to start.
   */
  run(
    loaded: LoadedKatalog,
    source?: KatalogSource,
    replaced?: (loaded: LoadedKatalog) => Promise<void>,
  ): Promise<number>;
  /** There is no plan to run. */
  close(): Promise<void>;
}

/**
 * Opens the HTTP API, which comes first and goes last so that probes always get a response, then the place where boxes
 * run. It prepares itself while the plan is made. Throws `ListenError`.
 */
export function openRun(options: RunOptions): OpenRun {
  const { log, until, clock, election } = options;
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
    async run(first, source, replaced) {
      let loaded = first;
      let reader = source?.reader;
      const report = logMessages(log, clock);
      const shared = { start: host.start, close: () => Promise.resolve() }; // closed when the last boxes have stopped
      for (;;) {
        const { plan, documents } = loaded;
        logStart(options, plan);
        logIdentity(options, plan);
        const groups = fences?.group(plan.boxes) ?? [plan.boxes];
        const crossSources = startCrossSources(plan.boxes, crossConnections(options));
        const runtimes = groups.map((boxes) =>
          startRuntime({ plan: { ...plan, boxes }, host: shared, clock, report, crossSources })
        );
        const leadership = election === undefined
          ? soleLeadership(runtimes[0]!, instance)
          : startElection({ ...options, election, instance, fences: fences!, runtimes, groups });
        const boxes = new Map(runtimes.flatMap((runtime) => [...runtime.boxes]));
        state.serve({ plan, documents, boxes, leadership, crossSources });
        const watch = source && watchKatalog(loaded, { ...source, reader: reader! }, { clock, log, state });
        const next = await Promise.race<End | KatalogChange>([
          until.then((reason) => ({ next: "end", code: 0, reason })),
          broken.promise.then((reason) => ({ next: "end", code: 1, reason })),
          ...watch === undefined ? [] : [watch.changed],
        ]);
        watch?.stop();
        const code = "code" in next ? next.code : 0;
        if (next.next === "end") {
          state.stopping();
          log(code === 0 ? "info" : "error", `${next.reason}: stopping`, {});
        }
        const graceMs = code === 0 ? shutdownGraceMs : 0;
        const endMs = clock.nowMs() + graceMs;
        await leadership.end(graceMs);
        await Promise.all(runtimes.map((runtime) => runtime.stop(Math.max(0, endMs - clock.nowMs()))));
        await crossSources.stop();
        if (next.next === "replace") {
          ({ loaded, reader } = next);
          await replaced?.(loaded);
          continue;
        }
        await host.close();
        await http.close();
        log("info", "stopped", {});
        return code;
      }
    },
    async close() {
      await host.close();
      await http.close();
    },
  };
}

/** The process ends. */
interface End {
  readonly next: "end";
  readonly code: number;
  readonly reason: string;
}

/** What an identity for each box does not hold up here. */
function logIdentity({ log, accounts, isolation }: RunOptions, { identity }: Plan): void {
  if (identity !== "perBox") return;
  if (accounts === undefined) {
    log("warn", "security.identity: perBox is for the Runtime in a cluster: here all operators have your identity", {});
  } else if (isolation === "shared") {
    log("warn", "security.identity: perBox: operators in one isolate can read the tokens of each other", {});
  }
}

function logStart({ log, cluster, isolation }: RunOptions, { katalog, boxes }: Plan): void {
  const count = boxes.length === 1 ? "1 box" : `${boxes.length} boxes`;
  log("info", `${katalog.name}: ${count} against ${cluster.server}`, {
    katalog: katalog.name,
    boxes: boxes.map((box) => box.name),
    server: cluster.server,
    isolation,
  });
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
  const { findings, loaded } = await loadNamed(named, files);
  for (const finding of findings) output.err(formatFinding(finding));
  return loaded;
}

async function loadNamed(
  named: readonly string[],
  files: FileReader,
): Promise<{ readonly findings: readonly Finding[]; readonly loaded?: LoadedKatalog }> {
  const { sources, findings: unread } = await readKatalogs(named, files);
  if (unread.length > 0) return { findings: unread };
  const { findings, katalog, documents = [] } = loadKatalog(sources, namedFiles(files));
  if (katalog === undefined) return { findings };
  return { findings, loaded: { plan: derivePlan(katalog), documents: katalogDocuments(katalog, documents) } };
}

/** The files that a command line names, for `OpenRun.run`; `undefined` where standard input is one of them. */
export function sourceOf(
  named: readonly string[],
  reader: RecordingReader,
  mode: ReloadMode,
): KatalogSource | undefined {
  return katalogSource({ named, reader, mode, newReader: systemFiles, load: (files) => loadNamed(named, files) });
}
