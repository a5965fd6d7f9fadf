import type { Clock } from "../../base/clock.ts";
import { type TraceContext, traceparentOf } from "./context.ts";

export type SpanKind = "internal" | "server" | "client";

/** Names, codes and numbers, never what was sent, rendered or stored. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** One span that has ended; a plain record, so that it can cross a thread. */
export interface SpanRecord {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string | undefined;
  readonly name: string;
  readonly kind: SpanKind;
  /** In ms since 1970, with fractions. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: SpanAttributes;
  readonly failed: boolean;
}

/** Attributes and texts beyond these are left out. */
const maxAttributes = 32;
const maxText = 256;
/** Spans below one; a pass over thousands of children is as good a picture without the rest. */
const maxChildren = 100;

/** Ids: this number of hexadecimal digits, not all 0. */
export type NewId = (digits: number) => string;

interface Making {
  readonly clock: Clock;
  readonly newId: NewId;
  /** Receives each span that has ended. */
  readonly ended: (record: SpanRecord) => void;
}

/** One span of a trace that is recorded. */
export class Span {
  readonly context: TraceContext;
  readonly #making: Making;
  readonly #name: string;
  readonly #kind: SpanKind;
  readonly #parentSpanId: string | undefined;
  readonly #attributes: Record<string, string | number | boolean> = {};
  readonly #startMs: number;
  readonly #sinceMs: number;
  #children = 0;
  #hasEnded = false;

  constructor(
    making: Making,
    name: string,
    kind: SpanKind,
    attributes: SpanAttributes,
    { traceId, parentSpanId }: { readonly traceId: string; readonly parentSpanId?: string | undefined },
  ) {
    this.#making = making;
    this.#name = name.slice(0, maxText);
    this.#kind = kind;
    this.#parentSpanId = parentSpanId;
    this.context = { traceId, spanId: making.newId(16), sampled: true };
    this.#startMs = making.clock.wallMs();
    this.#sinceMs = making.clock.nowMs();
    for (const [key, value] of Object.entries(attributes)) this.set(key, value);
  }

  get traceparent(): string {
    return traceparentOf(this.context);
  }

  set(key: string, value: string | number | boolean): void {
    if (!Object.hasOwn(this.#attributes, key) && Object.keys(this.#attributes).length >= maxAttributes) return;
    this.#attributes[key] = typeof value === "string" ? value.slice(0, maxText) : value;
  }

  /** A span below this one; `undefined`: it has too many. */
  child(name: string, kind: SpanKind, attributes: SpanAttributes): Span | undefined {
    if (++this.#children > maxChildren) return undefined;
    const { traceId, spanId } = this.context;
    return new Span(this.#making, name, kind, attributes, { traceId, parentSpanId: spanId });
  }

  /** Only the first call counts. */
  end({ failed = false }: { readonly failed?: boolean } = {}): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const { traceId, spanId } = this.context;
    if (this.#children > maxChildren) this.set("ork.spans_omitted", this.#children - maxChildren);
    this.#making.ended({
      ...{ traceId, spanId, name: this.#name, kind: this.#kind, attributes: this.#attributes, failed },
      ...(this.#parentSpanId === undefined ? {} : { parentSpanId: this.#parentSpanId }),
      startMs: this.#startMs,
      endMs: this.#startMs + Math.max(0, this.#making.clock.nowMs() - this.#sinceMs),
    });
  }
}
