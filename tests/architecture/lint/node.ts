/**
 * Predicates of a node of the tree. Rules call them in plain visitors: selectors with attributes
 * (`CallExpression[callee.name='x']`) take a hundred times as long.
 */

export function isName(node: Deno.lint.Node | null | undefined, name: string): boolean {
  return node?.type === "Identifier" && node.name === name;
}

/** `object.property`; any object when `object` is undefined. */
export function isMember(node: Deno.lint.Node, object: string | undefined, property: string): boolean {
  return node.type === "MemberExpression" && isName(node.property, property) &&
    (object === undefined || isName(node.object, object));
}
