import type { Clock } from "../../base/clock.ts";
import type { TraceContext } from "./context.ts";
import { isSampled, type Sampling } from "./sampling.ts";
import { type NewId, Span, type SpanAttributes, type SpanKind, type SpanRecord } from "./span.ts";

export interface TracerOptions {
  readonly clock: Clock;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  readonly sampling: Sampling;
  /** Receives each span that has ended. Must not throw. */
  readonly ended: (record: SpanRecord) => void;
}

/** Begins traces, and continues those of callers. Where traces are off there is none, and nobody asks for a span. */
export class Tracer {
  readonly #options: TracerOptions;
  readonly #newId: NewId;

  constructor(options: TracerOptions) {
    this.#options = options;
    this.#newId = idsOf(options.random);
  }

  /** The span of a pass or a review; `undefined`: the trace is not recorded. `parent`: the context of the caller. */
  begin(name: string, kind: SpanKind, attributes: SpanAttributes, parent?: TraceContext): Span | undefined {
    const { sampling, clock, ended } = this.#options;
    const traceId = parent?.traceId ?? this.#newId(32);
    if (!isSampled(traceId, parent, sampling)) return undefined;
    const making = { clock, newId: this.#newId, ended };
    return new Span(making, name, kind, attributes, { traceId, parentSpanId: parent?.spanId });
  }
}

/** Random enough to differ from all others; nothing relies on their being secret. */
function idsOf(random: () => number): NewId {
  return (digits) => {
    let id = "";
    while (id.length < digits) id += Math.floor(random() * 2 ** 32).toString(16).padStart(8, "0");
    return /^0+$/.test(id) ? `${"0".repeat(digits - 1)}1` : id;
  };
}
