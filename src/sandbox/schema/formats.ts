import { isCidr, isEmail, isHostname, isIpv4, isIpv6, isMac, isRequestUri } from "./addresses.ts";
import type { Schema } from "./schema.ts";

/** The formats that custom resources are checked against (apiextensions `pkg/apiserver/validation/formats.go`). */
const formats: Readonly<Record<string, (text: string) => boolean>> = {
  "date-time": (text) => {
    const [date, time, ...more] = text.toLowerCase().split("t");
    // Between the seconds and their fraction may stand anything.
    const parts = /^(\d\d):(\d\d):(\d\d)(?:.\d+)?(?:z|[+-]\d\d:\d\d)$/.exec(time ?? "");
    return more.length === 0 && isDate(date!) && parts !== null && parts[1]! <= "23" && parts[2]! <= "59" &&
      parts[3]! <= "59";
  },
  datetime: (text) => formats["date-time"]!(text),
  date: (text) => isDate(text),
  duration: (text) =>
    /^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.test(text) ||
    [...text.matchAll(/\d+\s*([A-Za-zµ]+)/g)].some(([, unit]) =>
      /^(?:ns|us|µs|ms|s|m|h|hr|d|w|wk|(?:nano|micro|milli|sec|min|hour|day|week).*)$/i.test(unit!)
    ),
  email: isEmail,
  hostname: isHostname,
  ipv4: (text) => text.includes(".") && (isIpv4(text, true) || isIpv6(text, true)),
  ipv6: (text) => isIpv6(text),
  cidr: isCidr,
  mac: isMac,
  uri: isRequestUri,
  uuid: (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text),
  uuid3: (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text),
  uuid4: (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i.test(text),
  uuid5: (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i.test(text),
  byte: (text) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/.test(text),
  hexcolor: (text) => /^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/.test(text),
  rgbcolor: (text) =>
    /^rgb\(\s*\d{1,3}\s*,\s*\d{1,3}\s*,\s*\d{1,3}\s*\)$/.test(text) &&
    text.match(/\d+/g)!.every((part) => Number(part) <= 255 && String(Number(part)) === part),
  ssn: (text) => text.length === 11 && /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  bsonobjectid: (text) => /^[0-9a-fA-F]{24}$/.test(text),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: isCreditCard,
  password: () => true,
  "k8s-short-name": (text) => text.length <= 63 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(text),
  "k8s-long-name": (text) =>
    text.length <= 253 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/.test(text),
};

/** Formats of numbers. */
const numeric = ["int32", "int64", "float", "double"];

/** Whether the API server knows a format at all. */
export function isKnownFormat(format: string): boolean {
  return Object.hasOwn(formats, format) || numeric.includes(format);
}

/** The format that a value is held to; `undefined` where none is given, or one that its type does not have. */
export function checkedFormat(schema: Schema): string | undefined {
  const format = schema.text("format");
  if (format === undefined || format === "") return undefined;
  switch (schema.intOrString ? "" : schema.type) {
    case "":
    case "string":
      return !numeric.includes(format) && isKnownFormat(format) ? format : undefined;
    case "integer":
      return format === "int32" || format === "int64" ? format : undefined;
    case "number":
      return format === "float" || format === "double" ? format : undefined;
    default:
      return undefined;
  }
}

/** Longer texts are not held to a format other than by length. */
const maxCheckedLength = 8192;

/** True when `text` is of `format`; unknown formats accept everything. */
export function matchesFormat(format: string, text: string): boolean {
  const matches = Object.hasOwn(formats, format) ? formats[format] : undefined;
  return matches === undefined || (text.length <= maxCheckedLength && matches(text));
}

function isDate(text: string): boolean {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (parts === null) return false;
  const [year, month, day] = parts.slice(1).map(Number) as [number, number, number];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function digitsOf(text: string): number[] {
  return [...text].map((char) => char === "X" ? 10 : Number(char));
}

function isIsbn10(text: string): boolean {
  const bare = text.replace(/[\s-]/g, "");
  return /^[0-9]{9}[0-9X]$/.test(bare) && digitsOf(bare).reduce((sum, digit, i) => sum + (i + 1) * digit, 0) % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const bare = text.replace(/[\s-]/g, "");
  return /^[0-9]{13}$/.test(bare) &&
    digitsOf(bare).reduce((sum, digit, i) => sum + (i % 2 === 0 ? 1 : 3) * digit, 0) % 10 === 0;
}

const card =
  /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$/;

function isCreditCard(text: string): boolean {
  const bare = text.replace(/[^0-9]+/g, "");
  const sum = digitsOf(bare).reverse().reduce((total, digit, i) => {
    const counted = i % 2 === 0 ? digit : 2 * digit;
    return total + (counted > 9 ? counted - 9 : counted);
  }, 0);
  return card.test(bare) && sum % 10 === 0;
}
