const encoder = new TextEncoder();
/** By their first bytes, so that a program is read once, however many texts are looked for. */
const prefix = 4;

/** Which of these texts occur in bytes, as `strings` and `grep` would find them. Each has four bytes at least. */
export function findTexts(bytes: Uint8Array, texts: Iterable<string>): Set<string> {
  const byPrefix = new Map<number, { readonly text: string; readonly encoded: Uint8Array }[]>();
  /** Whether any text begins with these two bytes. */
  const begins = new Uint8Array(65_536);
  for (const text of texts) {
    const encoded = encoder.encode(text);
    if (encoded.length < prefix) throw new RangeError(`Cannot look for "${text}": it has less than ${prefix} bytes`);
    const key = keyAt(encoded, 0);
    begins[key & 0xffff] = 1;
    byPrefix.set(key, [...byPrefix.get(key) ?? [], { text, encoded }]);
  }
  const found = new Set<string>();
  for (let at = 0; at + prefix <= bytes.length; at++) {
    if (begins[bytes[at]! | bytes[at + 1]! << 8] === 0) continue;
    for (const { text, encoded } of byPrefix.get(keyAt(bytes, at)) ?? []) {
      if (!found.has(text) && encoded.every((byte, index) => bytes[at + index] === byte)) found.add(text);
    }
  }
  return found;
}

/** The first four bytes, the first one lowest. */
function keyAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24) >>> 0;
}
