import type { Clock } from "../../base/clock.ts";
import { formatDuration } from "../../base/duration.ts";
import type { Terminal } from "../terminal.ts";

/** How far a pass over the objects of a CRD is. */
export interface Step {
  readonly crd: string;
  readonly done: number;
  /** As far as it is known: objects are created and deleted meanwhile. */
  readonly total: number;
}

/** Time between two lines on a screen, and between two lines of a log. */
const screenMs = 200;
const logMs = 2_000;

/**
 * Shows how far a migration is on standard error: as one line that is replaced on a screen, as JSON objects, one a line,
 * elsewhere: `{"crd","done","total","perSecond","secondsLeft"}`.
 */
export class Progress {
  readonly #terminal: Pick<Terminal, "line" | "err">;
  readonly #clock: Clock;
  #crd: string | undefined;
  #lastDone = 0;
  #sinceMs = 0;
  #shownMs = -Infinity;

  constructor(terminal: Pick<Terminal, "line" | "err">, clock: Clock) {
    this.#terminal = terminal;
    this.#clock = clock;
  }

  /** Called after each object; shows few of them: the first and the last of a CRD, and one in a while between. */
  show({ crd, done, total }: Step): void {
    const { line, err } = this.#terminal;
    const nowMs = this.#clock.nowMs();
    // Another CRD, or another pass over the same one.
    if (crd !== this.#crd || done < this.#lastDone) {
      this.#crd = crd;
      this.#sinceMs = nowMs;
      this.#shownMs = -Infinity;
    }
    this.#lastDone = done;
    const everyMs = line === undefined ? logMs : screenMs;
    if (done < total && nowMs - this.#shownMs < everyMs) return;
    this.#shownMs = nowMs;
    const seconds = (nowMs - this.#sinceMs) / 1000;
    const perSecond = seconds === 0 ? undefined : Math.round(done / seconds);
    const secondsLeft = perSecond === undefined || perSecond === 0 ? undefined : Math.ceil((total - done) / perSecond);
    if (line === undefined) return err(JSON.stringify({ crd, done, total, perSecond, secondsLeft }));
    const speed = perSecond === undefined ? "" : `, ${perSecond}/s`;
    const left = secondsLeft === undefined || done === total ? "" : `, ${formatDuration(secondsLeft * 1000)} left`;
    line(`${crd}: ${done} of ${total}${speed}${left}`);
  }

  /** Shows what is waited for: `{"crd","note"}` elsewhere. */
  note(crd: string, note: string): void {
    const { line, err } = this.#terminal;
    if (line === undefined) err(JSON.stringify({ crd, note }));
    else line(`${crd}: ${note}`);
  }

  /** Removes the line from a screen, before anything else is printed there. */
  clear(): void {
    this.#terminal.line?.("");
  }
}
