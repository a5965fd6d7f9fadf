import { formatDuration, parseDuration } from "../base/duration.ts";
import { literalOrigin } from "../base/http_url.ts";
import { type CallBudget, defaultBudget } from "../cluster/mod.ts";
import { type Level, parseLevel } from "../observe/log.ts";
import { isDnsLabel } from "../k8s/names.ts";
import { type ConnectionLimits, parsePort } from "../serve/mod.ts";
import { defaultTimings, type LeaseTimings } from "./election/elector.ts";

/**
 * One setting of a Runtime: an option of `ork-runtime run` and of `ork run`, and the variable that stands in for it.
 */
export interface RunFlag {
  /** Without the dashes: `log-level`. */
  readonly name: string;
  /** What stands for its value in the help: `LEVEL`. */
  readonly value: string;
  /** The value of the option when it is given without one; a value must then be joined to it: `--leader-elect=false`. */
  readonly bare?: string;
  /** Read where the option is not given; an empty one counts as not set. */
  readonly variable?: string;
  /** For the help; begins with a small letter. */
  readonly summary: string;
}

/** What `-f` and plain arguments may name, for the help. */
export const katalogSummary =
  "Katalog; a folder stands for its katalog.yaml, else for its YAML files of kind Katalog; - is standard input; may be " +
  "repeated; katalog.yaml when left out";

/** The settings of a Runtime, in the order of the help. */
export const runFlags: readonly RunFlag[] = [
  {
    name: "kubeconfig",
    value: "FILE",
    summary: "cluster to work on; else KUBECONFIG, else the Pod's service account, else (ork alone) ~/.kube/config",
  },
  { name: "context", value: "NAME", summary: "context of the kubeconfig" },
  {
    name: "isolation",
    value: "HOW",
    summary: "where operators run: cells (one isolate per operator, the default of binaries) or shared",
  },
  { name: "cell-memory", value: "MB", summary: "heap of a cell; 256 when left out" },
  {
    name: "api-rate",
    value: "N",
    summary: `API calls a second that one operator may make; ${defaultBudget.perSecond} when left out`,
  },
  {
    name: "api-calls",
    value: "N",
    summary: `Maximum number of API calls of one operator in flight; ${defaultBudget.inFlight} when left out`,
  },
  {
    name: "port",
    value: "PORT",
    variable: "ORK_PORT",
    summary: "port of the HTTP API, 0 for a free one, off for none; else ORK_PORT, else 8080 (ork: a free one, on " +
      "127.0.0.1 alone)",
  },
  {
    name: "read-timeout",
    value: "TIME",
    variable: "SRV_READ_TIMEOUT",
    summary: "how long a request to the HTTP API may take to be complete; 5s when left out",
  },
  {
    name: "write-timeout",
    value: "TIME",
    variable: "SRV_WRITE_TIMEOUT",
    summary: "how long a client of the HTTP API may take for the next part of a response; 20s when left out",
  },
  {
    name: "gateway-endpoint",
    value: "URL",
    variable: "ORK_GATEWAY_ENDPOINT",
    summary: "base URL of the Gateway, which the HTTP API names where the Katalog does not (gateway.endpoint)",
  },
  {
    name: "leader-elect",
    value: "BOOL",
    bare: "true",
    variable: "LEADER_ELECTION",
    summary: "true: work only while holding a Lease, so that several instances can run; false: this is the only one",
  },
  {
    name: "lease-scope",
    value: "SCOPE",
    variable: "LEASE_SCOPE",
    summary: "process: one instance works, the others stand by; box: all of them work and share the operators",
  },
  {
    name: "namespace",
    value: "NAME",
    variable: "ORK_NAMESPACE",
    summary: "namespace of the Lease; else ORK_NAMESPACE, else that of the Pod, else default",
  },
  {
    name: "lease-duration",
    value: "TIME",
    variable: "LEASE_DURATION",
    summary: "how long others wait for a leader that is silent; 5s when left out",
  },
  {
    name: "renew-deadline",
    value: "TIME",
    variable: "RENEW_DEADLINE",
    summary: "how long after its last renewal a leader may write, shorter than the lease; 3s when left out",
  },
  {
    name: "retry-period",
    value: "TIME",
    variable: "RETRY_PERIOD",
    summary: "time between two renewals, shorter than the renew deadline; 1s when left out",
  },
  {
    name: "shutdown-timeout",
    value: "TIME",
    variable: "SHUTDOWN_TIMEOUT",
    summary: "how long passes in flight may take when the process ends; 30s when left out",
  },
  {
    name: "shutdown-grace-period",
    value: "TIME",
    variable: "SHUTDOWN_GRACE_PERIOD",
    summary: "bound of the whole shutdown, whatever the shutdown timeout is; 1m when left out",
  },
  {
    name: "reload",
    value: "BOOL",
    bare: "true",
    variable: "ORK_RELOAD",
    summary: "act on changes of the Katalog's files: ork-runtime ends in order, to be started again (false when left " +
      "out); ork run takes the new Katalog (true when left out)",
  },
  {
    name: "log-level",
    value: "LEVEL",
    variable: "LOG_LEVEL",
    summary: "log level: debug, info, warn or error; else LOG_LEVEL, else info",
  },
  {
    name: "log-format",
    value: "FORMAT",
    variable: "LOG_FORMAT",
    summary: "log format: text or json; else LOG_FORMAT, else text on a terminal and json elsewhere",
  },
];

