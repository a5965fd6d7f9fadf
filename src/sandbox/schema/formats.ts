/** The formats that custom resources are checked against (apiextensions `pkg/apiserver/validation/formats.go`). */
const formats: Readonly<Record<string, (text: string) => boolean>> = {
  "date-time": (text) =>
    /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:?\d\d)$/.test(text) &&
    !Number.isNaN(Date.parse(text)),
  datetime: (text) => formats["date-time"]!(text),
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)),
  duration: (text) =>
    /^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.test(text) ||
    /^\d+ ?(?:d|w|day|week)s?$/.test(text),
  email: (text) => /^[^\s@<>]+@[^\s@<>]+$/.test(text),
  hostname: (text) =>
    // The last of several labels has two letters at least, and no digits.
    text.length <= 255 && text.split(".").every((label) => /^[A-Za-z0-9](?:[-A-Za-z0-9]*[A-Za-z0-9])?$/.test(label)) &&
    (!text.includes(".") || /\.[A-Za-z]{2,63}$/.test(text)),
  ipv4: (text) => isIpv4(text),
  ipv6: (text) => isIpv6(text),
  ip: (text) => isIpv4(text) || isIpv6(text),
  cidr: (text) => {
    const slash = text.lastIndexOf("/");
    const bits = text.slice(slash + 1);
    if (slash < 0 || !/^\d{1,3}$/.test(bits)) return false;
    const address = text.slice(0, slash);
    return (isIpv4(address) && Number(bits) <= 32) || (isIpv6(address) && Number(bits) <= 128);
  },
  mac: (text) => /^(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$/.test(text),
  uri: (text) => URL.canParse(text),
  uuid: (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text),
  uuid3: (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text),
  uuid4: (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i.test(text),
  uuid5: (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i.test(text),
  byte: (text) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text),
  hexcolor: (text) => /^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/.test(text),
  "k8s-short-name": (text) => text.length <= 63 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(text),
  "k8s-long-name": (text) =>
    text.length <= 253 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/.test(text),
};

/** Formats that say something about numbers, or nothing that is checked. */
const unchecked = [
  "int32",
  "int64",
  "float",
  "double",
  "password",
  "bsonobjectid",
  "isbn",
  "isbn10",
  "isbn13",
  "creditcard",
  "ssn",
  "rgbcolor",
];

/** Whether the API server knows a format at all. */
export function isKnownFormat(format: string): boolean {
  return Object.hasOwn(formats, format) || unchecked.includes(format);
}

/** Longer texts are not held to a format other than by length. */
const longestChecked = 8192;

/** True when `text` is of `format`; formats that nobody knows accept everything. */
export function matchesFormat(format: string, text: string): boolean {
  const matches = Object.hasOwn(formats, format) ? formats[format] : undefined;
  return matches === undefined || (text.length <= longestChecked && matches(text));
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

function isIpv6(text: string): boolean {
  return text.includes(":") && /^[0-9A-Fa-f:.]{2,45}$/.test(text) && URL.canParse(`http://[${text}]`);
}
