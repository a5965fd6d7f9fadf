/** Between two looks at a condition, unless told otherwise. */
const defaultPollMs = 50;

/**
 * Polls until `probe` returns something but `undefined` and `false`, and returns that. An error of `probe` counts as
 * "not yet". Throws after `timeoutMs` with the description, and the last error or `explain()`.
 */
export async function waitFor<T>(
  description: string,
  probe: () => T | Promise<T>,
  options: { timeoutMs?: number; pollMs?: number; explain?: () => unknown } = {},
): Promise<Exclude<T, undefined | false>> {
  const { timeoutMs = 30_000, pollMs = defaultPollMs } = options;
  const endMs = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const response = await probe();
      last = undefined;
      if (response !== undefined && response !== false) return response as Exclude<T, undefined | false>;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= endMs) break;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  const seen = options.explain?.() ?? last;
  throw new Error(
    `Not within ${timeoutMs / 1000} s: ${description}${seen === undefined ? "" : `; last seen: ${Deno.inspect(seen)}`}`,
    { cause: last },
  );
}
