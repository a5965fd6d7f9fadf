import type { Clock } from "../base/clock.ts";

/** How often an outage with the same error is reported. */
const againMs = 60_000;
/** Maximum number of different errors of one outage that are reported within that time; texts may vary without end. */
const maxErrors = 5;
/** A watch that broke again within this time had not recovered. */
const relapseMs = 10_000;

interface Outage {
  readonly sinceMs: number;
  /** Errors and when they were reported. */
  readonly reported: Map<string, number>;
  /** It was reported that it lasts, and not yet that it is over. */
  owed: boolean;
  endedMs?: number;
}

/**
 * Tracks the kinds that cannot be watched, and selects what to report: the first failure, a new error, the same one
 * once a minute, and the recovery. An API server that is gone fails every watch every few seconds, and says the same
 * each time.
 */
export class Outages {
  readonly #clock: Clock;
  readonly #outages = new Map<string, Outage>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * `what` cannot be watched. Returns for how many ms it has not been, 0 the first time; `undefined` when that was
   * reported a moment ago.
   */
  failed(what: string, error: string): number | undefined {
    const nowMs = this.#clock.nowMs();
    const outage = this.#current(what, nowMs);
    for (const [text, atMs] of outage.reported) if (nowMs - atMs >= againMs) outage.reported.delete(text);
    const text = withoutQuery(error);
    if (outage.reported.has(text) || outage.reported.size >= maxErrors) return undefined;
    outage.reported.set(text, nowMs);
    outage.owed = true;
    return nowMs - outage.sinceMs;
  }

  /** `what` is watched. Returns for how many ms it was not; `undefined` when no outage was reported. */
  watched(what: string): number | undefined {
    const outage = this.#outages.get(what);
    if (outage === undefined) return undefined;
    outage.endedMs ??= this.#clock.nowMs();
    if (!outage.owed) return undefined;
    outage.owed = false;
    return outage.endedMs - outage.sinceMs;
  }

  #current(what: string, nowMs: number): Outage {
    const last = this.#outages.get(what);
    if (last !== undefined && (last.endedMs === undefined || nowMs - last.endedMs < relapseMs)) {
      delete last.endedMs;
      return last;
    }
    const outage: Outage = { sinceMs: nowMs, reported: new Map(), owed: false };
    this.#outages.set(what, outage);
    return outage;
  }
}

/** The query of a request has a random time-out for each watch. */
function withoutQuery(error: string): string {
  return error.replace(/\?[^\s:]*/g, "");
}
