import type { Clock } from "../../base/clock.ts";
import { errorText } from "../../base/error_text.ts";

/** A failure that lasts is reported again after this time. */
export const againMs = 30_000;
/** Texts that are remembered: requests of several kinds may fail in turn. */
const maxTexts = 16;

/** Reports failures of requests that are repeated every second or so: each text at once, then at most every 30 s. */
export class ErrorReport {
  readonly #clock: Clock;
  readonly #report: (text: string) => void;
  /** Text → when it was last reported, in monotonic ms; the oldest first. */
  readonly #reported = new Map<string, number>();

  constructor(clock: Clock, report: (text: string) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  failed(error: unknown): void {
    const text = errorText(error);
    const nowMs = this.#clock.nowMs();
    const reportedMs = this.#reported.get(text);
    if (reportedMs !== undefined && nowMs < reportedMs + againMs) return;
    this.#reported.delete(text);
    for (const oldest of this.#reported.keys()) {
      if (this.#reported.size < maxTexts) break;
      this.#reported.delete(oldest);
    }
    this.#reported.set(text, nowMs);
    this.#report(text);
  }
}
