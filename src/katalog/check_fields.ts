import type { RecordShape, Shape } from "../base/shape.ts";
import { nearest } from "../base/suggest.ts";
import { isNull, keyPath, type MapNode } from "./node.ts";
import type { Report } from "./report.ts";

/** Checks which keys a map has: unknown and missing ones, and the rules between them. */
export function checkFields(node: MapNode, shape: RecordShape, path: string, report: Report): void {
  for (const [key, { keyAt, value }] of node.entries) {
    const field = Object.hasOwn(shape.fields, key) ? shape.fields[key] : shape.rest;
    if (field === undefined) {
      report.error(keyAt, keyPath(path, key), `Unknown key "${key}"`, unknownKeyHint(key, shape));
    } else if (field.support === "later") {
      report.error(keyAt, keyPath(path, key), `"${key}" is not supported yet`, field.doc);
    } else if (field.support === "never") {
      report.error(keyAt, keyPath(path, key), `"${key}" is not supported`, field.doc);
    } else if (isNull(value) && !takesNull(field) && shape.required?.includes(key) !== true) {
      report.warn(
        keyAt,
        keyPath(path, key),
        `"${key}" has no value and counts as absent`,
        "give it a value or remove it",
      );
    }
  }
  const given = (key: string): boolean => {
    const value = node.entries.get(key)?.value;
    return value !== undefined && (!isNull(value) || takesNull(shape.fields[key]));
  };
  checkRequired(node, shape, given, path, report);
  for (const group of shape.exclusive ?? []) {
    const [, second] = group.filter(given);
    if (second === undefined) continue;
    const together = group.filter(given).map((key) => `"${key}"`).join(" and ");
    report.error(
      node.entries.get(second)!.keyAt,
      keyPath(path, second),
      `${together} exclude each other`,
      "keep one of them",
    );
  }
  for (const group of shape.oneOfFields ?? []) {
    if (!group.some(given)) report.error(node.at, path, `One of ${list(group)} is missing`);
  }
  for (const [key, others] of Object.entries(shape.needs ?? {})) {
    const lacking = given(key) ? others.filter((other) => !given(other)) : [];
    if (lacking.length > 0) {
      report.error(node.entries.get(key)!.keyAt, keyPath(path, key), `"${key}" has no effect without ${list(lacking)}`);
    }
  }
}

function checkRequired(
  node: MapNode,
  shape: RecordShape,
  given: (key: string) => boolean,
  path: string,
  report: Report,
): void {
  for (const key of shape.required ?? []) {
    const entry = node.entries.get(key);
    if (entry === undefined) {
      report.error(node.at, path, `"${key}" is missing`, shape.fields[key]?.doc);
    } else if (!given(key)) report.error(entry.keyAt, keyPath(path, key), `"${key}" has no value`);
    else if (entry.value.type === "scalar" && entry.value.text === "" && !takesEmpty(shape.fields[key])) {
      report.error(entry.value.at, keyPath(path, key), `"${key}" is empty`);
    }
  }
}

/** `emptyDir:` without a value says as much as `emptyDir: {}`. */
export function takesNull(shape: Shape | undefined): boolean {
  return shape?.type === "tree" || (shape?.type === "record" && Object.keys(shape.fields).length === 0) ||
    (shape?.type === "union" && shape.nothing === true);
}

function takesEmpty(shape: Shape | undefined): boolean {
  return shape?.type === "text" && shape.empty === true;
}

/** The key that was probably meant, the place where it belongs, or the keys there are. */
function unknownKeyHint(key: string, shape: RecordShape): string | undefined {
  const known = Object.keys(shape.fields);
  const plain = (text: string): string => text.replaceAll(/[-_]/g, "").toLowerCase();
  const near = known.find((each) => plain(each) === plain(key)) ?? nearest(key, known) ??
    known.find((each) => each.length >= 3 && key.startsWith(each));
  if (near !== undefined) return `did you mean "${near}"?`;
  const home = homeOf(plain(key), shape, plain);
  if (home !== undefined) return `it belongs under "${home}"`;
  const offered = known.filter((each) => shape.fields[each]?.support === undefined);
  return offered.length > 0 && offered.length <= 16 ? `known here: ${offered.join(", ")}` : undefined;
}

/** Where a key is known one or two records further down. */
function homeOf(key: string, shape: RecordShape, plain: (text: string) => string): string | undefined {
  const holds = (record: RecordShape): boolean => Object.keys(record.fields).some((each) => plain(each) === key);
  const records = Object.entries(shape.fields).filter((field): field is [string, RecordShape] =>
    field[1].type === "record" && field[1].support === undefined
  );
  for (const [name, record] of records) if (holds(record)) return name;
  for (const [name, record] of records) {
    for (const [inner, deeper] of Object.entries(record.fields)) {
      if (deeper.type === "record" && holds(deeper)) return `${name}.${inner}`;
    }
  }
  return undefined;
}

function list(keys: readonly string[]): string {
  return keys.map((key) => `"${key}"`).join(", ");
}
