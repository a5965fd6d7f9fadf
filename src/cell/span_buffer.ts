import type { Clock } from "../base/clock.ts";
import type { SpanRecord } from "../observe/trace/mod.ts";

/** Spans of one cell that wait for the next message; those beyond are dropped. */
const maxSpans = 1024;
/** How often there is a message, in ms. */
const everyMs = 500;

/** Collects the spans of a cell, so that thousands of passes a second are a few messages. */
export class SpanBuffer {
  readonly #clock: Clock;
  readonly #send: (spans: readonly SpanRecord[], dropped: number) => void;
  #spans: SpanRecord[] = [];
  #dropped = 0;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, send: (spans: readonly SpanRecord[], dropped: number) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  add(span: SpanRecord): void {
    if (this.#spans.length >= maxSpans) this.#dropped++;
    else this.#spans.push(span);
    this.#cancel ??= this.#clock.after(everyMs, () => this.flush());
  }

  /** Sends what is there. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#spans.length === 0) return;
    const [spans, dropped] = [this.#spans, this.#dropped];
    [this.#spans, this.#dropped] = [[], 0];
    this.#send(spans, dropped);
  }
}
