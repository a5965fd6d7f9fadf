import { checkTemplate, parseTemplate, type Template, TemplateSyntaxError } from "../template/mod.ts";
import type { ScalarNode } from "./node.ts";
import type { Report } from "./report.ts";
import { positionIn } from "./scalar_position.ts";

/** Parses a template and reports what is wrong with it at its own line and column, also inside a block of text. */
export function checkTemplateAt(node: ScalarNode, path: string, report: Report): Template | undefined {
  let template: Template;
  try {
    template = parseTemplate(node.text);
  } catch (error) {
    if (!(error instanceof TemplateSyntaxError)) throw error;
    report.error(positionIn(node, error.offset), path, error.message, error.hint);
    return undefined;
  }
  for (const issue of checkTemplate(template)) {
    const { file, line, column } = positionIn(node, offsetOf(node.text, issue.line, issue.column));
    const { severity, message, hint } = issue;
    report.add({ severity, file, line, column, path, message, ...(hint === undefined ? {} : { hint }) });
  }
  report.templates.push({ template, node, path });
  return template;
}

/** The offset of a line and column, both from 1. */
function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let i = 1; i < line; i++) start = text.indexOf("\n", start) + 1;
  return start + column - 1;
}
