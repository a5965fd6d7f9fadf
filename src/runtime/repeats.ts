import type { Clock } from "../base/clock.ts";

/** How long a repeat of the same failure is not reported: after the first report, the second, and every further one. */
const distancesMs = [10_000, 60_000, 600_000];
/** Maximum number of different texts per object; texts may vary without end. */
const maxTexts = 4;
/** Maximum number of objects that are remembered; a failure of one that was forgotten is reported again. */
const maxObjects = 2_000;
/** What fails again within this time had not recovered. */
const relapseMs = 10_000;
/** Length of each end of a text that is compared: texts of an API server can be long. */
const comparedLength = 200;

/** Something that keeps being so, of one object. */
interface Trouble {
  /** As far as it is compared. */
  text: string;
  reportedMs: number;
  /** Number of reports. */
  reports: number;
  /** How often it was not, since. */
  suppressed: number;
}

interface Subject {
  readonly sinceMs: number;
  failures: number;
  readonly troubles: Trouble[];
  /** A failure was reported, and not yet its recovery. */
  owed: boolean;
  succeededMs?: number;
}

/** What to report of a failure. */
export interface Occurrence {
  /** Number of repeats that were not reported since the last time; 0 for something new. */
  readonly more: number;
}

/** What is over. */
export interface Recovery {
  readonly failures: number;
  /** From the first of them until now. */
  readonly lastedMs: number;
}

/**
 * Tracks what fails with each object, and selects what to report: new failures at once, repeats of the same at growing
 * distances. An object that can never succeed fails every minute and says the same each time; before that, ten times in
 * three seconds.
 */
export class Repeats {
  readonly #clock: Clock;
  /** The most recently seen last. */
  readonly #subjects = new Map<string, Subject>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `what` failed. `undefined`: the same was reported recently. */
  failed(what: string, text: string): Occurrence | undefined {
    const subject = this.#subject(what);
    subject.failures++;
    const occurrence = this.#occur(subject, text);
    if (occurrence !== undefined) subject.owed = true;
    return occurrence;
  }

  /** `what` is waiting, which is not a failure. `undefined`: the same was reported recently. */
  waits(what: string, text: string): Occurrence | undefined {
    return this.#occur(this.#subject(what), text);
  }

  /** `what` succeeded. Returns what has ended, if a failure was reported. */
  succeeded(what: string): Recovery | undefined {
    const subject = this.#subjects.get(what);
    if (subject === undefined) return undefined;
    const nowMs = this.#clock.nowMs();
    subject.succeededMs ??= nowMs;
    if (!subject.owed) return undefined;
    subject.owed = false;
    return { failures: subject.failures, lastedMs: nowMs - subject.sinceMs };
  }

  /** `what` no longer exists. */
  gone(what: string): void {
    this.#subjects.delete(what);
  }

  /** The record of an object: a new one, or one that has not been healthy for long enough. */
  #subject(what: string): Subject {
    const nowMs = this.#clock.nowMs();
    const known = this.#subjects.get(what);
    const relapses = known?.succeededMs === undefined || nowMs - known.succeededMs < relapseMs;
    const subject = known !== undefined && relapses
      ? known
      : { sinceMs: nowMs, failures: 0, troubles: [], owed: false };
    delete subject.succeededMs;
    this.#subjects.delete(what);
    this.#subjects.set(what, subject);
    for (const oldest of this.#subjects.keys()) {
      if (this.#subjects.size <= maxObjects) break;
      this.#subjects.delete(oldest);
    }
    return subject;
  }

  #occur({ troubles }: Subject, full: string): Occurrence | undefined {
    const nowMs = this.#clock.nowMs();
    const text = compared(full);
    let trouble = troubles.find((known) => known.text === text);
    if (trouble === undefined && troubles.length === maxTexts) {
      // Of too many different ones, this is the latest again, in other words.
      trouble = troubles.reduce((a, b) => b.reportedMs > a.reportedMs ? b : a);
      trouble.text = text;
    }
    if (trouble === undefined) {
      troubles.push({ text, reportedMs: nowMs, reports: 1, suppressed: 0 });
      return { more: 0 };
    }
    const distanceMs = distancesMs[Math.min(trouble.reports, distancesMs.length) - 1]!;
    if (nowMs - trouble.reportedMs < distanceMs) {
      trouble.suppressed++;
      return undefined;
    }
    const more = trouble.suppressed;
    Object.assign(trouble, { reportedMs: nowMs, reports: trouble.reports + 1, suppressed: 0 });
    return { more };
  }
}

function compared(text: string): string {
  if (text.length <= 2 * comparedLength) return text;
  return `${text.slice(0, comparedLength)}…${text.length}…${text.slice(-comparedLength)}`;
}
