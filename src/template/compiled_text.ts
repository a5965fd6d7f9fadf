import type { Json, JsonMap } from "../base/json.ts";
import {
  type BytesUse,
  defaultLimits,
  parseTemplate,
  renderText,
  renderValue,
  type Template,
  TemplateError,
} from "./mod.ts";

/** A text of the Katalog, parsed once, that knows where it stands. */
export interface CompiledText {
  readonly template: Template;
  readonly at: string;
}

/** A template failed: where in the Katalog, and why. */
export class RenderError extends Error {
  override name = "RenderError";

  constructor(at: string, cause: TemplateError | string) {
    super(`${at}: ${typeof cause === "string" ? cause : cause.message}`, typeof cause === "string" ? {} : { cause });
  }
}

/** Parses each text of a Katalog once, however often it stands there. */
export class Templates {
  readonly #byText = new Map<string, Template>();

  /** Throws `TemplateSyntaxError`; the loader has seen every text before, so it does not. */
  parse(text: string): Template {
    let template = this.#byText.get(text);
    if (template === undefined) this.#byText.set(text, template = parseTemplate(text));
    return template;
  }

  compile(plan: { readonly text: string; readonly at: string }): CompiledText {
    return { template: this.parse(plan.text), at: plan.at };
  }
}

/**
 * The value, its type kept where the text is one expression; `undefined` when absent. Throws `RenderError`, also for bytes
 * that are not UTF-8 unless they are kept.
 */
export function valueOf(text: CompiledText, data: JsonMap, bytes?: BytesUse): Json | undefined {
  return located(text, () => renderValue(text.template, data, defaultLimits, bytes));
}

/** The text. Throws `RenderError`. */
export function textOf(text: CompiledText, data: JsonMap): string {
  return located(text, () => renderText(text.template, data));
}

function located<T>(text: CompiledText, render: () => T): T {
  try {
    return render();
  } catch (error) {
    if (error instanceof TemplateError) throw new RenderError(text.at, error);
    throw error;
  }
}
