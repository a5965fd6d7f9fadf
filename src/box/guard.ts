/**
 * The one place that catches unexpected errors (controller-runtime: RecoverPanic): a defect ends one pass and nothing
 * else. Calls `failed` with the error, and never rejects.
 */
export async function guard(run: () => Promise<void>, failed: (error: unknown) => void): Promise<void> {
  try {
    await run();
  } catch (error) {
    failed(error);
  }
}
