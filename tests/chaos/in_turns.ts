/** Runs a task for each item, at most `limit` at a time; when one fails, the others still finish before it rejects. */
export async function inTurns<T, R>(
  items: readonly T[],
  limit: number,
  task: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const waiting = [...items.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results[next[0]] = await task(next[1], next[0]);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: limit }, work));
  for (const end of ends) {
    if (end.status === "rejected") throw end.reason;
  }
  return results;
}
