import { randomBytes } from "../environment.ts";
import type { Budget } from "../budget.ts";
import { Failure } from "../failure.ts";
import type { Value } from "../values.ts";
import { countArgument } from "./arguments.ts";
import { define, type LibraryFunction } from "./function.ts";

const domain = "Random";

/** Functions that give something else each time: for Secrets with `once`, and children that are only made. */
export const random: readonly LibraryFunction[] = [
  define(domain, "randomAlphanumeric(length)", "Letters and digits", ([length], budget) => {
    return alphanumeric(bounded(length, 1, budget));
  }),
  define(domain, "randomHex(bytes)", "Random bytes as hexadecimal digits, two for each", ([bytes], budget) => {
    return hex(randomBytes(bounded(bytes, 2, budget)));
  }),
  define(domain, "randomBase64(bytes)", "Random bytes in base64 as in URLs, without padding", ([bytes], budget) => {
    return base64Url(randomBytes(bounded(bytes, 2, budget)));
  }),
  define(domain, "uuidv4()", "A random UUID", () => {
    const bytes = randomBytes(16);
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }),
];

/** Names of functions whose result is another one each time. */
export const randomFunctions: ReadonlySet<string> = new Set(random.map(({ name }) => name));

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const urlLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Secrets are short: a large number is a mistake. */
const maxLength = 65_536;

function bounded(value: Value, perUnit: number, budget: Budget): number {
  const count = countArgument(value);
  if (count < 0 || count > maxLength) throw new Failure(`the length must be 0 to ${maxLength}`);
  budget.make(count * perUnit);
  return count;
}

/** Each with the same probability: bytes beyond the largest multiple are drawn again. */
function alphanumeric(length: number): string {
  const limit = 256 - 256 % letters.length;
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length - text.length)) if (byte < limit) text += letters[byte % letters.length];
  }
  return text;
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function base64Url(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const group = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const digits = Math.min(3, bytes.length - i) + 1;
    for (let digit = 0; digit < digits; digit++) text += urlLetters[(group >> (18 - 6 * digit)) & 63];
  }
  return text;
}
