import { parseFieldPath } from "../base/field_path.ts";
import type { Json, JsonMap } from "../base/json.ts";
import { shown } from "./check_shape.ts";
import type { CrdContext } from "./crd_context.ts";
import { childOf, itemPath, itemsOf, keyPath, type Node, nodeAt, type ScalarNode, textOf } from "./node.ts";
import { OpenApi } from "./open_api.ts";
import type { Report } from "./report.ts";

/**
 * Finds status fields that the CRD's schema refuses whatever a pass comes to: the API server would take nothing of the
 * status (ruling 66).
 */
export function statusConstantsFitTheSchema({ entry, path, known, types, report }: CrdContext): void {
  const { schema } = known ?? {};
  if (schema === undefined) return;
  const openApi = new OpenApi(types.builtIn);
  itemsOf(nodeAt(entry, "operatorBox", "status", "fields")).forEach((field, i) => {
    const written = textOf(childOf(field, "path"));
    const value = childOf(field, "value");
    if (written === undefined || value?.type !== "scalar") return;
    const target = openApi.at(schema, ["status", ...statusPath(written)]);
    if (target === undefined || target === "open") return;
    const at = itemPath(keyPath(path, "operatorBox", "status", "fields"), i);
    const type = textOf(childOf(field, "type"));
    const expected = expectedOf(openApi, target, value, type, report);
    if (expected !== undefined) {
      const found = value.text.includes("{{") ? outcomeNames[templateType(value, type, report) ?? ""] : undefined;
      report.partialError(
        value.at,
        keyPath(at, "value"),
        `Expected ${expected}, as the schema of the CRD says, found ${found ?? shownAs(value, type)}`,
        typeHint(expected, value, type),
      );
    } else checkCleared(openApi, target, field, type, at, report);
  });
}

function statusPath(text: string): string[] {
  const path = text.trim().replace(/^\./, "").replace(/^status\./, "");
  return parseFieldPath(path) ?? [path];
}

/** What the schema expects where the value cannot fit. */
function expectedOf(
  openApi: OpenApi,
  schema: JsonMap,
  value: ScalarNode,
  type: string | undefined,
  report: Report,
): string | undefined {
  if (value.text.includes("{{")) {
    const outcome = templateType(value, type, report);
    return outcome === undefined ? undefined : openApi.expectedOfType(schema, outcome);
  }
  const constant = constantOf(value.text, type);
  return constant === undefined ? undefined : openApi.expected(schema, constant);
}

/** What a pass writes for a text without templates; `undefined` where nothing is written, or the text is refused. */
function constantOf(text: string, type: string | undefined): Json | undefined {
  const trimmed = text.trim();
  switch (outcomeOf(type)) {
    case "integer":
      return /^[-+]?\d{1,15}$/.test(trimmed) ? Number(trimmed) : undefined;
    case "number":
      return trimmed !== "" && Number.isFinite(Number(trimmed)) ? Number(trimmed) : undefined;
    case "boolean":
      return /^(?:true|false)$/i.test(trimmed) ? trimmed.toLowerCase() === "true" : undefined;
    case "auto":
      if (trimmed === "true" || trimmed === "false") return trimmed === "true";
      return /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/.test(trimmed) ? Number(trimmed) : text;
    default:
      return text;
  }
}

/** The OpenAPI type of what a template gives; `undefined` where that depends on the data. */
function templateType(value: ScalarNode, type: string | undefined, report: Report): string | undefined {
  const outcome = outcomeOf(type);
  if (outcome === "auto") return undefined;
  if (outcome !== undefined) return outcome;
  const found = report.templates.find(({ node }) => node === value);
  // One expression keeps its type (ruling 13); anything else is text.
  return found === undefined || found.template.soleExpression ? undefined : "string";
}

/** What a declared `type` makes of a value; `undefined`: whatever the value gives. */
function outcomeOf(type: string | undefined): "string" | "integer" | "number" | "boolean" | "auto" | undefined {
  switch (type) {
    case "string":
    case "str":
      return "string";
    case "int":
    case "integer":
      return "integer";
    case "float":
    case "number":
      return "number";
    case "bool":
    case "boolean":
      return "boolean";
    case "auto":
      return "auto";
    default:
      return undefined;
  }
}

/** A value as it is written: without a type it is text, also where it looks like a number. */
function shownAs(value: ScalarNode, type: string | undefined): string {
  return outcomeOf(type) === undefined ? shown({ ...value, value: value.text }) : shown(value);
}

const outcomeNames: Readonly<Record<string, string>> = {
  string: "a template that gives text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
};

const typesFor: Readonly<Record<string, string>> = {
  "a whole number": "int",
  "a number": "float",
  "true or false": "bool",
  "text": "string",
};

/** A type that would make the value fit. */
function typeHint(expected: string, value: ScalarNode, type: string | undefined): string | undefined {
  const wanted = Object.hasOwn(typesFor, expected) ? typesFor[expected] : undefined;
  if (wanted === undefined) return undefined;
  const fits = wanted === "string" || value.text === "" ||
    (!value.text.includes("{{") && typeof constantOf(value.text, wanted) !== "undefined");
  if (!fits) return undefined;
  return type === undefined ? `add "type: ${wanted}"` : `write "type: ${wanted}"`;
}

/** `clearOnFalse` leaves an empty text where the field has no other type. */
function checkCleared(
  openApi: OpenApi,
  schema: JsonMap,
  field: Node,
  type: string | undefined,
  path: string,
  report: Report,
): void {
  const clear = childOf(field, "clearOnFalse");
  const outcome = outcomeOf(type);
  const textual = outcome === undefined || outcome === "string" || outcome === "auto";
  if (clear?.type !== "scalar" || clear.value !== true || !textual) return;
  const expected = openApi.expected(schema, "");
  if (expected === undefined) return;
  const wanted = Object.hasOwn(typesFor, expected) ? typesFor[expected] : undefined;
  report.partialError(
    clear.at,
    keyPath(path, "clearOnFalse"),
    `It writes an empty text, and the schema of the CRD expects ${expected}`,
    wanted === undefined ? "leave it away, or write a value that says so" : `add "type: ${wanted}"`,
  );
}
