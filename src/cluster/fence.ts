import type { RequestLine } from "./api_error.ts";

/**
 * Decides, immediately before a request leaves the process, whether it still may: throws `FencedError` when it may not.
 * It stands below the budget and below repeats, so that a write that was decided and then had to wait is held to what is
 * true when it goes out.
 */
export type Fence = (request: RequestLine) => void;

/** A request was not sent: its sender has lost the right to send. */
export class FencedError extends Error {
  override name = "FencedError";
  readonly request: RequestLine;

  constructor(request: RequestLine, reason: string) {
    super(`${reason}: ${request.verb} ${request.path} is not sent`);
    this.request = request;
  }
}
