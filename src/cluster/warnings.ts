import type { Clock } from "../base/clock.ts";
import { shortenMiddle } from "../base/shorten.ts";
import type { RequestLine } from "./api_error.ts";

/** The request that got a warning. */
export interface WarnedRequest extends RequestLine {
  /** The pass that made it. */
  readonly pass?: string | undefined;
}

/** The same text is reported again after this long. */
const repeatMs = 60 * 60_000;
/** Maximum number of different texts that are reported within `repeatMs`. */
const maxTexts = 64;
/** UTF-16 code units of a text. */
const maxLength = 1024;

/**
 * Makes an `onWarning` of a client that reports each text at most once an hour, with the first request that got it. Most
 * warnings (a deprecated version, an unknown field) come with every request of a kind.
 */
export function deduplicateWarnings(
  report: (message: string, pass: string | undefined) => void,
  clock: Clock,
): (text: string, request: WarnedRequest) => void {
  /** Text → when it was reported, the oldest first. */
  const reportedMs = new Map<string, number>();
  let suppressing = false;
  return (full, { verb, path, pass }) => {
    const text = shortenMiddle(full, maxLength);
    const nowMs = clock.nowMs();
    for (const [old, atMs] of reportedMs) {
      if (nowMs - atMs < repeatMs) break;
      reportedMs.delete(old);
      suppressing = false;
    }
    if (reportedMs.has(text)) return;
    if (reportedMs.size < maxTexts) {
      reportedMs.set(text, nowMs);
      report(`Warning: ${text} (${verb} ${path.split("?", 1)[0]})`, pass);
    } else if (!suppressing) {
      suppressing = true;
      report(`Warning: more than ${maxTexts} different warnings within an hour; further ones are not logged`, pass);
    }
  };
}
