import { fromBytes } from "./bytes.ts";
import { Complex, float, Int, int64, type Value } from "./values.ts";

/** Literals as Go writes them. Each function throws `LiteralError`; the parser knows the position. */
export class LiteralError extends Error {
  override readonly name = "LiteralError";

  /** `hint` says what to write in its place. */
  constructor(message: string, readonly hint?: string) {
    super(message);
  }
}

/** An integer above 2^63-1 that Go takes in a template and refuses when it gets there. */
export class IntegerOverflow {
  constructor(readonly text: string) {}
}

const maxUint64 = 2n ** 64n - 1n;

/** The value of a number token: Go's rules of untyped constants (text/template/parse, NumberNode). */
export function parseNumber(text: string): Value | IntegerOverflow {
  if (text.endsWith("i")) {
    const imaginary = parseFloat64(text.slice(0, -1));
    if (imaginary !== undefined) return new Complex(0, imaginary);
  }
  const integer = parseInteger(text);
  const floating = integer === undefined ? parseFloat64(text) : Number(integer);
  if (floating === undefined) throw new LiteralError(`Cannot read the number "${text}"`);
  const looksLikeFloat = /[.eEpP]/.test(text);
  if (integer === undefined && !looksLikeFloat) throw new LiteralError(`Cannot read "${text}": it is over 64 bits`);
  // A hexadecimal number may hold an "e"; with a sign in front Go takes even that for a float.
  const hexadecimal = /^0[xX]/.test(text) && !/[pP]/.test(text);
  if (looksLikeFloat && !hexadecimal) return float(floating);
  if (integer! >= 2n ** 63n) return new IntegerOverflow(text);
  return new Int(int64(integer!));
}

/** The value of `1+2i`. */
export function parseComplex(text: string): Value {
  const lastSign = (before: number) => Math.max(text.lastIndexOf("+", before), text.lastIndexOf("-", before));
  const exponent = /^[+-]?0[xX]/.test(text) ? /[pP]/ : /[eE]/;
  let at = lastSign(text.length);
  if (exponent.test(text[at - 1] ?? "")) at = lastSign(at - 1);
  const real = parseFloat64(text.slice(0, at)), imaginary = parseFloat64(text.slice(at, -1));
  if (real === undefined || imaginary === undefined) throw new LiteralError(`Cannot read the number "${text}"`);
  return new Complex(real, imaginary);
}

/** An integer in any base, -2^63 … 2^64-1; `undefined` when the text is none. */
function parseInteger(text: string): bigint | undefined {
  const [, sign, prefix, digits] = /^([+-]?)(0[xXoObB]|0(?=[0-9_]))?(.+)$/.exec(text) ?? [];
  if (digits === undefined || !underscoresStandBetweenDigits(text)) return undefined;
  const plain = digits.replaceAll("_", "").replace(/^0+(?=.)/, "");
  // More digits than 64 bits have in any base: not worth converting.
  if (plain.length > 64) return undefined;
  const base = prefix === undefined ? "" : prefix.length === 1 ? "0o" : prefix.toLowerCase();
  const pattern = { "": /^[0-9]+$/, "0x": /^[0-9a-fA-F]+$/, "0o": /^[0-7]+$/, "0b": /^[01]+$/ }[base];
  if (!pattern?.test(plain)) return undefined;
  const value = BigInt(base + plain);
  if (sign === "-") return value <= 2n ** 63n ? -value : undefined;
  // A plus sign makes it a signed number, which ends at 2^63-1.
  return value <= (sign === "+" ? 2n ** 63n - 1n : maxUint64) ? value : undefined;
}

/** A decimal or hexadecimal float64; `undefined` when the text is none or it is too large. */
export function parseFloat64(text: string): number | undefined {
  if (!underscoresStandBetweenDigits(text)) return undefined;
  const plain = text.replaceAll("_", "");
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(plain)) return finite(Number(plain));
  const match = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)$/.exec(plain);
  if (!match) return undefined;
  const [, sign, whole = "", fraction = "", exponent] = match;
  if (whole + fraction === "") return undefined;
  const value = scaled(BigInt(`0x${whole}${fraction}`), Number(exponent) - 4 * fraction.length);
  return finite(sign === "-" ? -value : value);
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

