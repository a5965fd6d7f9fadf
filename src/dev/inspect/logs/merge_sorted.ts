import type { LogEntry } from "./entry.ts";

/** The lines of several sources in the order of time, each source read only as far as needed. */
export async function* mergeSorted(sources: readonly AsyncIterable<LogEntry>[]): AsyncGenerator<LogEntry> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  try {
    const heads = await Promise.all(iterators.map((iterator) => headOf(iterator, -Infinity)));
    for (;;) {
      let first: number | undefined;
      heads.forEach((head, index) => {
        if (head !== undefined && (first === undefined || head.atMs < heads[first]!.atMs)) first = index;
      });
      if (first === undefined) return;
      const { entry, atMs } = heads[first]!;
      yield entry;
      heads[first] = await headOf(iterators[first]!, atMs);
    }
  } finally {
    for (const iterator of iterators) await iterator.return?.();
  }
}

/** The next line: not before the one that its source wrote before it, whatever its clock says. */
async function headOf(
  iterator: AsyncIterator<LogEntry>,
  lastMs: number,
): Promise<{ readonly entry: LogEntry; readonly atMs: number } | undefined> {
  const { done, value } = await iterator.next();
  return done === true ? undefined : { entry: value, atMs: Math.max(lastMs, value.atMs) };
}
