/** The command line makes no sense; ends `ork` with exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}
