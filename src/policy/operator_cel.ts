import { type JsonMap, ownValue } from "../base/json.ts";
import { scalarText } from "../base/scalar_text.ts";
import { type ConditionOperator, parseBound, parseBounds, parseNumber } from "../conditions/mod.ts";
import { literal } from "../plan/cel.ts";
import { all, any, type Bool, negated, no, operand as call, relation, yes } from "./bool.ts";
import { type Budget, checkCost } from "./cost.ts";
import { Inexpressible } from "./inexpressible.ts";
import { pathOf, type TypedField } from "./typed_field.ts";
import { celPattern } from "./pattern_cel.ts";

/** Operators that hold where another one does not, whatever the value. */
const opposite: Readonly<Partial<Record<ConditionOperator, ConditionOperator>>> = {
  notEquals: "equals",
  notContains: "contains",
  notPrefix: "prefix",
  notSuffix: "suffix",
  notIn: "in",
  notExists: "exists",
  notBetween: "between",
};

/**
 * Whether a value that is there compares with a literal as the operator says. Values are compared as texts, but for
 * numbers and types, so what of a type can never have a text is decided here. Throws `Inexpressible`.
 */
export function comparison(
  operator: ConditionOperator,
  operand: string,
  field: TypedField,
  budget: Budget,
): Bool {
  const positive = opposite[operator];
  if (positive !== undefined) return negated(comparison(positive, operand, field, budget));
  const { value, type } = field;
  switch (operator) {
    case "equals":
      return equalsOne(field, [operand]);
    case "in":
      return equalsOne(field, operand.split(",").map((item) => item.trim()));
    case "exists":
      return type === "string" || type === "intOrString" ? relation(value, "!=", `""`) : yes;
    case "contains":
      checkCost(field, operand.length, "contains", budget);
      checkText(field);
      return call(`${textOf(field)}.contains(${text(operand)})`);
    case "prefix":
      checkText(field);
      return call(`${textOf(field)}.startsWith(${text(operand)})`);
    case "suffix":
      checkText(field);
      return call(`${textOf(field)}.endsWith(${text(operand)})`);
    case "regex":
    case "notRegex": {
      checkText(field);
      checkCost(field, operand.length, "regex", budget);
      const matches = call(`${textOf(field)}.matches(${text(celPattern(operand))})`);
      return operator === "regex" ? matches : negated(matches);
    }
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      return ordered(field, operator, numberOf(operand));
    case "between": {
      const bounds = parseBounds(operand);
      if (bounds === undefined) throw new Inexpressible(`"${operand}" is not a range`);
      return all(ordered(field, "gte", bounds.min), ordered(field, "lte", bounds.max));
    }
    case "typeOf":
      return isOfType(field, operand.toLowerCase());
    case "typeMap":
    case "typeList":
    case "typeString":
    case "typeNumber":
    case "typeBool":
    case "typeNull":
      return isOfType(field, operator.slice("type".length).toLowerCase());
    case "unique":
      throw new Inexpressible("it needs the other objects of the kind");
    default:
      throw new Inexpressible(`CEL has nothing like the operator "${operator}"`);
  }
}

/** The text of the value is one of these. */
function equalsOne(field: TypedField, texts: readonly string[]): Bool {
  const { value, type } = field;
  switch (type) {
    case "string":
      return isOne(value, texts.map(text));
    case "integer":
      return isOne(value, integersOf(texts));
    case "number":
      return isOne(value, texts.flatMap((each) => doubleOfText(each)));
    case "boolean":
      return any(
        ...(texts.includes("true") ? [relation(value, "==", "true")] : []),
        ...(texts.includes("false") ? [relation(value, "==", "false")] : []),
      );
    case "intOrString":
      return any(isOne(value, texts.map(text)), isOne(value, integersOf(texts)));
    default:
      throw new Inexpressible(`${pathOf(field)} is a ${type}, which is compared by how it is printed`);
  }
}

function isOne(value: string, literals: readonly string[]): Bool {
  if (literals.length === 0) return no;
  return literals.length === 1
    ? relation(value, "==", literals[0]!)
    : relation(value, "in", `[${literals.join(", ")}]`);
}

/** Texts that an integer of 64 bits can have, as literals. */
function integersOf(texts: readonly string[]): string[] {
  return texts.filter((each) => /^(?:0|-?[1-9]\d{0,18})$/.test(each) && isInt64(BigInt(each)));
}

function doubleOfText(each: string): string[] {
  const number = parseNumber(each);
  if (number === undefined) return [];
  if (Number.isInteger(Number(number)) && Math.abs(Number(number)) >= 2 ** 53) {
    throw new Inexpressible(`${each} is not exact as a double`);
  }
  return scalarText(Number(number)) === each ? [double(Number(number))] : [];
}

function isInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

/** A literal of CEL's type double. */
function double(value: number): string {
  const digits = String(value);
  return /^-?\d+$/.test(digits) ? `${digits}.0` : digits;
}

function numberOf(operand: string): number | bigint {
  const bound = parseBound(operand);
  if (bound === undefined) throw new Inexpressible(`"${operand}" is not a number`);
  return bound.number;
}

const signs = { gt: ">", gte: ">=", lt: "<", lte: "<=" } as const;

