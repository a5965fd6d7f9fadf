/**
 * The one place that catches what must not get further: a defect in one pass ends that pass and nothing else. Tells
 * it with its stack, and never throws itself.
 */
export async function guard(run: () => Promise<void>, failed: (error: unknown) => void): Promise<void> {
  try {
    await run();
  } catch (error) {
    failed(error);
  }
}
