import type { Json } from "../base/json.ts";
import { parseDuration, parseLifetime } from "../base/duration.ts";
import type { TextFormat, TextShape } from "../base/shape.ts";
import { isDnsLabel, isDnsSubdomain, isLabelValue, isQualifiedName } from "../k8s/names.ts";
import { isNamespaceGlob } from "../k8s/namespace_globs.ts";
import { cronProblem, isCronSchedule } from "./cron_schedule.ts";

/** The words that the boolean format reads. */
const truths: Readonly<Record<string, boolean>> = {
  true: true,
  True: true,
  TRUE: true,
  yes: true,
  YES: true,
  "1": true,
  false: false,
  False: false,
  FALSE: false,
  no: false,
  NO: false,
  "0": false,
};

/**
 * Parses a non-empty text by its shape's format and returns the value that is sent: a number for `integer` and
 * `port`, a boolean for `boolean`, a number or text for `intOrPercent`, else the text. `undefined`: it does not fit.
 */
export function readFormat(shape: TextShape, text: string): Json | undefined {
  switch (shape.format) {
    case undefined:
      return text;
    case "integer":
      return wholeNumber(text, shape.min ?? -(2 ** 31), shape.max ?? 2 ** 53 - 1);
    case "port":
      return wholeNumber(text, shape.min ?? 1, shape.max ?? 65_535);
    case "boolean":
      return Object.hasOwn(truths, text) ? truths[text] : undefined;
    case "intOrPercent":
      return /^\d{1,9}%$/.test(text) ? text : wholeNumber(text, shape.min ?? 0, shape.max ?? 2 ** 31 - 1);
    default:
      return formatTests[shape.format](text) ? text : undefined;
  }
}

/** What a text of this shape must be, as a noun phrase for messages: `a whole number from 0 on`. */
export function describeFormat(shape: TextShape): string {
  switch (shape.format) {
    case "integer":
      return `a whole number${range(shape.min, shape.max)}`;
    case "port":
      return `a port number${range(shape.min ?? 1, shape.max ?? 65_535)}`;
    case undefined:
      return "text";
    default:
      return formatNames[shape.format];
  }
}

/** On an object they say what becomes of its children: under a finalizer of their name all would be orphaned, say. */
const ordersOfCollector: ReadonlySet<string> = new Set(["orphan", "foregroundDeletion"]);

type CheckedFormat = Exclude<TextFormat, "integer" | "port" | "boolean" | "intOrPercent">;

const formatTests: Readonly<Record<CheckedFormat, (text: string) => boolean>> = {
  quantity: isQuantity,
  duration: (text) => parseDuration(text) !== undefined,
  lifetime: (text) => (parseLifetime(text) ?? 0) > 0,
  dnsLabel: isDnsLabel,
  dnsSubdomain: isDnsSubdomain,
  namespace: isDnsLabel,
  namespaceGlob: isNamespaceGlob,
  labelKey: isQualifiedName,
  finalizer: (text) => isQualifiedName(text) && !ordersOfCollector.has(text),
  labelValue: isLabelValue,
  cron: isCronSchedule,
};

const formatNames: Readonly<Record<CheckedFormat | "boolean" | "intOrPercent", string>> = {
  boolean: "true or false",
  intOrPercent: 'a whole number or a percentage such as "25%"',
  quantity: 'a quantity such as "250m", "1.5" or "512Mi"',
  duration: 'a duration such as "30s", "5m" or "2d"',
  lifetime: 'a duration such as "12h" or "90d", or years such as "1y"',
  dnsLabel: "a name of at most 63 lower-case letters, digits and hyphens",
  dnsSubdomain: "a name of lower-case letters, digits, hyphens and dots, at most 253 characters",
  namespace: "the name of a namespace (at most 63 lower-case letters, digits and hyphens)",
  namespaceGlob: 'the name of a namespace, or a glob such as "team-*"',
  labelKey: 'a label key such as "app" or "example.org/app"',
  finalizer:
    'a finalizer such as "example.org/archive" (orphan and foregroundDeletion are orders to the garbage collector)',
  labelValue: "a label value (at most 63 letters, digits, hyphens, underscores and dots)",
  cron: 'a cron schedule of five fields, such as "0 3 * * *"',
};

/** What to write in the place of a text that does not have its format, where the text shows it. */
export function formatHint(shape: TextShape, text: string): string | undefined {
  if (shape.format === "cron") return cronProblem(text);
  if (shape.format !== "quantity") return undefined;
  const [, digits, prefix] = /^(\d+\.?\d*)\s*([kKMGTPE])i?[bB]?(?:ytes?)?$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  return `write "${digits}${prefix!.toUpperCase()}i", or "${digits}${prefix === "K" ? "k" : prefix}" for powers of ten`;
}

/**
 * A Kubernetes quantity that is not negative: decimal digits with a decimal or binary suffix or an exponent
 * (k8s.io/apimachinery/pkg/api/resource, "Quantity").
 */
function isQuantity(text: string): boolean {
  return text.length <= 64 && /^\+?(?:\d+\.?\d*|\.\d+)(?:[numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/.test(text);
}

function wholeNumber(text: string, min: number, max: number): number | undefined {
  if (!/^[+-]?\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}

function range(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` from ${min} on`;
  return max === undefined ? "" : ` up to ${max}`;
}
