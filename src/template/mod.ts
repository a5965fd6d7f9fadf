/**
 * The template language: Go's text/template (Go 1.26) over JSON values, with our functions.
 *
 * Two departures from Go: reading through an absent parent is absent, never an error; and a template that is one
 * expression can keep the type of its value ({@link renderValue}). `<no value>` is never printed.
 */
import type { Json, JsonMap } from "../base/json.ts";
import { defaultLimits, type RenderLimits } from "./limits.ts";

export { TemplateError, TemplateSyntaxError } from "./errors.ts";
export { defaultLimits, type RenderLimits } from "./limits.ts";

/** A parsed template; immutable, rendered any number of times. */
export interface Template {
  readonly source: string;
  /** There is no `{{` in it: it renders to itself. */
  readonly literal: boolean;
  /** It is one expression and nothing else, so {@link renderValue} keeps the type of its value. */
  readonly soleExpression: boolean;
}

/** A field path, from the root of the data, that a template reads. */
export interface Reference {
  readonly path: readonly string[];
  /** The value itself is used, so everything below it is read. */
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

/** Throws `TemplateSyntaxError`, also for a function that does not exist. */
export function parseTemplate(_source: string): Template {
  throw new Error("not built yet");
}

/** The text that Go would print, save the two departures; nothing is trimmed. Throws `TemplateError`. */
export function renderText(_template: Template, _data: JsonMap, _limits: RenderLimits = defaultLimits): string {
  throw new Error("not built yet");
}

/** The value of a sole expression (`undefined` when absent), otherwise the text. Throws `TemplateError`. */
export function renderValue(
  _template: Template,
  _data: JsonMap,
  _limits: RenderLimits = defaultLimits,
): Json | undefined {
  throw new Error("not built yet");
}

/** The field paths that the template reads. What cannot be told statically counts as its nearest known parent, whole. */
export function references(_template: Template): Reference[] {
  throw new Error("not built yet");
}

/** What is wrong with the template, as far as it shows without data. */
export function checkTemplate(_template: Template): TemplateIssue[] {
  throw new Error("not built yet");
}

/** One function of the language, for the reference documentation. */
export interface FunctionDoc {
  name: string;
  domain: string;
  signature: string;
  summary: string;
}

export const functionDocs: readonly FunctionDoc[] = [];
