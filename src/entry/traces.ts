import type { Clock } from "../base/clock.ts";
import type { Log } from "../observe/log.ts";
import type { MetricsSnapshot } from "../observe/metrics/mod.ts";
import {
  type ExportResponse,
  readTraceSettings,
  SpanExporter,
  type SpanRecord,
  Tracer,
  type TraceSettings,
  type TraceVariable,
} from "../observe/trace/mod.ts";
import { userAgent, version } from "./version.ts";

/** Traces of a process that are exported. */
export interface OpenTraces {
  /** For what runs in this isolate. */
  readonly tracer: Tracer;
  readonly sampling: TraceSettings["sampling"];
  /** Spans of other isolates; `dropped`: the number of those that were too many for them. */
  add(spans: readonly SpanRecord[], dropped: number): void;
  metrics(): MetricsSnapshot;
  /** Exports what waits, for a short time. */
  close(): Promise<void>;
}

export interface TracesOptions {
  readonly binary: string;
  /** Name of this process: `service.instance.id`. */
  readonly instance: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly env: (name: TraceVariable) => string | undefined;
}

/** How long the last spans may take. */
const graceMs = 3_000;
/** Of the response of a collector. */
const maxBody = 64 * 1024;
const maxRetryAfterMs = 30_000;

/**
 * Opens the export of traces where the environment names an endpoint (docs/traces.md); `undefined`: traces are off, and
 * nothing is asked to record any. Never throws: a variable that cannot be used is logged.
 */
export function openTraces({ binary, instance, clock, log, env }: TracesOptions): OpenTraces | undefined {
  const { settings, problems } = readTraceSettings(env, binary);
  for (const problem of problems) log("warn", problem, { event: "trace.setting" });
  if (settings === undefined) return undefined;
  let client: Deno.HttpClient;
  try {
    client = clientOf(settings);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    log("warn", `Cannot use OTEL_EXPORTER_OTLP_CERTIFICATE: ${why}; traces are off`, { event: "trace.setting" });
    return undefined;
  }
  const exporter = new SpanExporter({
    ...settings,
    ...{ clock, log, version },
    resource: { "service.version": version, "service.instance.id": instance, ...settings.resource },
    send: (body, signal) => send(body, signal, { settings, client, binary, clock }),
  });
  return {
    tracer: new Tracer({
      ...{ clock, random: Math.random, sampling: settings.sampling },
      ended: (span) => exporter.add([span]),
    }),
    sampling: settings.sampling,
    add: (spans, dropped) => exporter.add(spans, dropped),
    metrics: () => exporter.metrics(),
    async close() {
      await exporter.stop(graceMs);
      client.close();
    },
  };
}

function clientOf({ caFile }: TraceSettings): Deno.HttpClient {
  const caCerts = caFile === undefined ? {} : { caCerts: [Deno.readTextFileSync(caFile)] };
  return Deno.createHttpClient({ http1: true, http2: false, ...caCerts });
}

async function send(
  body: string,
  signal: AbortSignal,
  { settings, client, binary, clock }: {
    readonly settings: TraceSettings;
    readonly client: Deno.HttpClient;
    readonly binary: string;
    readonly clock: Clock;
  },
): Promise<ExportResponse> {
  const { endpoint, headers, timeoutMs } = settings;
  const abort = new AbortController();
  const end = (): void => abort.abort();
  signal.addEventListener("abort", end, { once: true });
  const cancel = clock.after(timeoutMs, end);
  try {
    const response = await fetch(endpoint, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json", "user-agent": userAgent(binary) },
      redirect: "manual", // the credential is for this endpoint only
      ...{ body, client, signal: abort.signal },
    });
    const retryAfter = Number(response.headers.get("retry-after") ?? NaN);
    return {
      status: response.status,
      retryAfterMs: retryAfter >= 0 ? Math.min(maxRetryAfterMs, retryAfter * 1000) : undefined,
      body: await beginningOf(response),
    };
  } catch (error) {
    // Neither the URL nor the headers.
    if (abort.signal.aborted) throw new Error(`No response within ${timeoutMs} ms`);
    throw new Error(`${endpoint.host} does not respond`, { cause: error });
  } finally {
    cancel();
    signal.removeEventListener("abort", end);
  }
}

async function beginningOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  // Leaving the loop cancels the body.
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > maxBody) break;
  }
  return text;
}
