import type { LogEntry } from "./entry.ts";

export interface MergeOptions {
  /** Monotonic. */
  readonly nowMs: () => number;
  /**
   * How long a line waits for earlier ones of other sources. `Infinity`: until each source has a later one, or has ended.
   */
  readonly windowMs: number;
  /** Lines that wait at a time; beyond it the oldest does not wait any more. */
  readonly maxLines: number;
  readonly emit: (entry: LogEntry) => void;
}

interface Waiting {
  readonly entry: LogEntry;
  /** Not before the line that its source wrote before it, whatever its clock says. */
  readonly atMs: number;
  readonly receivedMs: number;
}

interface Source {
  readonly waiting: Waiting[];
  lastMs: number;
  ended: boolean;
}

/**
 * Lines of several sources in the order of time. Those of one source stay in theirs. A line is passed on when none that
 * is earlier can come, since every other source has gone on, or when it has waited for the window; so a source that is
 * silent holds up no other, and one that comes late by more than the window is out of order.
 */
export class MergeWindow {
  readonly #options: MergeOptions;
  readonly #sources = new Map<string, Source>();
  #size = 0;

  constructor(options: MergeOptions) {
    this.#options = options;
  }

  /** Lines that wait. */
  get size(): number {
    return this.#size;
  }

  /** A source that may have lines. */
  open(source: string): void {
    const known = this.#sources.get(source);
    if (known === undefined) this.#sources.set(source, { waiting: [], lastMs: -Infinity, ended: false });
    else known.ended = false;
  }

  add(entry: LogEntry): void {
    this.open(entry.source);
    const source = this.#sources.get(entry.source)!;
    const atMs = source.lastMs = Math.max(source.lastMs, entry.atMs);
    source.waiting.push({ entry, atMs, receivedMs: this.#options.nowMs() });
    this.#size++;
    this.flush();
  }

  /** No line of the source comes any more. */
  end(source: string): void {
    const known = this.#sources.get(source);
    if (known === undefined) return;
    known.ended = true;
    if (known.waiting.length === 0) this.#sources.delete(source);
    this.flush();
  }

  /** Passes on what need not wait any more. */
  flush(): void {
    const { nowMs, windowMs, maxLines, emit } = this.#options;
    while (this.#size > 0) {
      const next = this.#oldest();
      const [first] = next.source.waiting;
      const isComplete = [...this.#sources.values()].every(({ waiting, ended }) => ended || waiting.length > 0);
      if (!isComplete && this.#size <= maxLines && nowMs() - first!.receivedMs < windowMs) return;
      next.source.waiting.shift();
      this.#size--;
      if (next.source.ended && next.source.waiting.length === 0) this.#sources.delete(next.name);
      emit(first!.entry);
    }
  }

  /** Passes on everything. */
  drain(): void {
    for (const name of [...this.#sources.keys()]) this.end(name);
  }

  /** The source with the earliest line; of equal ones the first that was opened. */
  #oldest(): { readonly name: string; readonly source: Source } {
    let oldest: { name: string; source: Source } | undefined;
    for (const [name, source] of this.#sources) {
      const [first] = source.waiting;
      if (first === undefined) continue;
      if (oldest === undefined || first.atMs < oldest.source.waiting[0]!.atMs) oldest = { name, source };
    }
    return oldest!;
  }
}
