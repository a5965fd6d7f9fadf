/**
 * The template language: Go's text/template (Go 1.26) over JSON values, with our functions.
 *
 * Departures from Go: reading a field of something absent is absent, never an error; a template that is one expression
 * can keep the type of its value ({@link renderValue}); and `<no value>` is never printed.
 */
import type { Json, JsonMap } from "../base/json.ts";
import { check } from "./check.ts";
import { functionList } from "./functions/library.ts";
import { defaultLimits, type RenderLimits } from "./limits.ts";
import { positionAt } from "./position.ts";
import { partsOf, type TemplatePart } from "./parts.ts";
import { type Outputs, outputsOf } from "./outputs.ts";
import { type Reference, referencesOf } from "./references.ts";
import type { BytesUse } from "./bytes.ts";
import * as engine from "./template.ts";
import type { Template } from "./template.ts";

export { type BytesUse, hasBytes, toBytes } from "./bytes.ts";
export { atTime, type Environment, inEnvironment } from "./environment.ts";
export { clockFunctions } from "./functions/clock_functions.ts";
export { randomFunctions } from "./functions/random.ts";
export { type Binding, bindInputs, soleExpressionOf } from "./bind_inputs.ts";
export { expandNotes, notesIn } from "./notes.ts";
export { TemplateError, TemplateSyntaxError } from "./errors.ts";
export { defaultLimits, type RenderLimits } from "./limits.ts";
export type { Outputs } from "./outputs.ts";
export type { TemplatePart } from "./parts.ts";
export type { Reference } from "./references.ts";
export { parseTemplate, type Template } from "./template.ts";

/** Something wrong with a template that can be seen without data. */
export interface TemplateIssue {
  readonly severity: "error" | "warning";
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint?: string;
}

/**
 * The text that Go would print, save the departures above; nothing is trimmed. Throws `TemplateError`, also for bytes
 * that are not UTF-8 unless they are kept (ruling 69): then each is the lone surrogate U+DC00 + byte, see `hasBytes`
 * and `toBytes` undoes.
 */
export function renderText(
  template: Template,
  data: JsonMap,
  limits: RenderLimits = defaultLimits,
  bytes: BytesUse = "refuse",
): string {
  return engine.renderText(template, data, limits, bytes);
}

/**
 * The value of a sole expression, `undefined` when it is absent; it may share lists and maps with `data`. Text keeps
 * the white space round the expression. Any other template renders to its text. Throws `TemplateError`; bytes as above.
 */
export function renderValue(
  template: Template,
  data: JsonMap,
  limits: RenderLimits = defaultLimits,
  bytes: BytesUse = "refuse",
): Json | undefined {
  return engine.renderValue(template, data, limits, bytes);
}

/**
 * The field paths that the template reads, sorted. What cannot be determined without data counts as its nearest known
 * parent, read whole.
 */
export function references(template: Template): Reference[] {
  return referencesOf(engine.treeOf(template));
}

/** What of the data the template may print, as far as it shows without data. */
export function outputs(template: Template): Outputs {
  return outputsOf(engine.treeOf(template));
}

/** The texts and fields that the template joins, in order; `undefined` where it does anything else. */
export function templateParts(template: Template): TemplatePart[] | undefined {
  return partsOf(engine.treeOf(template));
}

/** What is wrong with the template, as far as it shows without data, in the order of the source. */
export function checkTemplate(template: Template): TemplateIssue[] {
  return check(engine.treeOf(template)).map(({ offset, ...problem }) => ({
    ...problem,
    ...positionAt(template.source, offset),
  }));
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
