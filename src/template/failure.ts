import type { TemplateFailure } from "./errors.ts";

/** Stops a render; whoever knows the position turns it into a `TemplateError`. */
export class Failure extends Error {
  override readonly name = "Failure";

  constructor(message: string, readonly kind: TemplateFailure = "execution") {
    super(message);
  }
}
