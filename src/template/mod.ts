/**
 * The template language: Go's text/template (Go 1.26) over JSON values, with our functions.
 *
 * Departures from Go: reading a field of something absent is absent, never an error; a template that is one expression
 * can keep the type of its value ({@link renderValue}); and `<no value>` is never printed.
 */
import type { Json, JsonMap } from "../base/json.ts";
import { functionList } from "./functions/library.ts";
import { defaultLimits, type RenderLimits } from "./limits.ts";
import * as engine from "./template.ts";
import type { Template } from "./template.ts";

export { TemplateError, TemplateSyntaxError } from "./errors.ts";
export { defaultLimits, type RenderLimits } from "./limits.ts";
export { parseTemplate, type Template } from "./template.ts";

/** A field path, from the root of the data, that a template reads. */
export interface Reference {
  readonly path: readonly string[];
  /** The value itself is used, so everything below it is read. Otherwise only whether it is there and not empty. */
  readonly whole: boolean;
}

/** Something wrong with a template that can be seen without data. */
export interface TemplateIssue {
  readonly severity: "error" | "warning";
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint?: string;
}

/** The text that Go would print, save the departures above; nothing is trimmed. Throws `TemplateError`. */
export function renderText(template: Template, data: JsonMap, limits: RenderLimits = defaultLimits): string {
  return engine.renderText(template, data, limits);
}

/**
 * The value of a sole expression, `undefined` when it is absent; it may share lists and maps with `data`. Text keeps the
 * white space round the expression. Any other template renders to its text. Throws `TemplateError`.
 */
export function renderValue(
  template: Template,
  data: JsonMap,
  limits: RenderLimits = defaultLimits,
): Json | undefined {
  return engine.renderValue(template, data, limits);
}

/** The field paths that the template reads. What cannot be told statically counts as its nearest known parent, whole. */
export function references(_template: Template): Reference[] {
  return [{ path: [], whole: true }];
}

/** What is wrong with the template, as far as it shows without data. */
export function checkTemplate(_template: Template): TemplateIssue[] {
  return [];
}

/** One function of the language, for the reference documentation. */
export interface FunctionDoc {
  readonly name: string;
  readonly domain: string;
  readonly signature: string;
  readonly summary: string;
}

export const functionDocs: readonly FunctionDoc[] = functionList.map(
  ({ name, domain, signature, summary }) => ({ name, domain, signature, summary }),
);
