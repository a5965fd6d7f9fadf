import type { DurationShape, ListShape, MapShape, NumberShape, Shape, TextShape, TreeShape } from "../base/shape.ts";

export { flag, freeText, later, record, text, word } from "../resources/fields.ts";

/** Short ways to write the shapes of a Katalog. What is read before there is a CR holds no template. */

/** Text that is the same for every CR. */
export function plainText(doc: string, format?: TextShape["format"]): TextShape {
  return { type: "text", template: false, doc, ...(format === undefined ? {} : { format }) };
}

/** Prose: whatever stands in it. */
export function prose(doc: string): TextShape {
  return { type: "text", template: false, free: true, doc };
}

/** One of a few words, spelt like this. */
export function oneOf(doc: string, words: readonly string[]): TextShape {
  return { type: "text", template: false, doc, oneOf: words };
}

/** One of a few words, in whatever case. */
export function anyCase(doc: string, words: readonly string[]): TextShape {
  return { ...oneOf(doc, words), anyCase: true };
}

export function number(doc: string, min: number, max?: number, integer = true): NumberShape {
  return { type: "number", doc, min, ...(max === undefined ? {} : { max }), ...(integer ? {} : { integer }) };
}

export function duration(doc: string): DurationShape {
  return { type: "duration", doc };
}

export function list(doc: string, items: Shape): ListShape {
  return { type: "list", doc, items };
}

export function map(doc: string, values: Shape, keys?: MapShape["keys"]): MapShape {
  return { type: "map", doc, values, ...(keys === undefined ? {} : { keys }) };
}

/** Any YAML, taken as it is. */
export function tree(doc: string): TreeShape {
  return { type: "tree", template: false, doc };
}

/** Keys that are documented, and not carried out by this version. */
export function laterKeys(...keys: readonly string[]): Record<string, Shape> {
  return Object.fromEntries(keys.map((key) => [key, { type: "tree", template: false, support: "later" } as const]));
}

/** Keys that are documented elsewhere, and left out on purpose. `doc` says what to do instead. */
export function leftOutKeys(doc: string | undefined, ...keys: readonly string[]): Record<string, Shape> {
  const shape: TreeShape = { type: "tree", template: false, support: "never", ...(doc === undefined ? {} : { doc }) };
  return Object.fromEntries(keys.map((key) => [key, shape]));
}
