import type { Clock } from "../base/clock.ts";

/** How long nothing is told of the same trouble again: after the first time, the second, and every further one. */
const distancesMs = [10_000, 60_000, 600_000];
/** Different texts of one object that are told apart; texts may differ without end. */
const maxTexts = 4;
/** Objects that are remembered; of one that was forgotten, the same is told once more. */
const maxObjects = 2_000;
/** What fails again within this time had not recovered. */
const relapseMs = 10_000;
/** Of each end of a text, enough to tell it from others: texts of an API server can be long. */
const comparedLength = 200;

/** Something that keeps being so, of one object. */
interface Trouble {
  /** As far as it is compared. */
  text: string;
  toldMs: number;
  /** How often it was told. */
  told: number;
  /** How often it was not, since. */
  untold: number;
}

interface Subject {
  readonly sinceMs: number;
  failures: number;
  readonly troubles: Trouble[];
  /** A failure was told, and not yet that it is over. */
  owed: boolean;
  succeededMs?: number;
}

/** What to tell of a failure. */
export interface Telling {
  /** How often the same was not told since the last time; 0 for something new. */
  readonly more: number;
}

/** What is over. */
export interface Recovery {
  readonly failures: number;
  /** From the first of them until now. */
  readonly lastedMs: number;
}

/**
 * Follows what goes wrong with each object, and picks what to tell: what is new at once, the same again at growing
 * distances. An object that can never succeed fails every minute and says the same each time; before that, ten times in
 * three seconds.
 */
export class Repeats {
  readonly #clock: Clock;
  /** Those heard of last stand last. */
  readonly #subjects = new Map<string, Subject>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `what` failed. `undefined`: that was told a while ago. */
  failed(what: string, text: string): Telling | undefined {
    const subject = this.#subject(what);
    subject.failures++;
    const telling = this.#tell(subject, text);
    if (telling !== undefined) subject.owed = true;
    return telling;
  }

  /** `what` is as it is, and no failure: it waits. `undefined`: that was told a while ago. */
  waits(what: string, text: string): Telling | undefined {
    return this.#tell(this.#subject(what), text);
  }

  /** `what` is in order. Returns what is over, if a failure was told. */
  succeeded(what: string): Recovery | undefined {
    const subject = this.#subjects.get(what);
    if (subject === undefined) return undefined;
    const nowMs = this.#clock.nowMs();
    subject.succeededMs ??= nowMs;
    if (!subject.owed) return undefined;
    subject.owed = false;
    return { failures: subject.failures, lastedMs: nowMs - subject.sinceMs };
  }

  /** `what` is no more. */
  gone(what: string): void {
    this.#subjects.delete(what);
  }

  /** The object that has something to tell: a new one, or one that has not been in order for long enough. */
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

  #tell({ troubles }: Subject, full: string): Telling | undefined {
    const nowMs = this.#clock.nowMs();
    const text = compared(full);
    let trouble = troubles.find((known) => known.text === text);
    if (trouble === undefined && troubles.length === maxTexts) {
      // Of too many different ones, this is the latest again, in other words.
      trouble = troubles.reduce((a, b) => b.toldMs > a.toldMs ? b : a);
      trouble.text = text;
    }
    if (trouble === undefined) {
      troubles.push({ text, toldMs: nowMs, told: 1, untold: 0 });
      return { more: 0 };
    }
    const distanceMs = distancesMs[Math.min(trouble.told, distancesMs.length) - 1]!;
    if (nowMs - trouble.toldMs < distanceMs) {
      trouble.untold++;
      return undefined;
    }
    const more = trouble.untold;
    Object.assign(trouble, { toldMs: nowMs, told: trouble.told + 1, untold: 0 });
    return { more };
  }
}

function compared(text: string): string {
  if (text.length <= 2 * comparedLength) return text;
  return `${text.slice(0, comparedLength)}…${text.length}…${text.slice(-comparedLength)}`;
}
