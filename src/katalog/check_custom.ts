import type { JsonMap } from "../base/json.ts";
import { nearest } from "../base/suggest.ts";
import { alternatives, shown } from "./check_shape.ts";
import { describeGiven, hintFor } from "./check_field_types.ts";
import type { CrdContext, DeclaredChild } from "./crd_context.ts";
import { type GivenField, givenFields } from "./field_types.ts";
import { isNull, itemPath, keyPath, type MapEntry, type Node, type ScalarNode } from "./node.ts";
import { OpenApi } from "./open_api.ts";
import type { Report } from "./report.ts";
import { entryShapes } from "./schema_box.ts";

/**
 * Holds `custom` children to the schema of their kind, where it is known: built-in kinds, and those of the CRDs that the
 * Katalog names. Keys must be there; values must have the type. Of templates that is known where they give text.
 */
export function customChildrenFitTheirSchema(crd: CrdContext): void {
  const { children, types, report } = crd;
  const walk = new Walk(new OpenApi(types.builtIn), report, givenFields(crd));
  for (const child of children) {
    const { type, shorthand, node } = child;
    if (shorthand !== "custom" || type === undefined || node.type !== "map") continue;
    const served = types.servedVersions(type);
    if (served !== undefined && !served.names.includes(type.version)) {
      const apiVersion = node.entries.get("apiVersion")!.value;
      report.warn(
        apiVersion.at,
        keyPath(child.path, "apiVersion"),
        `The CRD in ${served.file} does not serve "${type.version}"`,
        served.names.length === 0 ? undefined : `it serves ${alternatives(served.names)}`,
      );
    }
    const schema = types.schemaOf(type);
    if (schema !== undefined) walk.entries(schema, ownEntries(child), child.path, type.kind);
  }
}

/** The keys of an entry that become keys of the object; what all objects have is checked by its shape. */
function ownEntries({ node }: DeclaredChild): [string, MapEntry][] {
  const { fields } = entryShapes.get("custom")!;
  return node.type !== "map"
    ? []
    : [...node.entries].filter(([key]) => key === "spec" || key === "status" || !Object.hasOwn(fields, key));
}

class Walk {
  readonly #openApi: OpenApi;
  readonly #report: Report;
  readonly #fieldAt: (node: Node) => GivenField | undefined;

  constructor(openApi: OpenApi, report: Report, fieldAt: (node: Node) => GivenField | undefined) {
    this.#openApi = openApi;
    this.#report = report;
    this.#fieldAt = fieldAt;
  }

  entries(schema: JsonMap, entries: Iterable<[string, MapEntry]>, path: string, kind: string): void {
    const here = this.#openApi.resolved(schema);
    for (const [key, { keyAt, value }] of entries) {
      const field = this.#openApi.field(here, key);
      const at = keyPath(path, key);
      if (field === undefined) {
        this.#report.partialError(keyAt, at, `${kind} has no field "${key}" here`, this.#hint(key, here));
      } else if (field !== "open") this.#value(field, value, at, kind);
    }
  }

  #value(schema: JsonMap, node: Node, path: string, kind: string): void {
    if (isNull(node)) return;
    if (node.type === "scalar" && node.text.includes("{{")) return this.#template(schema, node, path, kind);
    const empty = node.type === "scalar" ? node.value : node.type === "list" ? [] : {};
    const expected = this.#openApi.expected(schema, empty);
    if (expected !== undefined) {
      this.#report.partialError(
        node.at,
        path,
        `Expected ${expected}, as the schema of ${kind} says, found ${shown(node)}`,
        node.type === "scalar" ? quotesHint(node, expected) : undefined,
      );
    } else if (node.type === "map") this.entries(schema, node.entries, path, kind);
    else if (node.type === "list") {
      const items = this.#openApi.items(schema);
      if (items === "open") return;
      node.items.forEach((item, i) => this.#value(items, item, itemPath(path, i), kind));
    }
  }

  /** One expression keeps its type (ruling 13), which is known of a field of the CR alone; anything else is text. */
  #template(schema: JsonMap, node: ScalarNode, path: string, kind: string): void {
    const found = this.#report.templates.find((each) => each.node === node);
    if (found === undefined) return;
    if (found.template.soleExpression) return this.#field(schema, node, path, kind);
    const expected = this.#openApi.expected(schema, "text");
    if (expected === undefined) return;
    this.#report.partialError(
      node.at,
      path,
      `Expected ${expected}, as the schema of ${kind} says, found a template that gives text`,
      'write only "{{ … }}", with nothing before or behind it: one expression keeps its type',
    );
  }

  #field(schema: JsonMap, node: ScalarNode, path: string, kind: string): void {
    const given = this.#fieldAt(node);
    const expected = given === undefined ? undefined : this.#openApi.expectedOfType(schema, given.type);
    if (given === undefined || expected === undefined) return;
    const hint = expected === "a list" ? hintFor(given, "array") : undefined;
    const message = `Expected ${expected}, as the schema of ${kind} says, found ${describeGiven(given)}`;
    this.#report.partialError(node.at, path, message, hint);
  }

  #hint(key: string, schema: JsonMap): string | undefined {
    const known = this.#openApi.fieldNames(schema);
    const near = nearest(key, known);
    if (near !== undefined) return `did you mean "${near}"?`;
    return known.length > 0 && known.length <= 12 ? `known here: ${known.join(", ")}` : undefined;
  }
}

function quotesHint(node: ScalarNode, expected: string): string | undefined {
  if (expected === "text") return `put it in quotes: "${node.text}"`;
  const typed = typeof node.value === "string" && /^(?:[-+]?\d+(?:\.\d+)?|true|false)$/.test(node.text);
  return typed && /^(?:a whole number|a number|true or false)$/.test(expected) ? "remove the quotes" : undefined;
}
