import { durationHint, parseDuration } from "../base/duration.ts";
import { shortenMiddle } from "../base/shorten.ts";
import type {
  DurationShape,
  ListShape,
  MapShape,
  NumberShape,
  RecordShape,
  Shape,
  TextShape,
  TreeShape,
  UnionShape,
} from "../base/shape.ts";
import { describeFormat, formatHint, readFormat } from "../resources/formats.ts";
import { checkFields, takesNull } from "./check_fields.ts";
import { checkKey } from "./check_key.ts";
import { checkTemplateAt } from "./check_template.ts";
import { isNull, itemPath, keyPath, type Node, type ScalarNode } from "./node.ts";
import type { Report } from "./report.ts";

/** Checks a node against a shape and reports everything that is wrong with it, not only the first thing. */
export function checkShape(node: Node, shape: Shape, path: string, report: Report): void {
  switch (shape.type) {
    case "text":
      return checkText(node, shape, path, report);
    case "number":
      return checkNumber(node, shape, path, report);
    case "flag":
      return checkFlag(node, path, report);
    case "duration":
      return checkDuration(node, shape, path, report);
    case "map":
      return checkMap(node, shape, path, report);
    case "list":
      return checkList(node, shape, path, report);
    case "record":
      return checkRecord(node, shape, path, report);
    case "tree":
      return checkTree(node, shape, path, report);
    case "union":
      return checkUnion(node, shape, path, report);
  }
}

function checkText(node: Node, shape: TextShape, path: string, report: Report): void {
  if (node.type !== "scalar") return refuse(node, "text", path, report);
  if (isNull(node)) return refuse(node, "text", path, report, 'write "" for an empty text');
  const { text } = node;
  if (text.includes("{{") && !(shape.free === true && !shape.template)) {
    if (shape.template) checkTemplateAt(node, path, report);
    else refuseTemplate(node, path, report);
    return;
  }
  if (text === "") return;
  if (shape.oneOf !== undefined) {
    const word = shape.anyCase === true ? text.toLowerCase() : text;
    const known = shape.oneOf.some((each) => (shape.anyCase === true ? each.toLowerCase() : each) === word);
    if (!known) report.error(node.at, path, `Expected ${alternatives(shape.oneOf)}, found ${shown(node)}`);
  } else if (readFormat(shape, text) === undefined) {
    report.error(node.at, path, `Expected ${describeFormat(shape)}, found ${shown(node)}`, formatHint(shape, text));
  }
}

function checkNumber(node: Node, shape: NumberShape, path: string, report: Report): void {
  const expected = describeNumber(shape);
  if (node.type !== "scalar") return refuse(node, expected, path, report);
  if (node.text.includes("{{")) return refuseTemplate(node, path, report);
  const { value } = node;
  if (typeof value !== "number") {
    const quoted = typeof value === "string" && /^[-+]?\d+(?:\.\d+)?$/.test(value);
    return refuse(node, expected, path, report, quoted ? "remove the quotes" : undefined);
  }
  if (node.ambiguous) warnAmbiguous(node, path, report);
  const fits = (shape.integer === false ? Number.isFinite(value) : Number.isInteger(value)) &&
    value >= (shape.min ?? -Infinity) && value <= (shape.max ?? Infinity);
  if (!fits) refuse(node, expected, path, report);
}

function checkFlag(node: Node, path: string, report: Report): void {
  if (node.type === "scalar" && node.text.includes("{{")) return refuseTemplate(node, path, report);
  if (node.type !== "scalar" || typeof node.value !== "boolean") {
    const quoted = node.type === "scalar" && /^(?:true|false)$/i.test(node.text);
    return refuse(node, "true or false", path, report, quoted ? "remove the quotes" : undefined);
  }
  if (node.ambiguous) warnAmbiguous(node, path, report);
}

function checkDuration(node: Node, shape: DurationShape, path: string, report: Report): void {
  if (node.type !== "scalar" || isNull(node)) return refuse(node, "a duration", path, report, durationHint);
  if (node.text.includes("{{")) {
    if (shape.template === true) checkTemplateAt(node, path, report);
    else refuseTemplate(node, path, report);
  } else if (parseDuration(node.text) === undefined) refuse(node, "a duration", path, report, durationHint);
}

function checkMap(node: Node, shape: MapShape, path: string, report: Report): void {
  if (checkWhole(node, shape, "map", path, report)) return;
  if (node.type !== "map") return refuse(node, "a map", path, report, mapHint(node));
  for (const [key, { keyAt, value }] of node.entries) {
    if (key === "matchLabels" && value.type === "map" && shape.values.type === "text") {
      report.error(keyAt, keyPath(path, key), 'Unknown key "matchLabels"', "write the labels themselves in its place");
      continue;
    }
    if (shape.keys !== undefined) checkKey(key, shape.keys, keyAt, keyPath(path, key), report);
    checkShape(value, shape.values, keyPath(path, key), report);
  }
}

function checkList(node: Node, shape: ListShape, path: string, report: Report): void {
  if (checkWhole(node, shape, "list", path, report)) return;
  if (node.type !== "list") {
    const hint = node.type === "map" ? 'begin each item with "- "' : `write "- ${cut(node.text)}" in a line of its own`;
    return refuse(node, "a list", path, report, isNull(node) ? undefined : itemHint(node, shape) ?? hint);
  }
  if (shape.filled === true && node.items.length === 0) {
    return report.error(node.at, path, "Expected at least one item, found an empty list");
  }
  node.items.forEach((item, i) => checkShape(item, shape.items, itemPath(path, i), report));
}

