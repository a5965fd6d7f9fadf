import type { RecordShape, Shape } from "../base/shape.ts";
import { nearest } from "../base/suggest.ts";
import { isNull, keyPath, type MapNode, type Node, textOf } from "./node.ts";
import type { Report } from "./report.ts";

/** Checks which keys a map has: unknown and missing ones, and the rules between them. */
export function checkFields(node: MapNode, shape: RecordShape, path: string, report: Report): void {
  /** Known keys that unknown ones stand for: that those are missing is no second mistake. */
  const meant = new Set<string>();
  for (const [key, { keyAt, value }] of node.entries) {
    const field = Object.hasOwn(shape.fields, key) ? shape.fields[key] : shape.rest;
    if (field === undefined) {
      const near = nearKey(key, shape);
      if (near !== undefined) meant.add(near);
      report.error(keyAt, keyPath(path, key), `Unknown key "${key}"`, unknownKeyHint(key, value, shape, near));
    } else if (field.support === "later") {
      report.error(keyAt, keyPath(path, key), `"${key}" is not supported yet`, field.doc ?? notSupportedHint);
    } else if (field.support === "never") {
      report.error(keyAt, keyPath(path, key), `"${key}" is not supported`, field.doc ?? notSupportedHint);
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
  checkRequired(node, shape, given, meant, path, report);
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
    if (!group.some((key) => given(key) || meant.has(key))) {
      report.error(node.at, path, `One of ${list(group)} is missing`);
    }
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
  meant: ReadonlySet<string>,
  path: string,
  report: Report,
): void {
  for (const key of shape.required ?? []) {
    const entry = node.entries.get(key);
    if (entry === undefined) {
      if (!meant.has(key)) report.error(node.at, path, `"${key}" is missing`, shape.fields[key]?.doc);
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

const notSupportedHint = "remove this key";

/** Names under which people look for keys, without the signs between words. */
const plain = (text: string): string => text.replaceAll(/[-_]/g, "").toLowerCase();

/** The known key that an unknown one was probably meant to be. */
function nearKey(key: string, { fields, otherKeys = {} }: RecordShape): string | undefined {
  if (Object.hasOwn(otherKeys, key)) {
    return Object.keys(fields).find((each) => otherKeys[key]!.startsWith(`write ${each}`));
  }
  if (isPath(key, fields)) return "field";
  const known = Object.keys(fields);
  return known.find((each) => plain(each) === plain(key)) ?? nearest(key, known) ??
    known.find((each) => each.length >= 3 && key.startsWith(each));
}

/** The key that was probably meant, the place where it belongs, or the keys there are. */
function unknownKeyHint(key: string, value: Node, shape: RecordShape, near: string | undefined): string | undefined {
  if (shape.otherKeys !== undefined && Object.hasOwn(shape.otherKeys, key)) return shape.otherKeys[key];
  if (isPath(key, shape.fields)) {
    return `write "field: ${key}", and the comparison in a line of its own: "equals: ${textOf(value) ?? "…"}"`;
  }
  if (near !== undefined) return `did you mean "${near}"?`;
  const home = homeOf(plain(key), shape);
  if (home !== undefined) return home;
  if (shape.unknownHint !== undefined) return shape.unknownHint;
  const offered = Object.keys(shape.fields).filter((each) => shape.fields[each]?.support === undefined);
  return offered.length > 0 && offered.length <= maxOffered ? `known here: ${offered.join(", ")}` : undefined;
}

/** A path in the place of a key of a condition: `spec.host: example.org`. */
function isPath(key: string, fields: RecordShape["fields"]): boolean {
  return key.includes(".") && Object.hasOwn(fields, "field") && Object.hasOwn(fields, "equals");
}

/** A hint that names more keys than these is not read. */
const maxOffered = 40;

/** Where a key is known one or two records further down. */
function homeOf(key: string, shape: RecordShape): string | undefined {
  const holds = (record: RecordShape): Shape | undefined =>
    Object.entries(record.fields).find(([each]) => plain(each) === key)?.[1];
  const hint = (found: Shape, place: string): string =>
    found.support === undefined ? `it belongs under "${place}"` : "it is not supported: remove this key";
  const records = Object.entries(shape.fields).filter((field): field is [string, RecordShape] =>
    field[1].type === "record" && field[1].support === undefined
  );
  for (const [name, record] of records) {
    const found = holds(record);
    if (found !== undefined) return hint(found, name);
  }
  for (const [name, record] of records) {
    for (const [inner, deeper] of Object.entries(record.fields)) {
      const found = deeper.type === "record" ? holds(deeper) : undefined;
      if (found !== undefined) return hint(found, `${name}.${inner}`);
    }
  }
  return undefined;
}

function list(keys: readonly string[]): string {
  return keys.map((key) => `"${key}"`).join(", ");
}
