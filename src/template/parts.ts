import type { Node, Tree } from "./nodes.ts";

/** A piece of a template that only joins texts and fields: text as it stands, or the value at a path of the data. */
export type TemplatePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "field"; readonly path: readonly string[] };

/** The pieces, in order; `undefined` where the template does anything else: functions, variables, `if`, `range`. */
export function partsOf({ root, definitions }: Tree): TemplatePart[] | undefined {
  if (definitions.size > 0) return undefined;
  const parts = root.map(partOf);
  return parts.every((part) => part !== undefined) ? parts : undefined;
}

function partOf(node: Node): TemplatePart | undefined {
  if (node.type === "text") return { kind: "text", text: node.text };
  if (node.type !== "action") return undefined;
  const { names, commands: [command, ...piped] } = node.pipe;
  if (names.length > 0 || command === undefined || piped.length > 0 || command.operands.length > 1) return undefined;
  const [operand] = command.operands;
  return operand.type === "field" ? { kind: "field", path: operand.path } : undefined;
}
