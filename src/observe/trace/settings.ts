import type { Sampling } from "./sampling.ts";
import type { SpanAttributes } from "./span.ts";

/** The variables of OpenTelemetry that are read ("Environment variable specification", "OTLP exporter"). */
export const traceVariables = [
  "OTEL_SDK_DISABLED",
  "OTEL_TRACES_EXPORTER",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
  "OTEL_EXPORTER_OTLP_PROTOCOL",
  "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
  "OTEL_EXPORTER_OTLP_HEADERS",
  "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
  "OTEL_EXPORTER_OTLP_TIMEOUT",
  "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
  "OTEL_EXPORTER_OTLP_CERTIFICATE",
  "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
  "OTEL_SERVICE_NAME",
  "OTEL_RESOURCE_ATTRIBUTES",
  "OTEL_TRACES_SAMPLER",
  "OTEL_TRACES_SAMPLER_ARG",
  "OTEL_BSP_SCHEDULE_DELAY",
  "OTEL_BSP_MAX_QUEUE_SIZE",
  "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
] as const;

export type TraceVariable = (typeof traceVariables)[number];

/** Where traces go, and which. */
export interface TraceSettings {
  readonly endpoint: URL;
  /** Credentials, perhaps: never shown. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** File with the CAs of the collector. */
  readonly caFile?: string | undefined;
  readonly sampling: Sampling;
  /** Attributes of the process. */
  readonly resource: SpanAttributes;
  readonly maxQueue: number;
  readonly maxBatch: number;
  readonly delayMs: number;
}

export interface ReadTraceSettings {
  /** Absent: traces are off. */
  readonly settings?: TraceSettings;
  /** Variables that cannot be used; what they would set has its default. They never keep a process from starting. */
  readonly problems: readonly string[];
}

const maxResourceAttributes = 32;

/** Reads the settings. Traces are on where an endpoint is set. `service`: the name where none is given. */
export function readTraceSettings(
  env: (name: TraceVariable) => string | undefined,
  service: string,
): ReadTraceSettings {
  const problems: string[] = [];
  const off = { problems };
  const given = (...names: TraceVariable[]): { name: TraceVariable; text: string } | undefined => {
    for (const name of names) {
      const text = env(name)?.trim();
      if (text !== undefined && text !== "") return { name, text };
    }
    return undefined;
  };
  const problem = (name: string, takes: string): undefined => void problems.push(`Cannot use ${name}: ${takes}`);

  if (given("OTEL_SDK_DISABLED")?.text.toLowerCase() === "true") return off;
  const endpoint = given("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT");
  if (endpoint === undefined) return off;
  const exporter = given("OTEL_TRACES_EXPORTER");
  if (exporter?.text === "none") return off;
  if (exporter !== undefined && exporter.text !== "otlp") {
    problem(exporter.name, "use otlp, or none; traces are off");
    return off;
  }
  const protocol = given("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL");
  if (protocol !== undefined && protocol.text !== "http/json") {
    problem(protocol.name, "traces are sent as http/json");
    if (protocol.text === "grpc") return off;
  }
  const url = endpointOf(endpoint.text, endpoint.name === "OTEL_EXPORTER_OTLP_ENDPOINT");
  if (url === undefined) {
    problem(endpoint.name, "give http://HOST:PORT without a user; credentials go into OTEL_EXPORTER_OTLP_HEADERS");
    return off;
  }

  const number = (names: TraceVariable[], fallback: number, min: number, max: number): number => {
    const found = given(...names);
    if (found === undefined) return fallback;
    const value = Number(found.text);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    problem(found.name, `give a whole number from ${min} to ${max}`);
    return fallback;
  };
  const maxQueue = number(["OTEL_BSP_MAX_QUEUE_SIZE"], 2048, 1, 65_536);
  const settings: TraceSettings = {
    endpoint: url,
    headers: {
      ...pairsOf(given("OTEL_EXPORTER_OTLP_HEADERS"), problem),
      ...pairsOf(given("OTEL_EXPORTER_OTLP_TRACES_HEADERS"), problem),
    },
    timeoutMs: number(["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"], 10_000, 1, 60_000),
    caFile: given("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE")?.text,
    sampling: samplingOf(given("OTEL_TRACES_SAMPLER"), given("OTEL_TRACES_SAMPLER_ARG"), problem),
    resource: resourceOf(given("OTEL_RESOURCE_ATTRIBUTES"), given("OTEL_SERVICE_NAME")?.text, service, problem),
    maxQueue,
    maxBatch: Math.min(maxQueue, number(["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"], 512, 1, 4096)),
    delayMs: number(["OTEL_BSP_SCHEDULE_DELAY"], 5_000, 1, 60_000),
  };
  return { settings, problems };
}

type Given = { readonly name: TraceVariable; readonly text: string } | undefined;
type Problem = (name: string, takes: string) => undefined;

/** The endpoint of traces; `isBase`: that of all signals was given. */
function endpointOf(text: string, isBase: boolean): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") return undefined;
  if (isBase) url.pathname = `${url.pathname.replace(/\/+$/, "")}/v1/traces`;
  return url;
}

/** `a=1,b=2`, values percent-encoded (W3C Baggage). The values are not repeated: they may be credentials. */
function pairsOf(given: Given, problem: Problem): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const pair of given?.text.split(",") ?? []) {
    const equals = pair.indexOf("=");
    const name = pair.slice(0, Math.max(0, equals)).trim();
    const value = decoded(pair.slice(equals + 1).trim());
    // A name that HTTP allows, and a value that a header can have.
    const isUsable = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && value !== undefined &&
      /^[\t\x20-\x7e]*$/.test(value);
    if (isUsable) Object.defineProperty(pairs, name, { value, enumerable: true, configurable: true });
    else problem(given!.name, "give NAME=VALUE, several with commas, values percent-encoded");
  }
  return pairs;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return undefined;
  }
}

function samplingOf(sampler: Given, arg: Given, problem: Problem): Sampling {
  const ratio = (): number => {
    if (arg === undefined) return 1;
    const value = Number(arg.text);
    if (value >= 0 && value <= 1) return value;
    problem(arg.name, "give a number from 0 to 1");
    return 1;
  };
  switch (sampler?.text) {
    case undefined:
    case "parentbased_always_on":
      return { ratio: 1, parentBased: true };
    case "parentbased_always_off":
      return { ratio: 0, parentBased: true };
    case "parentbased_traceidratio":
      return { ratio: ratio(), parentBased: true };
    case "always_on":
      return { ratio: 1, parentBased: false };
    case "always_off":
      return { ratio: 0, parentBased: false };
    case "traceidratio":
      return { ratio: ratio(), parentBased: false };
    default:
      problem(sampler!.name, "use always_on, always_off, traceidratio, or one of these with parentbased_ before it");
      return { ratio: 1, parentBased: true };
  }
}

function resourceOf(attributes: Given, name: string | undefined, service: string, problem: Problem): SpanAttributes {
  const pairs = Object.entries(pairsOf(attributes, problem)).slice(0, maxResourceAttributes);
  return {
    "service.name": service,
    ...Object.fromEntries(pairs),
    ...(name === undefined ? {} : { "service.name": name }),
  };
}
