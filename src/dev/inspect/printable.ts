import { shortenMiddle } from "../../base/shorten.ts";

/**
 * Text of a response as a terminal may get it: on one line, without control characters, which could move the cursor or
 * say something else than is shown; bounded.
 */
export function printable(text: string, maxLength = 2048): string {
  // deno-lint-ignore no-control-regex -- these are what it is about
  const flat = text.replace(/\s+/g, " ").replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "?");
  return shortenMiddle(flat.trim(), maxLength);
}