/** `cells`: each box an isolate of its own. `shared`: all in one. */
export type Isolation = "cells" | "shared";

/** What one Lease is for: the whole process, or each operator. */
export type LeaseScope = "process" | "box";

export type LogFormat = "text" | "json";

/** What the settings come to. What is absent was not set. */
export interface RunSettings {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly isolation?: Isolation | undefined;
  readonly cellMemoryMb?: number | undefined;
  readonly budget: CallBudget;
  /** Of the HTTP API; 0: the system chooses, `off`: nothing listens. */
  readonly port?: number | "off" | undefined;
  /** Bounds of a request to the HTTP API, and of the wait for a client that reads. */
  readonly httpLimits: HttpLimits;
  /** Base URL of the Gateway, where the Katalog does not name it. */
  readonly gatewayEndpoint?: string | undefined;
  readonly leaderElect?: boolean | undefined;
  readonly leaseScope?: LeaseScope | undefined;
  /** Of the Lease. */
  readonly namespace?: string | undefined;
  readonly leaseTimings: LeaseTimings;
  /** How long passes in flight may take at a shutdown. */
  readonly shutdownMs: number;
  readonly reload?: boolean | undefined;
  /** No HTTP call that the Katalog declares is made; of `ork run` alone. */
  readonly skipExternal?: boolean | undefined;
  readonly logLevel: Level;
  readonly logFormat?: LogFormat | undefined;
}

/** What is not set is the default of `serve/`. */
export interface HttpLimits {
  readonly readMs?: number | undefined;
  readonly writeMs?: number | undefined;
}

/** As the server takes them. */
export function httpLimitsOf({ readMs, writeMs }: HttpLimits): Partial<ConnectionLimits> {
  return {
    ...(readMs === undefined ? {} : { headersMs: readMs, requestMs: readMs }),
    ...(writeMs === undefined ? {} : { writeMs }),
  };
}

/** A setting that cannot be used; the message names the option or the variable, and what it takes. */
export class SettingError extends Error {
  override name = "SettingError";
}

/**
 * Reads the settings from the options that were given and from the environment; an option goes before its variable.
 * Throws `SettingError`.
 */
