import { byteLength } from "../base/shorten.ts";
import { oneLine } from "../base/one_line.ts";
import type { ValidationPlan } from "../conditions/mod.ts";
import { parseTemplate, type TemplatePart, templateParts } from "../template/mod.ts";
import { objectField, type Subject } from "./condition_cel.ts";
import { maxLengthOf } from "./cost.ts";
import { Inexpressible } from "./inexpressible.ts";
import { optionalText, text, textOf } from "./operator_cel.ts";
import { pathOf, type TypedField } from "./typed_field.ts";
import { yes } from "./bool.ts";

/** What the API server says of an object that breaks a rule. */
export interface CelMessage {
  /** As it stands; beside `messageExpression`, what is said where that cannot be evaluated. */
  readonly message: string;
  readonly messageExpression?: string | undefined;
  /** No message of the rule is longer. */
  readonly maxBytes: number;
}

/** Bytes of a message that an expression makes (k8s.io/apiserver `MaxEvaluatedMessageExpressionSizeBytes`). */
export const maxMessageBytes = 5 * 1024;

/**
 * The text of a violation: in a policy with the path of its field before it, which a CRD has apart. `fallback` is said
 * where the expression of a message cannot be evaluated. Throws `Inexpressible`.
 */
export function messageCel({ message, check }: ValidationPlan, fallback: string, subject: Subject): CelMessage {
  const declared = check.field?.text ?? "";
  const prefix = subject.place === "crd" || declared.includes("{{") ? "" : `${declared.trim().replace(/^\./, "")}: `;
  const parts = templateParts(parseTemplate(message.text));
  if (parts === undefined) throw new Inexpressible("its message is a template that does more than read fields");
  const all: TemplatePart[] = prefix === "" ? parts : [{ kind: "text", text: prefix }, ...parts];
  if (all.every((part) => part.kind === "text")) return literalMessage(all.map((part) => part.text).join(""));
  if (!all.some((part) => part.kind === "text" && oneLine(part.text) !== "")) {
    throw new Inexpressible("its message may be empty: write some text beside what it reads");
  }
  let bytes = 0;
  let format = "";
  const read: string[] = [];
  for (const part of all) {
    if (part.kind === "text") {
      bytes += byteLength(part.text);
      format += part.text.replaceAll("\n", " ").replaceAll("%", "%%");
    } else {
      const field = objectField(part.path, subject);
      bytes += maxTextBytes(field);
      format += "%s";
      read.push(pieceOf(field));
    }
  }
  if (bytes > maxMessageBytes) {
    throw new Inexpressible(`its message may be longer than the ${maxMessageBytes} bytes of a policy's`);
  }
  // No sum of texts: the API server cannot bound what it would cost to join the text of a number to another.
  const messageExpression = `${text(format)}.format([${read.join(", ")}])`;
  return { message: literalMessage(`${prefix}${fallback}`).message, messageExpression, maxBytes: bytes };
}

function literalMessage(whole: string): CelMessage {
  const message = oneLine(whole);
  if (message === "") throw new Inexpressible("its message is empty");
  text(message);
  return { message, maxBytes: byteLength(message) };
}

/** What is printed of a field: nothing where it is absent. Line breaks are spaces in a message. */
function pieceOf(field: TypedField): string {
  if (field.type !== "string" && field.type !== "intOrString") return optionalText(field);
  const line = `${textOf(field)}.replace("\\n", " ")`;
  return field.present === yes ? line : `(${field.present.text} ? ${line} : "")`;
}

/** Bytes that the text of a value may have. Throws `Inexpressible` where the schema bounds it by none. */
function maxTextBytes(field: TypedField): number {
  if (field.type === "integer" || field.type === "boolean") return 20;
  const max = field.type === "string" ? maxLengthOf(field) : undefined;
  if (max !== undefined) return 4 * max;
  throw new Inexpressible(
    field.type === "string"
      ? `its message reads ${pathOf(field)}: set maxLength of it to at most 1000 in the CRD`
      : `its message reads ${pathOf(field)}, whose text has no greatest length`,
  );
}
