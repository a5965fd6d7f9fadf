import process from "node:process";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../observe/log.ts";
import type { MetricsSnapshot } from "../observe/metrics/mod.ts";
import { httpApi, ProcessState, type ProcessUsage } from "../runtime/mod.ts";
import { serveHttp, type ServeOptions } from "../serve/mod.ts";
import { buildCommit, version } from "./version.ts";

export interface HttpOptions {
  /** `all` addresses, or this machine alone. */
  readonly host: ServeOptions["host"];
  /** 0: the system chooses; `off`: nothing listens. */
  readonly port: number | "off";
  readonly limits?: ServeOptions["limits"];
}

/** The HTTP API of a run, from before its Katalog is loaded until after its boxes have stopped. */
export interface OpenHttp {
  /** What it shows. */
  readonly state: ProcessState;
  /** Absent: it is switched off. */
  readonly port: number | undefined;
  close(): Promise<void>;
}

/** What to do about a `ListenError`. */
export const portAdvice =
  "choose another one with --port (ORK_PORT), 0 for a free one, or switch it off with --port off";

/** How long responses that were begun may take to end. */
const graceMs = 1_000;

/**
 * Listens, and logs the port as one line with the message `listening` (ruling 96). `more`: further metrics of the
 * process. Throws `ListenError`.
 */
export function openHttp(
  { host, port, limits = {} }: HttpOptions,
  { clock, log, more }: { clock: Clock; log: Log; more?: (() => MetricsSnapshot) | undefined },
): OpenHttp {
  const state = new ProcessState();
  if (port === "off") return { state, port: undefined, close: () => Promise.resolve() };
  const build = { version, commit: buildCommit(), deno: Deno.version.deno };
  const server = serveHttp(httpApi({ state, clock, log, build, usage, more }), { host, port, clock, limits });
  log("info", "listening", { event: "http.listening", http: server.port });
  return { state, port: server.port, close: () => server.stop(graceMs) };
}

function usage(): ProcessUsage {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = Deno.memoryUsage();
  return { cpuSeconds: (user + system) / 1e6, residentBytes: rss, heapBytes: heapUsed };
}
