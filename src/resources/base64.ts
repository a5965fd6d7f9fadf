import { toBytes } from "../template/mod.ts";

/** A text, or the bytes that a template rendered to, as base64 (RFC 4648, padded): the form of a Secret's `data`. */
export function base64Text(text: string): string {
  const bytes = toBytes(text);
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}
