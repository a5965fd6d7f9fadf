import { describeRendered, readsSecret } from "../base/redact.ts";
import { isMap, type Json } from "../base/json.ts";
import { scalarText } from "../base/scalar_text.ts";
import type { TextShape } from "../base/shape.ts";
import { shortenMiddle } from "../base/shorten.ts";
import { describeFormat, readFormat } from "./formats.ts";

/** A value does not fit its shape. The message names the value, where it came from and what is expected. */
export class ValueError extends Error {
  override name = "ValueError";

  /** `found` is in words; `from` is the template that gave it, `undefined` when it was written as it is. */
  constructor(found: string, from: string | undefined, expected: string) {
    super(
      from === undefined
        ? `Cannot use ${found}: expected ${expected}`
        : `Cannot use ${quote(from)}: it rendered to ${found}, expected ${expected}`,
    );
  }
}

/** The value of a text field, read by its format and in the spelling of `oneOf`; `undefined` when it is empty. */
export function readText(shape: TextShape, value: Json, from: string | undefined): Json | undefined {
  if (typeof value === "object") {
    const advice = shape.free === true ? " (print it with toJson)" : "";
    throw new ValueError(kindOf(value), from, `${describeText(shape)}${advice}`);
  }
  const text = shape.free === true ? scalarText(value) : scalarText(value).trim();
  if (text === "") return undefined;
  if (shape.judgedLater === true && from !== undefined) return text;
  const read = shape.oneOf === undefined
    ? readFormat(shape, text)
    : spelling(shape.oneOf, shape.anyCase === true, text);
  if (read === undefined) {
    const found = from !== undefined && readsSecret(from) ? describeRendered(text) : quote(text);
    throw new ValueError(found, from, describeText(shape));
  }
  return read;
}

/** A text in quotes; a long one loses its middle. */
export function quote(text: string): string {
  return JSON.stringify(shortenMiddle(text, 80));
}

/** What kind of value it is, and nothing of what is in it: it may be a secret. */
export function kindOf(value: Json): string {
  if (Array.isArray(value)) return "a list";
  if (isMap(value)) return "a map";
  return typeof value === "string" ? "text" : typeof value === "boolean" ? "a boolean" : "a number";
}

function describeText(shape: TextShape): string {
  if (shape.oneOf === undefined) return describeFormat(shape);
  return shape.oneOf.length <= 8
    ? `one of ${shape.oneOf.join(", ")}`
    : `one of ${shape.oneOf.slice(0, 3).join(", ")} and ${shape.oneOf.length - 3} more`;
}

function spelling(words: readonly string[], anyCase: boolean, text: string): string | undefined {
  return words.find((word) => anyCase ? word.toLowerCase() === text.toLowerCase() : word === text);
}
