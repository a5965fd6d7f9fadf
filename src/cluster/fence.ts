import type { RequestLine } from "./api_error.ts";

/**
 * The right of a process to write, as its requests see it. It is read below the budget and below repeats, so that a
 * write that was decided and then had to wait is held to what is true when it goes out.
 */
export interface Fence {
  /**
   * Called immediately before a request leaves the process; nothing that waits comes between the two. Throws
   * `FencedError` when it may not be sent.
   */
  check(request: RequestLine): void;
  /** Time until writes are refused unless the right is renewed, in ms; 0: they are refused now. */
  leftMs(): number;
  /** Appended to the user agent of every request (ruling 89): `lease=7`; `undefined`: nothing to append. */
  readonly userAgent: string | undefined;
}

/** A request was not sent, or was aborted: its sender has lost the right to write. */
export class FencedError extends Error {
  override name = "FencedError";
  readonly request: RequestLine;

  constructor(request: RequestLine, reason: string, { wasSent = false } = {}) {
    super(`${reason}: ${request.verb} ${request.path} is ${wasSent ? "aborted" : "not sent"}`);
    this.request = request;
  }
}
