import { isSecretName } from "../base/redact.ts";
import { shortenMiddle } from "../base/shorten.ts";

/** One cause of `Status.details.causes`: which field, and what about it. */
export interface StatusCause {
  /** `metav1.CauseType`, as `FieldValueInvalid`, `FieldManagerConflict` or `ResourceVersionTooLarge`. */
  readonly reason: string;
  readonly field: string;
  /** Without the objects that the server dumps into it. */
  readonly message: string;
}

/** Longest text of a message, in UTF-16 code units; longer ones lose their middle. */
const maxMessage = 4096;
/** Longest value that is printed verbatim. */
const maxValue = 60;
/** Longest field; a key of a map can be as long as a server accepts. */
const maxField = 200;
/** The prefix of the causes: kind and name, and the webhook that refused. */
const maxHead = 1000;

/** How the message of an invalid object begins, also behind the text of a webhook that passes it on. */
const invalidHead = new RegExp(`^[\\s\\S]{0,${maxHead}}? is invalid: `);
const conflictHead = /^Apply failed with \d+ conflicts?: /;
/** What is printed with the invalid value (k8s.io/apimachinery, pkg/util/validation/field/errors.go). */
const withValue = /^(Invalid value|Unsupported value|Duplicate value|Not found): /;

/**
 * A refusal in readable form. One of an invalid object, or of fields with other owners, is printed as its causes,
 * field and message, without the objects that the server dumps into them; every other as the server worded it.
 */
export function refusalText(raw: string, causes: readonly StatusCause[]): string {
  const head = (invalidHead.exec(raw) ?? conflictHead.exec(raw))?.[0];
  const parts = head === undefined ? [] : [...new Set(causes.filter(saysSomething).map(causeText))];
  return shortenMiddle(head === undefined || parts.length === 0 ? raw : head + parts.join("; "), maxMessage);
}

/**
 * The message of a cause without the value in it, unless that is a short scalar of a field that is not called a password
 * or the like. The first line, where a diff follows.
 */
export function causeMessage(message: string, field = ""): string {
  const [line = ""] = message.split("\n", 1);
  const prefix = withValue.exec(line)?.[0];
  if (prefix === undefined) return shortenMiddle(line, maxMessage);
  const rest = line.slice(prefix.length);
  const length = valueLength(rest);
  const value = rest.slice(0, length);
  const why = rest.slice(length).replace(/^: /, "");
  if (isTold(value) && !isSecretName(lastName(field))) {
    return shortenMiddle(`${prefix}${shortenScalar(value)}${why === "" ? "" : `: ${why}`}`, maxMessage);
  }
  return shortenMiddle(why === "" ? prefix.slice(0, -2) : why, maxMessage);
}

/** `spec.db.password[0]` → `password`. */
function lastName(field: string): string {
  return field.slice(field.lastIndexOf(".") + 1);
}

/** Not about the object as a whole, which an earlier error kept from being validated. */
function saysSomething({ field, reason, message }: StatusCause): boolean {
  return (field !== "<nil>" || reason !== "FieldValueInvalid") && message !== "";
}

function causeText({ field, message }: StatusCause): string {
  const where = field.replace(/^\./, "");
  return where === "" || field === "<nil>" ? message : `${shortenMiddle(where, maxField)}: ${message}`;
}

/** How Go prints a value of a struct, list or map type, as Kubernetes before 1.32 does: `v1.LabelSelector{…}`. */
const goValue = /^[&*]*(?:\[[\w.]*\]|[\w.*])+(?:\{|\(nil\))/;

/** Length of the value that a text begins with, as JSON or in Go's syntax. 0 when there is none. */
function valueLength(text: string): number {
  const first = text[0];
  if (first === '"') return stringLength(text, 0);
  const typed = goValue.exec(text)?.[0];
  if (typed !== undefined) {
    return typed.endsWith("{") ? typed.length - 1 + structureLength(text.slice(typed.length - 1)) : typed.length;
  }
  if (first === "{" || first === "[") return structureLength(text);
  return /^(?:null|true|false|-?\d[\d.eE+-]*)(?=: |$)/.exec(text)?.[0].length ?? 0;
}

function stringLength(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === '"') return i + 1 - start;
  }
  return text.length - start;
}

function structureLength(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text[i];
    if (unit === '"') i += stringLength(text, i) - 1;
    else if (unit === "{" || unit === "[") depth++;
    else if ((unit === "}" || unit === "]") && --depth === 0) return i + 1;
  }
  return text.length; // truncated: all of it is the dump
}

/** "object" and "array" stand for one where rules of a schema failed (Kubernetes before 1.33). */
function isTold(value: string): boolean {
  return /^(?:"|true$|false$|-?\d)/.test(value) && value !== '"object"' && value !== '"array"';
}

function shortenScalar(value: string): string {
  if (value.length <= maxValue) return value;
  return value.startsWith('"') ? `"${shortenMiddle(value.slice(1, -1), maxValue)}"` : shortenMiddle(value, maxValue);
}
