import { Failure } from "./failure.ts";

/**
 * Go's text is bytes, ours is UTF-16. A byte that is not part of valid UTF-8 is kept as the lone surrogate U+DC00 +
 * byte, so that slicing, `\xff` and hexadecimal printing work on bytes and every other operation on plain text.
 */
// deno-lint-ignore no-control-regex
const beyondAscii = /[^\x00-\x7f]/;
/** In `u` mode this matches lone surrogates only. */
const strayByte = /[\udc80-\udcff]/u;
const loneOther = /[\ud800-\udc7f\udd00-\udfff]/gu;

const encoder = new TextEncoder();

/** Length in UTF-8 bytes. */
export function byteLength(text: string): number {
  if (!beyondAscii.test(text)) return text.length;
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    else if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(i + 1))) {
      length += 4;
      i++;
    } else length += isStrayByte(unit) ? 1 : 3;
  }
  return length;
}

/** The bytes of a text; a lone surrogate that stands for no byte is U+FFFD. */
export function toBytes(text: string): Uint8Array {
  if (!strayByte.test(text)) return encoder.encode(text);
  const bytes = new Uint8Array(byteLength(text));
  let at = 0;
  for (const rune of text) {
    const unit = rune.charCodeAt(0);
    if (rune.length === 1 && isStrayByte(unit)) bytes[at++] = unit - 0xdc00;
    else at += encoder.encodeInto(rune, bytes.subarray(at)).written;
  }
  return bytes;
}

/** The text of bytes, by Go's rules of what is one code point. */
export function fromBytes(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const size = runeSize(bytes, at);
    if (size === 0) text += String.fromCharCode(0xdc00 + bytes[at++]!);
    else {
      text += String.fromCodePoint(runeAt(bytes, at, size));
      at += size;
    }
  }
  return text;
}

/** Stray bytes that have come to stand together may be characters now. To be called on text put together of parts. */
export function joined(text: string): string {
  return strayByte.test(text) ? fromBytes(toBytes(text)) : text;
}

/** The text has bytes that are not UTF-8. Call it on `joined` text. */
export function hasBytes(text: string): boolean {
  return strayByte.test(text);
}

/** What a render does with bytes that are not UTF-8: it fails, or it gives them as lone surrogates (ruling 69). */
export type BytesUse = "refuse" | "keep";

/**
 * Text for the world outside. Bytes that are not UTF-8 are never replaced: see `BytesUse`. A lone surrogate that stands
 * for no byte is not valid text either, and becomes U+FFFD.
 */
export function outside(text: string, bytes: BytesUse): string {
  if (!beyondAscii.test(text)) return text;
  const whole = joined(text);
  if (!hasBytes(whole)) return whole.toWellFormed();
  if (bytes === "refuse") {
    throw new Failure(
      "Cannot use bytes that are not UTF-8: only the data of secrets and configMaps can hold them (toBase64 makes text of them)",
    );
  }
  return whole.replace(loneOther, "\ufffd");
}

/** Number of code points; a stray byte is one. */
export function runeCount(text: string): number {
  if (!beyondAscii.test(text)) return text.length;
  let count = 0;
  for (const _rune of text) count++;
  return count;
}

/** The byte that a rune of a text stands for when it is a stray one, otherwise `undefined`. */
export function strayByteOf(rune: string): number | undefined {
  const unit = rune.charCodeAt(0);
  return rune.length === 1 && isStrayByte(unit) ? unit - 0xdc00 : undefined;
}

/** Bytes of the well-formed sequence at `at` (The Unicode Standard, table 3-7); 0 when there is none. */
function runeSize(bytes: Uint8Array, at: number): 0 | 1 | 2 | 3 | 4 {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const second = bytes[at + 1] ?? 0;
  if (first < 0xc2 || first > 0xf4) return 0;
  if (first < 0xe0) return isContinuation(second) ? 2 : 0;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high || !isContinuation(bytes[at + 2] ?? 0)) return 0;
  if (first < 0xf0) return 3;
  return isContinuation(bytes[at + 3] ?? 0) ? 4 : 0;
}

function runeAt(bytes: Uint8Array, at: number, size: 1 | 2 | 3 | 4): number {
  if (size === 1) return bytes[at]!;
  let rune = bytes[at]! & (0xff >> (size + 1));
  for (let i = 1; i < size; i++) rune = (rune << 6) | (bytes[at + i]! & 0x3f);
  return rune;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

function isStrayByte(unit: number): boolean {
  return unit >= 0xdc80 && unit <= 0xdcff;
}
