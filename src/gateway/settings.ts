import { formatDuration, parseDuration } from "../base/duration.ts";
import { isDnsLabel } from "../k8s/names.ts";
import { type Level, parseLevel } from "../observe/log.ts";
import { type ConnectionLimits, parsePort } from "../serve/mod.ts";

/** One setting of a Gateway, and the variable that stands in for its option. */
export interface GateFlag {
  /** Without the dashes: `http-port`. */
  readonly name: string;
  /** What stands for its value in the help: `PORT`. */
  readonly value: string;
  /** For the help. */
  readonly summary: string;
  /** Read where the option is not given; an empty one counts as not set. */
  readonly variable?: string;
}

/** The settings of a Gateway, in the order of the help. */
export const gateFlags: readonly GateFlag[] = [
  {
    name: "kubeconfig",
    value: "FILE",
    summary: "Cluster to work on; else KUBECONFIG, else the Pod's service account",
  },
  { name: "context", value: "NAME", summary: "Context of the kubeconfig" },
  {
    name: "namespace",
    value: "NAME",
    variable: "ORK_NAMESPACE",
    summary: "Namespace of the Secret and of the Service; else ORK_NAMESPACE, else that of the Pod, else default",
  },
  {
    name: "port",
    value: "PORT",
    variable: "ORK_HTTPS_PORT",
    summary: "Port of the webhooks (HTTPS), 0 for a free one; 8443 when left out",
  },
  {
    name: "http-port",
    value: "PORT",
    variable: "ORK_PORT",
    summary: "Port of probes and metrics (HTTP), 0 for a free one, off for none; else ORK_PORT, else 8080",
  },
  {
    name: "read-timeout",
    value: "TIME",
    variable: "SRV_READ_TIMEOUT",
    summary: "How long a request for probes, metrics and state may take to be complete; 5s when left out",
  },
  {
    name: "write-timeout",
    value: "TIME",
    variable: "SRV_WRITE_TIMEOUT",
    summary: "How long their client may take for the next part of a response; 20s when left out",
  },
  {
    name: "shutdown-timeout",
    value: "TIME",
    variable: "SHUTDOWN_TIMEOUT",
    summary: "How long reviews that were begun may take when the process ends; 15s when left out",
  },
  {
    name: "advertise-url",
    value: "URL",
    summary: "Outside a cluster: https://HOST:PORT at which the API server reaches the webhooks, in place of the " +
      "Service; port 0 stands for the port of --port",
  },
  {
    name: "runtime-url",
    value: "URL",
    variable: "ORK_RUNTIME_ENDPOINT",
    summary: "HTTP API of the Runtime, which is asked for unique values, or off; else ORK_RUNTIME_ENDPOINT, else its " +
      "Service in a cluster, and off elsewhere",
  },
  { name: "log-level", value: "LEVEL", variable: "LOG_LEVEL", summary: "Log level: debug, info, warn or error" },
  {
    name: "log-format",
    value: "FORMAT",
    variable: "LOG_FORMAT",
    summary: "Log format: text or json; text on a terminal and json elsewhere when left out",
  },
];

/** Files in place of the certificates that the Gateway makes for itself. */
export const certificateVariables = { cert: "TLS_CERT", key: "TLS_KEY", ca: "TLS_CA" } as const;

export interface GateSettings {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly namespace?: string | undefined;
  readonly port: number;
  readonly httpPort: number | "off";
  readonly httpLimits: Partial<ConnectionLimits>;
  /** How long reviews that were begun may take at the end. */
  readonly shutdownMs: number;
  readonly advertiseUrl?: URL | undefined;
  /** Of the HTTP API of the Runtime, without a path; absent: its Service, in a cluster. */
  readonly runtimeUrl?: URL | "off" | undefined;
  /** Paths of a certificate that somebody else renews. */
  readonly certificateFiles?:
    | { readonly cert: string; readonly key: string; readonly ca?: string | undefined }
    | undefined;
  readonly logLevel: Level;
  readonly logFormat?: "text" | "json" | undefined;
}

/** A setting that cannot be used; the message names the option or the variable, and what it takes. */
export class GateSettingError extends Error {
  override name = "GateSettingError";
}

/** Reads the settings; an option goes before its variable. Throws `GateSettingError`. */
export function readGateSettings(
  given: (flag: string) => string | undefined,
  env: (variable: string) => string | undefined,
): GateSettings {
  const read = <T>(name: string, parse: (text: string) => T | undefined, takes: string): T | undefined => {
    const { variable } = gateFlags.find((flag) => flag.name === name)!;
    const option = given(name);
    const text = option ?? (variable === undefined ? undefined : env(variable) || undefined);
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value !== undefined) return value;
    throw new GateSettingError(`Cannot use "${text}" as ${option === undefined ? variable : `--${name}`}: ${takes}`);
  };
  const time = (name: string, min: number, max: number): number | undefined =>
    read(name, (text) => {
      const ms = parseDuration(text);
      return ms !== undefined && ms >= min && ms <= max ? ms : undefined;
    }, `give a duration from ${formatDuration(min)} to ${formatDuration(max)}, as 5s`);
  const [readMs, writeMs] = [time("read-timeout", 1_000, 600_000), time("write-timeout", 1_000, 600_000)];
  return {
    kubeconfig: given("kubeconfig"),
    context: given("context"),
    namespace: read("namespace", (text) => isDnsLabel(text) ? text : undefined, "give the name of a namespace"),
    port: read("port", parsePort, "give a port from 0 to 65535") ?? 8443,
    httpPort: read(
      "http-port",
      (text) => text === "off" ? text : parsePort(text),
      "give a port from 0 to 65535, or off",
    ) ?? 8080,
    httpLimits: {
      ...(readMs === undefined ? {} : { headersMs: readMs, requestMs: readMs }),
      ...(writeMs === undefined ? {} : { writeMs }),
    },
    shutdownMs: time("shutdown-timeout", 0, 3_600_000) ?? 15_000,
    advertiseUrl: read("advertise-url", (text) => bareUrl(text, ["https:"]), "give https://HOST:PORT, without a path"),
    runtimeUrl: read(
      "runtime-url",
      (text) => text === "off" ? "off" as const : bareUrl(text, ["http:", "https:"]),
      "give http://HOST:PORT, without a path, or off",
    ),
    certificateFiles: readCertificateFiles(env),
    logLevel: read("log-level", parseLevel, "use debug, info, warn or error") ?? "info",
    logFormat: read(
      "log-format",
      (text) => text === "text" || text === "json" ? text : undefined,
      "use text or json",
    ),
  };
}

function readCertificateFiles(env: (variable: string) => string | undefined): GateSettings["certificateFiles"] {
  const [cert, key, ca] = Object.values(certificateVariables).map((name) => env(name) || undefined);
  if (cert !== undefined && key !== undefined) return { cert, key, ca };
  const { cert: certName, key: keyName, ca: caName } = certificateVariables;
  if (cert !== undefined || key !== undefined) {
    const [given, path, missing] = cert === undefined ? [keyName, key, certName] : [certName, cert, keyName];
    throw new GateSettingError(`Cannot use ${given}=${path} without ${missing}: set both, or none`);
  }
  if (ca === undefined) return undefined;
  throw new GateSettingError(
    `Cannot use ${caName}=${ca} without ${certName} and ${keyName}: a certificate of the Gateway's own has its own CA`,
  );
}

/** A URL of one of these protocols that has nothing besides host and port. */
function bareUrl(text: string, protocols: readonly string[]): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const bare = url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "";
  return protocols.includes(url.protocol) && bare && !text.endsWith("?") ? url : undefined;
}
