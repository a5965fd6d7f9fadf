import type { Clock } from "../../../base/clock.ts";
import { type ClusterConfig, ConfigError } from "../../../cluster/mod.ts";
import type { PodLogReader } from "../../../cluster/pod_log.ts";
import { defaultNamespace } from "../../../k8s/installation.ts";
import type { Terminal } from "../../terminal.ts";
import { UsageError } from "../../usage_error.ts";
import { InspectError } from "../inspect_error.ts";
import type { StatusPorts } from "../status.ts";
import type { LogEntry } from "./entry.ts";
import { type OpenStream, readLogFile } from "./files.ts";
import { isShown, type LogFilter } from "./filter.ts";
import { mergeSorted } from "./merge_sorted.ts";
import { MergeWindow } from "./merge_window.ts";
import { followPods, readPods } from "./pods.ts";
import { entryJson, entryText } from "./print.ts";

export interface LogsOptions extends Omit<LogFilter, "sinceMs"> {
  /** Files, and `-` for standard input, in place of Pods. */
  readonly files: readonly string[];
  readonly follow: boolean;
  /** Lines of the last `sinceMs` alone. */
  readonly sinceMs?: number | undefined;
  readonly namespace?: string | undefined;
  readonly pods: readonly string[];
  readonly component?: "runtime" | "gateway" | undefined;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly output: "text" | "json";
}

export interface LogsPorts extends StatusPorts {
  readonly openStream: OpenStream;
  readonly podLogs: (cluster: ClusterConfig) => PodLogReader;
}

/** How long a line that is followed waits for earlier ones of other Pods. */
const windowMs = 1_000;
/** How often lines that have waited are looked for. */
const flushMs = 200;
/** Lines that wait at a time: some 50 MB. */
const maxLines = 50_000;
const components = ["runtime", "gateway"] as const;

/** `ork logs`: the log of several replicas, in the order of time. Throws `InspectError` and `UsageError`. */
export async function logs(options: LogsOptions, terminal: Terminal, ports: LogsPorts): Promise<number> {
  const { files, follow, sinceMs } = options;
  const { clock } = ports;
  const filter: LogFilter = { ...options, sinceMs: sinceMs === undefined ? undefined : clock.wallMs() - sinceMs };
  const print = (showsSource: () => boolean) => (entry: LogEntry): void => {
    if (!isShown(entry, filter)) return;
    const { colour } = terminal;
    terminal.out(
      options.output === "json" ? entryJson(entry) : entryText(entry, { showsSource: showsSource(), colour }),
    );
  };
  if (files.length > 0) {
    if (follow) throw new UsageError("A file cannot be followed: pipe it, as in  tail -f FILE | ork logs -");
    const named = [...new Set(files)];
    const printed = print(() => named.length > 1);
    for await (const entry of mergeSorted(named.map((file) => readLogFile(file, ports.openStream)))) printed(entry);
    return 0;
  }
  return await podLogs(options, filter, print, terminal, ports);
}

async function podLogs(
  options: LogsOptions,
  filter: LogFilter,
  print: (showsSource: () => boolean) => (entry: LogEntry) => void,
  terminal: Terminal,
  ports: LogsPorts,
): Promise<number> {
  const { clock, env } = ports;
  const cluster = await ports.findCluster(options);
  if (cluster === undefined) {
    throw new InspectError("Without a cluster, name files: ork logs FILE, or - for standard input");
  }
  const stop = new AbortController();
  const names = new Set<string>();
  const merge = new MergeWindow({
    nowMs: () => clock.nowMs(),
    windowMs: options.follow ? windowMs : Infinity,
    maxLines,
    emit: print(() => names.size > 1),
  });
  const told = new Set<string>();
  const api = ports.connect(cluster);
  let reader: PodLogReader;
  try {
    reader = ports.podLogs(cluster);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new InspectError(`${error.message}${error.hint === undefined ? "" : `; ${error.hint}`}`);
  }
  const reading = {
    choice: {
      namespace: options.namespace || env("ORK_NAMESPACE") || defaultNamespace,
      labelSelector: `app.kubernetes.io/name=orkestra,app.kubernetes.io/component in (${
        (options.component === undefined ? components : [options.component]).join(",")
      })`,
      names: options.pods,
    },
    since: filter.sinceMs === undefined ? undefined : new Date(filter.sinceMs).toISOString(),
    ...{ api, logs: reader, clock, random: Math.random, signal: stop.signal },
    opened(pod: string) {
      names.add(pod);
      merge.open(pod);
    },
    ended: (pod: string) => merge.end(pod),
    add: (entry: LogEntry) => merge.add(entry),
    trouble(text: string) {
      if (told.has(text)) return;
      if (told.size < maxTold) told.add(text);
      terminal.err(text);
    },
  };
  const flushing = options.follow ? flushEach(clock, merge) : undefined;
  try {
    if (!options.follow) await readPods(reading);
    else {
      void ports.until().then(() => stop.abort(new DOMException("Stopped", "AbortError")));
      await followPods(reading);
    }
    return 0;
  } finally {
    flushing?.();
    merge.drain();
    api.close();
    reader.close();
  }
}

/** Texts that are not said again. */
const maxTold = 100;

/** Returns what ends it. */
function flushEach(clock: Clock, merge: MergeWindow): () => void {
  let cancel = (): void => {};
  const arm = (): void => {
    cancel = clock.after(flushMs, () => {
      merge.flush();
      arm();
    });
  };
  arm();
  return () => cancel();
}
