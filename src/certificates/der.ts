/** Distinguished Encoding Rules (X.690): just what a certificate is made of. */

const encoder = new TextEncoder();

function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = [tag, ...lengthOf(length)];
  const whole = new Uint8Array(head.length + length);
  whole.set(head);
  let at = head.length;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function lengthOf(length: number): number[] {
  if (length < 128) return [length];
  const bytes: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256);
  return [0x80 | bytes.length, ...bytes];
}

export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return element(0x30, ...parts);
}

export function set(...parts: readonly Uint8Array[]): Uint8Array {
  return element(0x31, ...parts);
}

/** A constructed value with a context-specific tag. */
export function tagged(number: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return element(0xa0 | number, ...parts);
}

/** A primitive value with a context-specific tag. */
export function implicit(number: number, bytes: Uint8Array): Uint8Array {
  return element(0x80 | number, bytes);
}

/** A number that is not negative, most significant byte first. */
export function integer(bytes: Uint8Array): Uint8Array {
  return (bytes[0] ?? 0) > 127 ? element(0x02, Uint8Array.of(0), bytes) : element(0x02, bytes);
}

export function smallInteger(value: number): Uint8Array {
  return integer(Uint8Array.of(value));
}

export function boolean(value: boolean): Uint8Array {
  return element(0x01, Uint8Array.of(value ? 0xff : 0));
}

/** `2.5.4.3` */
export function objectIdentifier(text: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) groups.unshift(0x80 | left % 128);
    bytes.push(...groups);
  }
  return element(0x06, Uint8Array.from(bytes));
}

export const nothing: Uint8Array = element(0x05);

export function utf8(text: string): Uint8Array {
  return element(0x0c, encoder.encode(text));
}

export function octets(bytes: Uint8Array): Uint8Array {
  return element(0x04, bytes);
}

export function bits(bytes: Uint8Array, unused = 0): Uint8Array {
  return element(0x03, Uint8Array.of(unused), bytes);
}

/** RFC 5280, section 4.1.2.5: years up to 2049 have two digits. */
export function time(ms: number): Uint8Array {
  const [date, clock] = new Date(ms).toISOString().slice(0, 19).split("T") as [string, string];
  const text = `${date.replaceAll("-", "")}${clock.replaceAll(":", "")}Z`;
  return Number(text.slice(0, 4)) < 2050
    ? element(0x17, encoder.encode(text.slice(2)))
    : element(0x18, encoder.encode(text));
}
