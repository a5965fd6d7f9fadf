const mark = "…";
const markBytes = 3;

/**
 * A text of at most `maxLength` UTF-16 code units (1 or more). What is too long loses its middle, with `…` in its place:
 * how a message begins and how it ends say the most. No surrogate pair is split.
 */
export function shortenMiddle(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const room = maxLength - mark.length;
  let head = Math.ceil(room / 2);
  let tail = text.length - (room - head);
  if (splitsPair(text, head)) head--;
  if (splitsPair(text, tail)) tail++;
  return text.slice(0, head) + mark + text.slice(tail);
}

/** `shortenMiddle` for a limit in UTF-8 bytes (3 or more). */
export function shortenMiddleBytes(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes || byteLength(text) <= maxBytes) return text;
  const room = maxBytes - markBytes;
  const headRoom = Math.ceil(room / 2);
  let head = 0;
  let bytes = 0;
  for (const rune of text) {
    const size = byteLength(rune);
    if (bytes + size > headRoom) break;
    bytes += size;
    head += rune.length;
  }
  let tail = text.length;
  for (let left = room - headRoom;;) {
    const start = splitsPair(text, tail - 1) ? tail - 2 : tail - 1;
    const size = byteLength(text.slice(start, tail));
    if (size > left) break;
    left -= size;
    tail = start;
  }
  return text.slice(0, head) + mark + text.slice(tail);
}

/** The code units on both sides of `at` are one character. */
function splitsPair(text: string, at: number): boolean {
  return isBetween(text.charCodeAt(at - 1), 0xd800, 0xdc00) && isBetween(text.charCodeAt(at), 0xdc00, 0xe000);
}

function isBetween(unit: number, from: number, to: number): boolean {
  return unit >= from && unit < to;
}

/** UTF-8 bytes; a lone surrogate is encoded as U+FFFD, in three. */
export function byteLength(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (splitsPair(text, i + 1)) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes;
}
