/**
 * Runs `work` for each item, `limit` at a time, and answers in the order of the items. An error of one leaves those
 * under way their time to end, starts no others, and is thrown then: nothing goes on behind the caller's back.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  let thrown: { error: unknown } | undefined;
  async function run(): Promise<void> {
    while (next < items.length && thrown === undefined) {
      const at = next++;
      try {
        results[at] = await work(items[at]!);
      } catch (error) {
        thrown ??= { error };
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, run));
  if (thrown !== undefined) throw thrown.error;
  return results;
}
