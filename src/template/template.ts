import type { Json, JsonMap } from "../base/json.ts";
import { nearest } from "../base/suggest.ts";
import { type BytesUse, outside } from "./bytes.ts";
import { compile, type Program } from "./compile.ts";
import { TemplateError } from "./errors.ts";
import { Failure } from "./failure.ts";
import { library } from "./functions/library.ts";
import { otherNames } from "./functions/other_names.ts";
import type { RenderLimits } from "./limits.ts";
import type { Tree } from "./nodes.ts";
import { parse } from "./parser.ts";
import type { FunctionNames } from "./pipe_parser.ts";
import { positionAt } from "./position.ts";
import { failureMessage, Run } from "./run.ts";
import { unbox } from "./unbox.ts";

/** A parsed template; immutable, rendered any number of times. */
export interface Template {
  readonly source: string;
  /** There is no `{{` in it: it renders to itself. */
  readonly literal: boolean;
  /** One expression and nothing else but white space round it, so {@link renderValue} keeps the type of its value. */
  readonly soleExpression: boolean;
}

class ParsedTemplate implements Template {
  readonly literal: boolean;
  readonly soleExpression: boolean;
  readonly program: Program;

  constructor(readonly source: string, readonly tree: Tree) {
    this.program = compile(tree);
    this.literal = !source.includes("{{");
    this.soleExpression = this.program.expression !== undefined;
  }
}

const names: FunctionNames = {
  has: (name) => library.has(name),
  hint(name) {
    const other = otherNames.get(name);
    if (other !== undefined && !library.has(other)) return other;
    const near = other ?? nearest(name, library.keys());
    return near === undefined ? "docs/functions.md has all functions" : `did you mean "${near}"?`;
  },
};

/** Throws `TemplateSyntaxError`, also for a function that does not exist. */
export function parseTemplate(source: string): Template {
  return new ParsedTemplate(source, parse(source, names));
}

/** The tree behind a template, for analysis. */
export function treeOf(template: Template): Tree {
  return internals(template).tree;
}

/** The text that Go would print, save the departures of the module; nothing is trimmed. Throws `TemplateError`. */
export function renderText(template: Template, data: JsonMap, limits: RenderLimits, bytes: BytesUse): string {
  const { program } = internals(template);
  const run = new Run(data, limits);
  run.bodies = program.bodies;
  return guarded(template, run, () => {
    program.execute(run, data);
    return outside(run.out, bytes);
  });
}

/**
 * The value of a sole expression, `undefined` when it is absent; it may share lists and maps with `data`. Text keeps the
 * white space round the expression. Any other template renders to its text. Throws `TemplateError`.
 */
export function renderValue(
  template: Template,
  data: JsonMap,
  limits: RenderLimits,
  bytes: BytesUse,
): Json | undefined {
  const { program } = internals(template);
  const { expression } = program;
  if (!expression) return renderText(template, data, limits, bytes);
  const run = new Run(data, limits);
  run.bodies = program.bodies;
  return guarded(template, run, () => {
    const value = expression.evaluate(run, data);
    if (typeof value !== "string") return unbox(value, bytes);
    for (const text of [expression.before, value, expression.after]) run.write(text);
    return outside(run.out, bytes);
  });
}

function guarded<T>(template: Template, run: Run, render: () => T): T {
  try {
    return render();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { line, column } = positionAt(template.source, run.at);
    throw new TemplateError(failureMessage(run, error), line, column, error.kind);
  }
}

function internals(template: Template): ParsedTemplate {
  if (template instanceof ParsedTemplate) return template;
  throw new TypeError("Cannot use a template that parseTemplate did not make");
}
