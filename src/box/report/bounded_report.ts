import type { Clock } from "../../base/clock.ts";
import { TokenBucket } from "../../cluster/mod.ts";
import type { BoxHealth, BoxMessage } from "./message.ts";

/** Failures of one box that are reported one by one; the rest is counted. */
const limit = { burst: 50, everyMs: 200 };
/** After which the count is reported. */
const countMs = 10_000;
/** A box that fails and recovers with every few passes reports that once in this time. */
const transitionMs = 1_000;

/**
 * Limits the rate at which a box reports failures: thousands a second would overload the receiver and hide the messages
 * of other boxes. Changes on the cluster are always reported; API calls limit them already.
 */
export class BoundedReport {
  readonly #report: (message: BoxMessage) => void;
  readonly #clock: Clock;
  readonly #failures: TokenBucket;
  #counted: { count: number; sinceMs: number; last: BoxMessage; cancel: () => void } | undefined;
  #next: BoxMessage | undefined;
  /** The last state that was sent. */
  #state: BoxHealth["state"] = "pending";
  #wasHealthy = false;
  #held = false;
  #cancelHold = (): void => {};

  constructor(report: (message: BoxMessage) => void, clock: Clock) {
    this.#report = report;
    this.#clock = clock;
    this.#failures = new TokenBucket(limit, clock.nowMs());
  }

  send(message: BoxMessage): void {
    if (message.type === "health") this.#reportTransition(message);
    else if (failureText(message) === undefined || this.#failures.take(this.#clock.nowMs())) this.#report(message);
    else if (this.#counted === undefined) {
      const cancel = this.#clock.after(countMs, () => this.#reportCounted());
      this.#counted = { count: 1, sinceMs: this.#clock.nowMs(), last: message, cancel };
    } else {
      this.#counted.count++;
      this.#counted.last = message;
    }
  }

  /** Reports what was only counted, and nothing afterwards. */
  stop(): void {
    this.#counted?.cancel();
    this.#reportCounted();
    this.#cancelHold();
  }

  #reportCounted(): void {
    if (this.#counted === undefined) return;
    const { count, sinceMs, last } = this.#counted;
    this.#counted = undefined;
    const lastMs = this.#clock.nowMs() - sinceMs;
    this.#report({ type: "more", box: last.box, count, lastMs, last: failureText(last) ?? "" });
  }

  /**
   * Of transitions between healthy and degraded the first is reported at once, of those that follow soon only the last.
   * All others are few, and boxes that depend on this one wait for them: to start, to rest, to be healthy for the first
   * time.
   */
  #reportTransition(message: BoxMessage & { type: "health" }): void {
    const isFirst = message.state === "healthy" && !this.#wasHealthy;
    const wavers = isWavering(this.#state) && isWavering(message.state) && !isFirst;
    this.#state = message.state;
    this.#wasHealthy ||= isFirst;
    if (wavers && this.#held) {
      this.#next = message;
      return;
    }
    this.#cancelHold();
    this.#next = undefined;
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

function isWavering(state: BoxHealth["state"]): boolean {
  return state === "healthy" || state === "degraded";
}

/** The failure, when the message is of a type without another limit. */
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
