/** SHA-256 (FIPS 180-4) in plain code: digests are needed synchronously, and the pure folders know no platform. */

const roundConstants = new Uint32Array(64);
const initialState = new Uint32Array(8);
// The constants are the first 32 bits of the fractional parts of cube and square roots of the first primes.
for (let candidate = 2, found = 0; found < 64; candidate++) {
  let prime = true;
  for (let divisor = 2; divisor * divisor <= candidate; divisor++) if (candidate % divisor === 0) prime = false;
  if (!prime) continue;
  if (found < 8) initialState[found] = fraction(Math.sqrt(candidate));
  roundConstants[found++] = fraction(Math.cbrt(candidate));
}

function fraction(root: number): number {
  return Math.floor((root - Math.floor(root)) * 2 ** 32);
}

const encoder = new TextEncoder();
/** Reused, for most texts are short and digests are made by the thousand. */
const shortText = new Uint8Array(16_384);
const schedule = new Int32Array(64);
const constants = new Int32Array(roundConstants);

/** The digest of bytes, or of a text's UTF-8 bytes, as 64 lower-case hexadecimal digits. */
export function sha256Hex(data: string | Uint8Array): string {
  const { bytes, length } = typeof data === "string" ? encode(data) : padded(data);
  const end = (length + 72) & ~63;
  bytes[length] = 0x80;
  bytes.fill(0, length + 1, end);
  const view = new DataView(bytes.buffer, 0, end);
  view.setUint32(end - 8, Math.floor(length / 2 ** 29));
  view.setUint32(end - 4, length << 3);
  const state = new Int32Array(initialState);
  for (let at = 0; at < end; at += 64) addBlock(state, view, at);
  let hex = "";
  for (const word of state) hex += (word >>> 0).toString(16).padStart(8, "0");
  return hex;
}

/** UTF-8, in a buffer with room for the padding. */
function encode(text: string): { bytes: Uint8Array<ArrayBuffer>; length: number } {
  if (text.length * 3 + 72 <= shortText.length) {
    return { bytes: shortText, length: encoder.encodeInto(text, shortText).written };
  }
  return padded(encoder.encode(text));
}

/** A copy with room for the padding. */
function padded(exact: Uint8Array): { bytes: Uint8Array<ArrayBuffer>; length: number } {
  const bytes = new Uint8Array(exact.length + 72);
  bytes.set(exact);
  return { bytes, length: exact.length };
}

/** One round of 64 bytes. Plain variables: this is the innermost loop of every pass. */
function addBlock(state: Int32Array, view: DataView, at: number): void {
  const w = schedule;
  for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + 4 * i);
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15]!, y = w[i - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = w[i - 16]! + s0 + w[i - 7]! + s1;
  }
  let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!;
  let e = state[4]!, f = state[5]!, g = state[6]!, h = state[7]!;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + constants[i]! + w[i]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] = state[0]! + a;
  state[1] = state[1]! + b;
  state[2] = state[2]! + c;
  state[3] = state[3]! + d;
  state[4] = state[4]! + e;
  state[5] = state[5]! + f;
  state[6] = state[6]! + g;
  state[7] = state[7]! + h;
}
