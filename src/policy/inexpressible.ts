/** CEL cannot say the same as a rule; the message says why, and what to do about it where something can be done. */
export class Inexpressible extends Error {
  override name = "Inexpressible";
}

/** The result of `compile`, or the reason why there is none. */
export function orReason<T>(compile: () => T): T | { readonly reason: string } {
  try {
    return compile();
  } catch (error) {
    if (error instanceof Inexpressible) return { reason: error.message };
    throw error;
  }
}