/** What an item looks like, where a text stands in the place of a list of maps. */
function itemHint(node: Node, { items }: ListShape): string | undefined {
  if (node.type !== "scalar" || items.type !== "record") return undefined;
  const first = items.required?.[0] ?? Object.keys(items.fields)[0];
  return first === undefined ? undefined : `write a list, in which each item is a map: "- ${first}: …"`;
}

/** One template that stands for a whole list or map. */
function checkWhole(
  node: Node,
  shape: ListShape | MapShape | RecordShape,
  what: string,
  path: string,
  report: Report,
): boolean {
  if (node.type !== "scalar" || shape.template !== true || !node.text.includes("{{")) return false;
  const template = checkTemplateAt(node, path, report);
  if (template !== undefined && !template.soleExpression) {
    report.error(
      node.at,
      path,
      `A template for a whole ${what} must be one expression`,
      `write only "{{ … }}", with nothing before or behind it, or write the ${what} out`,
    );
  }
  return true;
}

function checkRecord(node: Node, shape: RecordShape, path: string, report: Report): void {
  if (checkWhole(node, shape, "map", path, report)) return;
  if (node.type !== "map") {
    if (isNull(node) && Object.keys(shape.fields).length === 0) return;
    return refuse(node, "a map", path, report, mapHint(node, shape));
  }
  checkFields(node, shape, path, report);
  for (const [key, { value }] of node.entries) {
    const field = Object.hasOwn(shape.fields, key) ? shape.fields[key] : shape.rest;
    if (field === undefined || field.support !== undefined) continue;
    if (isNull(value) && !takesNull(field)) continue;
    checkShape(value, field, keyPath(path, key), report);
  }
}

/** How a map is written, where something else stands in its place. */
function mapHint(node: Node, { required = [], fields }: Partial<RecordShape> = {}): string | undefined {
  if (node.type === "list") return 'write each name as a key, "name: …", and not as an item with "- "';
  const [only, ...more] = required;
  if (node.type !== "scalar" || isNull(node)) return undefined;
  const isField = only !== undefined && more.length === 0 && fields?.[only]?.type === "text";
  return isField ? `write "{ ${only}: ${cut(node.text)} }"` : 'write "key: value" pairs in the lines below it';
}

function checkTree(node: Node, shape: TreeShape, path: string, report: Report): void {
  if (shape.unchecked === true) return;
  switch (node.type) {
    case "list":
      return node.items.forEach((item, i) => checkTree(item, shape, itemPath(path, i), report));
    case "map":
      for (const [key, { value }] of node.entries) checkTree(value, shape, keyPath(path, key), report);
      return;
    case "scalar":
      if (node.ambiguous) warnAmbiguous(node, path, report);
      if (typeof node.value === "number" && !Number.isFinite(node.value)) {
        report.error(node.at, path, `${node.text} is not a number that Kubernetes can store`, "put text in quotes");
      }
      if (typeof node.value !== "string" || !node.text.includes("{{")) return;
      if (shape.template) checkTemplateAt(node, path, report);
      else refuseTemplate(node, path, report);
  }
}

function checkUnion(node: Node, shape: UnionShape, path: string, report: Report): void {
  if (isNull(node) && shape.nothing === true) return;
  const chosen = node.type === "scalar" ? shape.scalar : node.type === "list" ? shape.list : shape.map;
  if (chosen !== undefined && !isNull(node)) return checkShape(node, chosen, path, report);
  const accepted = [shape.scalar && "text", shape.list && "a list", shape.map && "a map"];
  refuse(node, accepted.filter((each) => each !== undefined).join(" or "), path, report);
}

function refuse(node: Node, expected: string, path: string, report: Report, hint?: string): void {
  report.error(node.at, path, `Expected ${expected}, found ${shown(node)}`, hint);
}

function refuseTemplate(node: ScalarNode, path: string, report: Report): void {
  report.error(node.at, path, "Templates are not allowed here", "the value must be known before there is a CR");
}

function warnAmbiguous(node: ScalarNode, path: string, report: Report): void {
  report.warn(
    node.at,
    path,
    `${node.text} is read as ${String(node.value)}, as kubectl reads it`,
    `write ${String(node.value)}, or "${node.text}" in quotes when text is meant`,
  );
}

/** A value in a message: short texts as they are, the rest by its kind. */
export function shown(node: Node): string {
  if (node.type !== "scalar") return node.type === "list" ? "a list" : "a map";
  if (isNull(node)) return "nothing";
  return typeof node.value === "string" ? `"${cut(node.text)}"` : cut(node.text);
}

function cut(text: string): string {
  return shortenMiddle(text.trim().replaceAll(/\s*\n\s*/g, " "), 60);
}

function describeNumber(shape: NumberShape): string {
  const what = shape.integer === false ? "a number" : "a whole number";
  if (shape.min !== undefined && shape.max !== undefined) return `${what} from ${shape.min} to ${shape.max}`;
  return shape.min === undefined ? what : `${what} from ${shape.min} on`;
}

/** `"a", "b" or "c"`. */
export function alternatives(words: readonly string[]): string {
  const quoted = words.map((word) => `"${word}"`);
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}
