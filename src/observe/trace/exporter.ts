import type { Clock } from "../../base/clock.ts";
import { errorText } from "../../base/error_text.ts";
import { type MetricSpec, type MetricsSnapshot, Registry } from "../metrics/mod.ts";
import type { Log } from "../log.ts";
import { otlpBody, rejectedSpans } from "./otlp.ts";
import type { SpanAttributes, SpanRecord } from "./span.ts";

/** How a collector responded. */
export interface ExportResponse {
  readonly status: number;
  /** How long it asks to wait. */
  readonly retryAfterMs?: number | undefined;
  /** The beginning of the body. */
  readonly body: string;
}

export interface ExporterOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Attributes of the process. */
  readonly resource: SpanAttributes;
  /** Of Ork. */
  readonly version: string;
  /** Sends a body. Resolves within a time limit of its own; rejects where there is no response. */
  readonly send: (body: string, signal: AbortSignal) => Promise<ExportResponse>;
  /** Spans that wait at a time. */
  readonly maxQueue: number;
  /** Spans of one request. */
  readonly maxBatch: number;
  /** The longest that a span waits for others. */
  readonly delayMs: number;
}

const spansTotal: MetricSpec = {
  name: "orkestra_trace_spans_total",
  type: "counter",
  help:
    "Spans of traces, by what became of them: exported, or dropped since too many waited or the collector took none.",
  labels: ["result"],
};

/** What the export of traces counts; there where traces are on. */
export const traceMetricSpecs: readonly MetricSpec[] = [spansTotal];

/** Tries of one request, and the waits between them. */
const maxTries = 4;
const backoff = { initialMs: 1_000, maxMs: 30_000 };
/** Responses after which the same request may succeed (OTLP: "Retryable response codes"). */
const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** Of the reason that is logged. */
const maxReason = 300;

/**
 * Sends spans to a collector in batches, one request at a time. Nothing waits for it: what exceeds the queue is dropped
 * and counted, and so is what the collector has not taken after some tries.
 */
export class SpanExporter {
  readonly #options: ExporterOptions;
  readonly #registry = new Registry();
  readonly #spans = this.#registry.add(spansTotal);
  readonly #exported = this.#spans.of("exported");
  readonly #dropped = this.#spans.of("dropped");
  readonly #queue: SpanRecord[] = [];
  /** Ends the request in flight. */
  readonly #stop = new AbortController();
  /** Ends the wait for another try. */
  readonly #stopWaiting = new AbortController();
  #cancelTimer: (() => void) | undefined;
  #sending: Promise<void> | undefined;
  #stopping = false;
  #isFailing = false;

  constructor(options: ExporterOptions) {
    this.#options = options;
  }

  /** `dropped`: spans that did not even get here. */
  add(spans: readonly SpanRecord[], dropped = 0): void {
    this.#dropped.inc(dropped);
    const { maxQueue, maxBatch, delayMs, clock } = this.#options;
    for (const span of spans) {
      if (this.#stopping || this.#queue.length >= maxQueue) this.#dropped.inc();
      else this.#queue.push(span);
    }
    if (this.#queue.length === 0 || this.#sending !== undefined) return;
    if (this.#queue.length >= maxBatch) this.#flush();
    else this.#cancelTimer ??= clock.after(delayMs, () => this.#flush());
  }

  metrics(): MetricsSnapshot {
    return this.#registry.snapshot();
  }

  /** Sends what waits, for up to `graceMs`, and tries nothing again; the rest is dropped. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#stopWaiting.abort();
    const cut = this.#options.clock.after(graceMs, () => this.#stop.abort());
    while (this.#sending !== undefined || (this.#queue.length > 0 && !this.#stop.signal.aborted)) {
      if (this.#sending === undefined) this.#flush();
      await this.#sending;
    }
    this.#cancelTimer?.();
    cut();
    this.#dropped.inc(this.#queue.length);
    this.#queue.length = 0;
  }

  #flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#sending !== undefined || this.#queue.length === 0) return;
    const batch = this.#queue.splice(0, this.#options.maxBatch);
    this.#sending = this.#export(batch).finally(() => {
      this.#sending = undefined;
      if (!this.#stopping) this.add([]);
    });
  }

  async #export(batch: readonly SpanRecord[]): Promise<void> {
    const { resource, version, send, clock } = this.#options;
    const { signal } = this.#stop;
    const body = otlpBody(batch, resource, version);
    for (let attempt = 1;; attempt++) {
      const outcome = await this.#attempt(() => send(body, signal));
      if (outcome.why === undefined) {
        const rejected = Math.min(batch.length, outcome.rejected);
        this.#exported.inc(batch.length - rejected);
        this.#dropped.inc(rejected);
        return this.#succeeded();
      }
      this.#failed(outcome.why);
      if (!outcome.again || attempt === maxTries || this.#stopping) break;
      const waitMs = Math.min(backoff.maxMs, outcome.retryAfterMs ?? backoff.initialMs * 2 ** (attempt - 1));
      await wait(clock, waitMs, this.#stopWaiting.signal);
      if (this.#stopping) break;
    }
    this.#dropped.inc(batch.length);
  }

  async #attempt(send: () => Promise<ExportResponse>): Promise<Outcome> {
    let response: ExportResponse;
    try {
      response = await send();
    } catch (error) {
      return { why: errorText(error).slice(0, maxReason), again: true, rejected: 0 };
    }
    const { status, retryAfterMs, body } = response;
    if (status >= 200 && status < 300) return { again: false, rejected: rejectedSpans(body) };
    // Not the body: a collector may repeat the header with the credential.
    return { why: `HTTP ${status}`, again: retryable.has(status), retryAfterMs, rejected: 0 };
  }

  #succeeded(): void {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#options.log("info", "Traces are exported again", { event: "trace.export" });
  }

  #failed(error: string): void {
    const { log } = this.#options;
    const level = this.#isFailing ? "debug" : "warn";
    this.#isFailing = true;
    log(level, `Traces cannot be exported: ${error}; spans are dropped until they can`, {
      event: "trace.export",
      error,
    });
  }
}

interface Outcome {
  /** Why it failed; absent: it did not. */
  readonly why?: string;
  readonly again: boolean;
  readonly retryAfterMs?: number | undefined;
  readonly rejected: number;
}

function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener("abort", done, { once: true });
  });
}
