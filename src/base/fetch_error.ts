/** An error of `fetch` with its reason: newer versions of Deno say it in the cause alone. */
export function withReason(error: unknown): unknown {
  return error instanceof TypeError && error.cause instanceof Error
    ? new TypeError(`${error.message}: ${error.cause.message}`, { cause: error.cause })
    : error;
}