function ordered(field: TypedField, operator: keyof typeof signs, bound: number | bigint): Bool {
  const { value, type } = field;
  if (type === "integer") {
    // Between two integers there is none: of 2.5 the comparison is that with 3, or with 2.
    const isUpward = operator === "gte" || operator === "lt";
    const whole = typeof bound === "bigint" ? bound : BigInt(isUpward ? Math.ceil(bound) : Math.floor(bound));
    if (!isInt64(whole)) throw new Inexpressible(`${bound} is not a number of 64 bits`);
    return relation(value, signs[operator], String(whole));
  }
  if (type === "number") {
    const near = Number(bound);
    if (!Number.isFinite(near) || (typeof bound === "bigint" && !Number.isSafeInteger(near))) {
      throw new Inexpressible(`${bound} is not exact as a double`);
    }
    return relation(value, signs[operator], double(near));
  }
  throw notNumber(field);
}

function notNumber(field: TypedField): Inexpressible {
  return new Inexpressible(
    `${pathOf(field)} is of type ${named[field.type]}, whose texts are compared as numbers where they are some`,
  );
}

/** What `typeOf` calls the types of schemas; `slice` is an older word for a list. */
function isOfType(field: TypedField, name: string): Bool {
  const wanted = name === "slice" ? "list" : name;
  if (field.type === "intOrString") {
    if (wanted !== "string" && wanted !== "number") return no;
    const isText = relation(`type(${field.value})`, "==", "string");
    return wanted === "string" ? isText : negated(isText);
  }
  return kinds[field.type] === wanted ? yes : no;
}

const kinds = {
  string: "string",
  integer: "number",
  number: "number",
  boolean: "bool",
  map: "map",
  list: "list",
} as const;

const named = { ...kinds, integer: "integer", boolean: "boolean", intOrString: "int-or-string" } as const;

/** The cost of what is done to the text of an integer is estimated as that of the longest text there is. */
function checkText(field: TypedField): void {
  if (field.place !== "crd" || field.type !== "integer") return;
  throw new Inexpressible(`${pathOf(field)} is an integer, whose text the API server does not search in a CRD's rule`);
}

/** The value as text. */
export function textOf(field: TypedField): string {
  switch (field.type) {
    case "string":
      return field.value;
    case "integer":
      // A policy sees 1.0 where a client has sent it, which is stored as 1.
      return field.place === "crd" ? `string(${field.value})` : `string(int(${field.value}))`;
    case "boolean":
      return `(${field.value} ? "true" : "false")`;
    case "intOrString":
      return field.place === "crd"
        ? `string(${field.value})`
        : `(type(${field.value}) == string ? string(${field.value}) : string(int(${field.value})))`;
    default:
      throw new Inexpressible(`${pathOf(field)} is of type ${named[field.type]}, which CEL prints otherwise`);
  }
}

/** A string literal. Throws `Inexpressible` for what is no text in UTF-8. */
export function text(value: string): string {
  if (!value.isWellFormed()) throw new Inexpressible("it has half of a surrogate pair");
  return literal(value);
}

/**
 * Whether a value compares with that of another field as the operator says; an absent one is the empty text. Throws
 * `Inexpressible`.
 */
export function fieldComparison(
  operator: ConditionOperator,
  field: TypedField,
  other: TypedField,
  isCheck: boolean,
  isNegated: boolean,
): Bool {
  const signed = (test: Bool): Bool => isNegated ? negated(test) : test;
  switch (operator) {
    case "notEquals":
      return fieldComparison("equals", field, other, isCheck, !isNegated);
    case "equals":
      return signed(equalFields(field, other));
    case "gt":
    case "gte":
    case "lt":
    case "lte": {
      for (const each of [field, other]) if (each.type !== "integer" && each.type !== "number") throw notNumber(each);
      if (field.type !== other.type) throw new Inexpressible("it compares an integer with a number");
      if (!other.certain) {
        throw new Inexpressible(`${pathOf(other)} may be absent, and then the rule cannot be checked: require it`);
      }
      if (isCheck) {
        const test = signed(relation(field.value, signs[operator], other.value));
        // Without its bound a rule denies nothing.
        return any(negated(other.present), all(field.present, test));
      }
      const zero = field.type === "integer" ? "0" : "0.0";
      const value = field.present === yes ? field.value : `(${field.present.text} ? ${field.value} : ${zero})`;
      return all(other.present, signed(relation(value, signs[operator], other.value)));
    }
    default:
      throw new Inexpressible(`its value is a template, with the operator "${operator}"`);
  }
}

function equalFields(field: TypedField, other: TypedField): Bool {
  const scalar = field.type === "string" || field.type === "integer" || field.type === "boolean";
  if (!scalar || field.type !== other.type) {
    throw new Inexpressible("it compares two fields that are not both of type string, integer or boolean");
  }
  const same = relation(field.value, "==", other.value);
  if (field.type !== "string") {
    return any(all(field.present, other.present, same), all(negated(field.present), negated(other.present)));
  }
  // White space round what a template renders is dropped, which would have to be the same white space.
  if (!isTrimmed(other.schema)) {
    throw new Inexpressible(`${pathOf(other)} may have white space round it, which a template drops`);
  }
  return relation(optionalText(field), "==", optionalText(other));
}

/** The text of a field, empty where it is absent. */
export function optionalText(field: TypedField): string {
  return field.present === yes ? textOf(field) : `(${field.present.text} ? ${textOf(field)} : "")`;
}

function isTrimmed(schema: JsonMap): boolean {
  const values = ownValue(schema, "enum");
  return Array.isArray(values) && values.every((each) => typeof each === "string" && !/^\s|\s$/.test(each));
}
