import type { Clock } from "../../base/clock.ts";
import { TokenBucket } from "../../cluster/mod.ts";
import type { BoxMessage } from "./message.ts";

/** Failures of one box that are told one by one; the rest is counted. */
const limit = { burst: 50, everyMs: 200 };
/** After which what was only counted is told. */
const countMs = 10_000;
/** A box whose state changes with every pass reports that once in this time. */
const transitionMs = 1_000;

/**
 * Bounds what a box tells of its failures: thousands a second would keep those busy who listen, and drown what the other
 * boxes have to say. What changed on the cluster is always told; API calls bound that by themselves.
 */
export class BoundedReport {
  readonly #report: (message: BoxMessage) => void;
  readonly #clock: Clock;
  readonly #failures: TokenBucket;
  #untold: { count: number; sinceMs: number; last: BoxMessage; cancel: () => void } | undefined;
  #next: BoxMessage | undefined;
  #held = false;
  #cancelHold = (): void => {};

  constructor(report: (message: BoxMessage) => void, clock: Clock) {
    this.#report = report;
    this.#clock = clock;
    this.#failures = new TokenBucket(limit, clock.nowMs());
  }

  tell(message: BoxMessage): void {
    if (message.type === "health") this.#reportTransition(message);
    else if (failureText(message) === undefined || this.#failures.take(this.#clock.nowMs())) this.#report(message);
    else if (this.#untold === undefined) {
      const cancel = this.#clock.after(countMs, () => this.#tellUntold());
      this.#untold = { count: 1, sinceMs: this.#clock.nowMs(), last: message, cancel };
    } else {
      this.#untold.count++;
      this.#untold.last = message;
    }
  }

  /** Nothing is told any more; what was only counted is told now. */
  stop(): void {
    this.#untold?.cancel();
    this.#tellUntold();
    this.#cancelHold();
  }

  #tellUntold(): void {
    if (this.#untold === undefined) return;
    const { count, sinceMs, last } = this.#untold;
    this.#untold = undefined;
    const lastMs = this.#clock.nowMs() - sinceMs;
    this.#report({ type: "more", box: last.box, count, lastMs, last: failureText(last) ?? "" });
  }

  /** The first transition is reported at once, of those that follow soon only the last. */
  #reportTransition(message: BoxMessage & { type: "health" }): void {
    if (this.#held) {
      this.#next = message;
      return;
    }
    this.#report(message);
    this.#held = true;
    this.#cancelHold = this.#clock.after(transitionMs, () => {
      this.#held = false;
      const next = this.#next;
      this.#next = undefined;
      if (next?.type === "health" && next.state !== message.state) this.#reportTransition(next);
    });
  }
}

/** What went wrong, when the message is one of those that can come without end. */
function failureText(message: BoxMessage): string | undefined {
  switch (message.type) {
    case "pass":
      if (message.result !== "failed" && message.result !== "denied") return undefined;
      return `${message.kind} ${message.key}: ${message.message ?? message.result}`;
    case "defect":
      return message.key === undefined ? message.error : `${message.key}: ${message.error}`;
    case "note":
      return message.message;
    case "informer":
      return message.error === undefined ? undefined : `${message.kind}: ${message.error}`;
    default:
      return undefined;
  }
}
