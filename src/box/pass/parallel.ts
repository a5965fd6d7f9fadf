/**
 * Runs `work` for each item, at most `limit` at a time, and returns results in the order of the items. After an error
 * no further item starts, those in flight finish, and then it is thrown: nothing runs after the returned promise
 * settles.
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