export function readSettings(
  given: (flag: string) => string | undefined,
  env: (variable: string) => string | undefined,
): RunSettings {
  const read: Read = (name, parse, takes) => {
    const { variable } = runFlags.find((flag) => flag.name === name)!;
    const option = given(name);
    const text = option ?? (variable === undefined ? undefined : env(variable) || undefined);
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value === undefined) {
      throw new SettingError(`Cannot use "${text}" as ${option === undefined ? variable : `--${name}`}: ${takes}`);
    }
    return value;
  };
  const oneOf = <T extends string>(name: string, words: readonly T[]): T | undefined =>
    read(name, (text) => words.find((word) => word === text), `use ${words.join(" or ")}`);
  const flag = (name: string): boolean | undefined =>
    read(name, (text) => text === "true" ? true : text === "false" ? false : undefined, "use true or false");
  const time = (name: string, bounds: Bounds): number | undefined =>
    read(name, (text) => durationWithin(text, bounds), `give a duration ${describeBounds(bounds)}`);
  const count = (name: string): number | undefined =>
    read(name, (text) => /^[1-9]\d{0,4}$/.test(text) ? Number(text) : undefined, "give a number from 1 to 99999");
  return {
    kubeconfig: given("kubeconfig"),
    context: given("context"),
    isolation: oneOf("isolation", ["cells", "shared"]),
    cellMemoryMb: read(
      "cell-memory",
      (text) => /^\d{2,5}$/.test(text) ? Number(text) : undefined,
      "give it in MB, as 256",
    ),
    budget: {
      perSecond: count("api-rate") ?? defaultBudget.perSecond,
      inFlight: count("api-calls") ?? defaultBudget.inFlight,
    },
    port: read("port", (text) => text === "off" ? text : parsePort(text), "give a port from 0 to 65535, or off"),
    httpLimits: { readMs: time("read-timeout", httpBoundsMs), writeMs: time("write-timeout", httpBoundsMs) },
    gatewayEndpoint: read(
      "gateway-endpoint",
      (text) => literalOrigin(text) === undefined ? undefined : text,
      "give an http or https URL",
    ),
    leaderElect: flag("leader-elect"),
    leaseScope: oneOf("lease-scope", ["process", "box"]),
    namespace: read("namespace", (text) => isDnsLabel(text) ? text : undefined, "give the name of a namespace"),
    leaseTimings: readTimings(read),
    shutdownMs: Math.min(
      time("shutdown-timeout", shutdownBoundsMs) ?? defaultShutdownMs.timeout,
      time("shutdown-grace-period", shutdownBoundsMs) ?? defaultShutdownMs.gracePeriod,
    ),
    reload: flag("reload"),
    logLevel: read("log-level", parseLevel, "use debug, info, warn or error") ?? "info",
    logFormat: oneOf("log-format", ["text", "json"]),
  };
}

/** Reads one setting; throws `SettingError` when `parse` cannot use it. */
type Read = <T>(name: string, parse: (text: string) => T | undefined, takes: string) => T | undefined;

interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** Shortest time that is worth an election, and the longest that a cluster may be without a leader. */
const leaseBoundsMs: Bounds = { min: 100, max: 3_600_000 };
/** A client in another zone gets a response in this time, and none is worth a connection for longer. */
const httpBoundsMs: Bounds = { min: 1_000, max: 600_000 };
const shutdownBoundsMs: Bounds = { min: 0, max: 3_600_000 };
const defaultShutdownMs = { timeout: 30_000, gracePeriod: 60_000 };

function durationWithin(text: string, { min, max }: Bounds): number | undefined {
  const ms = parseDuration(text);
  return ms !== undefined && ms >= min && ms <= max ? ms : undefined;
}

function describeBounds({ min, max }: Bounds): string {
  return `from ${formatDuration(min)} to ${formatDuration(max)}, as 5s`;
}

function readTimings(read: Read): LeaseTimings {
  const time = (name: string, fallback: number): number =>
    read(name, (text) => durationWithin(text, leaseBoundsMs), `give a duration ${describeBounds(leaseBoundsMs)}`) ??
      fallback;
  const timings = {
    leaseDurationMs: time("lease-duration", defaultTimings.leaseDurationMs),
    renewDeadlineMs: time("renew-deadline", defaultTimings.renewDeadlineMs),
    retryPeriodMs: time("retry-period", defaultTimings.retryPeriodMs),
  };
  const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = timings;
  // A request that was sent in time may still arrive later.
  if (renewDeadlineMs >= leaseDurationMs) {
    throw new SettingError("Cannot use --renew-deadline: it must be shorter than --lease-duration, or two could write");
  }
  if (retryPeriodMs >= renewDeadlineMs) {
    throw new SettingError("Cannot use --retry-period: it must be shorter than --renew-deadline, or none would lead");
  }
  return timings;
}
