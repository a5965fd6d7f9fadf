/** A Runtime could not be asked, or has nothing to say; ends `ork` with exit code 1. The message says what to do. */
export class InspectError extends Error {
  override name = "InspectError";
}

/** There is no such CR, CRD or path: another operator may have it. */
export class AbsentError extends InspectError {
  override name = "AbsentError";
}