/** `mantissa` × 2^`exponent`, rounded once to the nearest float64, ties to even. */
function scaled(mantissa: bigint, exponent: number): number {
  if (mantissa === 0n) return 0;
  const bits = mantissa.toString(2).length;
  // The last bit that a float64 of this size has: 2^-1074 is the smallest of all.
  const drop = Math.max(bits - 53, -1074 - exponent);
  if (drop <= 0) return Number(mantissa) * powerOfTwo(exponent);
  if (drop > bits + 1) return 0;
  const kept = mantissa >> BigInt(drop);
  const rest = mantissa - (kept << BigInt(drop));
  const half = 1n << BigInt(drop - 1);
  const up = rest > half || (rest === half && (kept & 1n) === 1n);
  return Number(kept + (up ? 1n : 0n)) * powerOfTwo(exponent + drop);
}

function powerOfTwo(exponent: number): number {
  return exponent < -1022 ? 2 ** -1022 * 2 ** (exponent + 1022) : 2 ** exponent;
}

function underscoresStandBetweenDigits(text: string): boolean {
  if (!text.includes("_")) return true;
  const body = text.replace(/^[+-]/, "");
  // A prefix counts as a digit.
  if (/^0[xX]/.test(body)) return !/(^|[^0-9a-fA-F])_|_([^0-9a-fA-F]|$)/.test(body.replace(/^0[xX]/, "0"));
  return !/(^|[^0-9])_|_([^0-9]|$)/.test(body.replace(/^0[oObB]/, "0"));
}

/** The code point of a character constant. */
export function parseCharacter(text: string): Value {
  const read = unquoteOne(text, 1, "'");
  if (read.next !== text.length - 1) {
    const hint = `text stands in double quotes: "${text.slice(1, -1)}"`;
    throw new LiteralError(`Cannot read ${text}: a character constant is one character`, hint);
  }
  return new Int(read.code);
}

/** The text of a quoted or backquoted token. */
export function parseText(text: string): string {
  if (text.startsWith("`")) return text.slice(1, -1).replaceAll("\r", "");
  if (!text.includes("\\")) return text.slice(1, -1);
  const bytes: number[] = [];
  let result = "";
  const flush = () => {
    if (bytes.length > 0) result += fromBytes(Uint8Array.from(bytes.splice(0)));
  };
  for (let at = 1; at < text.length - 1;) {
    const read = unquoteOne(text, at, '"');
    at = read.next;
    if (read.byte) bytes.push(read.code);
    else {
      flush();
      result += String.fromCodePoint(read.code);
    }
  }
  flush();
  return result;
}

interface Unquoted {
  readonly code: number;
  /** The code is a byte, `\xff` or `\377`, not a character. */
  readonly byte: boolean;
  readonly next: number;
}

const simpleEscapes: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  "\\": 0x5c,
};
const hexDigits: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function unquoteOne(text: string, at: number, quote: string): Unquoted {
  const code = text.codePointAt(at)!;
  if (text[at] === quote) throw new LiteralError(`Cannot read ${text}: it is empty`);
  if (text[at] !== "\\") return { code, byte: false, next: at + (code > 0xffff ? 2 : 1) };
  const letter = text[at + 1] ?? "";
  if (letter === quote) return { code: letter.charCodeAt(0), byte: false, next: at + 2 };
  const simple = Object.hasOwn(simpleEscapes, letter) ? simpleEscapes[letter] : undefined;
  if (simple !== undefined) return { code: simple, byte: false, next: at + 2 };
  const octal = /^[0-3][0-7]{2}/.exec(text.slice(at + 1, at + 4));
  if (octal) return { code: Number.parseInt(octal[0], 8), byte: true, next: at + 4 };
  const length = Object.hasOwn(hexDigits, letter) ? hexDigits[letter]! : 0;
  const digits = text.slice(at + 2, at + 2 + length);
  const value = length > 0 && /^[0-9a-fA-F]+$/.test(digits) && digits.length === length
    ? Number.parseInt(digits, 16)
    : undefined;
  if (value === undefined || (letter !== "x" && (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)))) {
    throw new LiteralError(`Cannot read ${text}: "\\${letter}" is not an escape of Go`);
  }
  return { code: value, byte: letter === "x", next: at + 2 + length };
}
