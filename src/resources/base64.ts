import { encodeBase64 } from "../base/base64.ts";
import { toBytes } from "../template/mod.ts";

/** A text, or the bytes that a template rendered to, as base64 (RFC 4648, padded): the form of a Secret's `data`. */
export function base64Text(text: string): string {
  return encodeBase64(toBytes(text));
}
