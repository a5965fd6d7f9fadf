/** The text is not a template. `message` names no position; `line` and `column` are 1-based within the source. */
export class TemplateSyntaxError extends SyntaxError {
  override readonly name = "TemplateSyntaxError";

  constructor(
    message: string,
    readonly line: number,
    readonly column: number,
    /** Index into the source, in UTF-16 units. */
    readonly offset: number,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** What stopped a render: the template or its data, the step budget, or the bound on the text produced. */
export type TemplateFailure = "execution" | "steps" | "output";

/** Rendering failed at `line` and `column`, 1-based within the source. The same template and data always fail alike. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";

  constructor(
    message: string,
    readonly line: number,
    readonly column: number,
    readonly kind: TemplateFailure,
  ) {
    super(message);
  }
}
