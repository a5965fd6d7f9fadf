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
  whyNotOperated,
} from "../runtime/mod.ts";
import type { Output } from "./command_line.ts";
import { crossConnections } from "./cross_request.ts";
import { type ElectionSettings, Fences, startElection } from "./election.ts";
import { type HostOptions, openHost } from "./host.ts";
import { instanceName } from "./instance_name.ts";
import { type HttpOptions, openHttp } from "./http.ts";
import { openTraces, type TracesOptions } from "./traces.ts";

export interface RunOptions extends Omit<HostOptions, "reportsIdle" | "onBroken" | "fenceOf" | "instance" | "traces"> {
  /** Stand for election, and work only as the leader; absent: this is the only instance. */
  readonly election?: ElectionSettings | undefined;
  /** Passes that change nothing are logged too (at debug level). */
  readonly logsIdle?: boolean;
  readonly http: HttpOptions;
  /** How long passes in flight may take at a shutdown. */
  readonly shutdownMs: number;
  /** Base URL of the Gateway where the Katalog does not name it, for the HTTP API. */
  readonly gatewayEndpoint?: string | undefined;
  /** The variables of OpenTelemetry; absent: traces are off, whatever they say. */
  readonly traceEnv?: TracesOptions["env"] | undefined;
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
  const { log, until, clock, election, traceEnv } = options;
  const instance = instanceName(options.binary);
  const traces = traceEnv && openTraces({ ...options, instance, env: traceEnv });
  const http = openHttp(options.http, { ...options, more: traces && (() => traces.metrics()) });
  const { state } = http;
  const broken = Promise.withResolvers<string>();
  const fences = election && new Fences(election.scope);
  const host = openHost({
    ...options,
    instance,
    traces,
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
        const gatewayEndpoint = plan.gateway?.endpoint ?? options.gatewayEndpoint;
        state.serve({ plan, documents, boxes, leadership, crossSources, gatewayEndpoint });
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
          log(code === 0 ? "info" : "error", `${next.reason}: stopping`, {
            event: "run.stopping",
            reason: next.reason,
          });
        }
        const graceMs = code === 0 ? options.shutdownMs : 0;
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
        await traces?.close();
        await http.close();
        log("info", "stopped", { event: "run.stopped" });
        return code;
      }
    },
    async close() {
      await host.close();
      await traces?.close();
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
    log("warn", "security.identity: perBox is for the Runtime in a cluster: here all operators have your identity", {
      event: "run.identity",
    });
  } else if (isolation === "shared") {
    log("warn", "security.identity: perBox: operators in one isolate can read the tokens of each other", {
      event: "run.identity",
    });
  }
}

function logStart({ log, cluster, isolation }: RunOptions, { katalog, boxes }: Plan): void {
  const count = boxes.length === 1 ? "1 box" : `${boxes.length} boxes`;
  log("info", `${katalog.name}: ${count} against ${cluster.server}`, {
    event: "run.started",
    katalog: katalog.name,
    boxes: boxes.map((box) => box.name),
    server: cluster.server,
    isolation,
  });
}

/**
 * Reads Katalogs and derives the plan; prints findings. `undefined`: there are errors, or nothing to run, which is
 * printed.
 */
export async function planOf(
  named: readonly string[],
  files: FileReader,
  output: Output,
): Promise<LoadedKatalog | undefined> {
  const { findings, loaded } = await loadNamed(named, files);
  for (const finding of findings) output.err(formatFinding(finding));
  const why = loaded && whyNotOperated(loaded.plan);
  if (why === undefined) return loaded;
  output.err(why);
  return undefined;
}

async function loadNamed(
  named: readonly string[],
  files: FileReader,
): Promise<{ readonly findings: readonly Finding[]; readonly loaded?: LoadedKatalog }> {
  const { sources, findings: unread } = await readKatalogs(named, files);
  if (unread.length > 0) return { findings: unread };
  const { findings, katalog, documents = [] } = loadKatalog(sources, namedFiles(files), undefined, files.env);
  if (katalog === undefined) return { findings };
  return { findings, loaded: { plan: derivePlan(katalog), documents: katalogDocuments(katalog, documents) } };
}

/** The files that a command line names, for `OpenRun.run`; `undefined` where standard input is one of them. */
export function sourceOf(
  named: readonly string[],
  reader: RecordingReader,
  mode: ReloadMode,
): KatalogSource | undefined {
  const newReader = () => systemFiles({ env: reader.env });
  return katalogSource({ named, reader, mode, newReader, load: (files) => loadNamed(named, files) });
}
