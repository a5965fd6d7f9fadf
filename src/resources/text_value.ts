import { isMap, type Json } from "../base/json.ts";
import { scalarText } from "../base/scalar_text.ts";
import type { TextShape } from "../base/shape.ts";
import { describeFormat, readFormat } from "./formats.ts";

/** A value does not fit its shape. The message names the value, where it came from and what is expected. */
export class ValueError extends Error {
  override name = "ValueError";

  /** `from` is the template that gave `value`, `undefined` when it was written as it is. */
  constructor(value: Json, from: string | undefined, expected: string, advice?: string) {
    const tail = advice === undefined ? "" : `; ${advice}`;
    super(
      from === undefined
        ? `Cannot use ${describeValue(value)}: expected ${expected}${tail}`
        : `Cannot use ${quote(from)}: it rendered to ${describeValue(value)}, but expected ${expected}${tail}`,
    );
  }
}

/** The value of a text field, read by its format and in the spelling of `oneOf`; `undefined` when it is empty. */
export function readText(shape: TextShape, value: Json, from: string | undefined): Json | undefined {
  const expected = shape.oneOf === undefined ? describeFormat(shape) : `one of ${shape.oneOf.join(", ")}`;
  if (typeof value === "object") {
    throw new ValueError(value, from, expected, shape.free === true ? "print it with toYaml or toJson" : undefined);
  }
  const text = shape.free === true ? scalarText(value) : scalarText(value).trim();
  if (text === "") return undefined;
  const read = shape.oneOf === undefined
    ? readFormat(shape, text)
    : spelling(shape.oneOf, shape.anyCase === true, text);
  if (read === undefined) throw new ValueError(text, from, expected);
  return read;
}

/** A text in quotes, cut where it gets long. */
export function quote(text: string): string {
  return JSON.stringify(text.length <= 80 ? text : `${text.slice(0, 77)}...`);
}

function describeValue(value: Json): string {
  if (Array.isArray(value)) return "a list";
  if (isMap(value)) return "a map";
  return typeof value === "string" ? quote(value) : String(value);
}

function spelling(words: readonly string[], anyCase: boolean, text: string): string | undefined {
  return words.find((word) => anyCase ? word.toLowerCase() === text.toLowerCase() : word === text);
}
