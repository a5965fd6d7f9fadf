import type { TemplateFailure } from "./errors.ts";

/** Aborts a render; the caller that knows the position converts it to a `TemplateError`. */
export class Failure extends Error {
  override readonly name = "Failure";

  constructor(message: string, readonly kind: TemplateFailure = "execution") {
    super(message);
  }
}
