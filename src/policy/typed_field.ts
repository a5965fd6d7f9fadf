import { printFieldPath } from "../base/field_path.ts";
import { isMap, type JsonMap, ownValue } from "../base/json.ts";
import { type Cel, literal } from "../plan/cel.ts";
import { all, type Bool, operand, relation } from "./bool.ts";
import { Inexpressible } from "./inexpressible.ts";

/**
 * Where expressions are evaluated. `policy`: of a ValidatingAdmissionPolicy, over `object`, which its schema admits.
 * `mutation`: of a MutatingAdmissionPolicy, before the schema is asked, so that anything may be null. `crd`: of a rule
 * of the schema of `spec`, over `self`.
 */
export type Place = "policy" | "mutation" | "crd";

/** What a schema admits at a path: expressions are only made of values whose type is known. */
export type ValueType = "string" | "integer" | "number" | "boolean" | "intOrString" | "map" | "list";

/** A path into an object, as CEL reads it. */
export interface TypedField {
  readonly path: readonly string[];
  readonly place: Place;
  readonly type: ValueType;
  readonly schema: JsonMap;
  /** The expression of its value, which is an error where `present` is false. */
  readonly value: Cel;
  /** It is there, and not null; never an error. */
  readonly present: Bool;
  /**
   * The schema lets no object be without it. One that was stored under another schema may be all the same, while that
   * part of it stays unchanged: no expression relies on it.
   */
  readonly certain: boolean;
  /** The segments are names of fields that the schema lists: no keys of maps, no indexes. */
  readonly named: boolean;
}

/**
 * The field at a path, by the structural schema of the whole object. Throws `Inexpressible` where the schema does not
 * say what may be there.
 */
export function typedField(schema: JsonMap, path: readonly string[], place: Place): TypedField {
  if (path.length === 0) throw new Inexpressible("it reads the object as a whole");
  if (place === "crd" && path[0] !== "spec") {
    throw new Inexpressible(`a rule of a CRD sees spec alone, and this reads ${printFieldPath(path)}`);
  }
  let here: Walk = { schema, value: "object", checks: [], certain: true, named: true };
  path.forEach((name, depth) => here = step(here, path.slice(0, depth + 1), name, place));
  const type = typeOf(here.schema);
  if (type === undefined) throw untyped(path);
  if (place === "crd") checkFormat(here.schema, path);
  return {
    path,
    place,
    type,
    schema: here.schema,
    value: here.value,
    present: all(...here.checks),
    certain: here.certain,
    named: here.named,
  };
}

/** The path as messages name it. */
export function pathOf({ path }: TypedField): string {
  return printFieldPath(path);
}

interface Walk {
  readonly schema: JsonMap;
  readonly value: Cel;
  readonly checks: readonly Bool[];
  readonly certain: boolean;
  readonly named: boolean;
}

function step(before: Walk, path: readonly string[], name: string, place: Place): Walk {
  const type = path.length === 1 ? "map" : typeOf(before.schema);
  if (type === "list") return item(before, path, name, place);
  if (type !== "map") {
    if (type === undefined) throw untyped(path.slice(0, -1));
    throw new Inexpressible(`${printFieldPath(path.slice(0, -1))} has no fields, by the schema of the CRD`);
  }
  if (ownValue(before.schema, "x-kubernetes-embedded-resource") === true) throw untyped(path);
  const { schema, named } = childSchema(before.schema, path);
  const certain = before.certain && named && isCertain(before, name);
  if (path.length === 1 && place === "crd") {
    return below(path, place, schema, { value: "self", checks: [], certain, named });
  }
  const { value, has } = accessOf(before.value, name, named, place);
  const always = path.length === 1 && rootFields.has(name);
  if (always) return { schema, value, checks: [], certain: true, named: true };
  return below(path, place, schema, {
    value,
    checks: [...before.checks, has],
    certain,
    named: before.named && named,
  });
}

/** Every object has them. */
const rootFields: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);

/** A value that may be null: in a policy null is asked for, in a CRD it is read otherwise. */
function below(path: readonly string[], place: Place, schema: JsonMap, walk: Omit<Walk, "schema">): Walk {
  if (ownValue(schema, "nullable") !== true && place !== "mutation") return { schema, ...walk };
  if (place === "crd") {
    throw new Inexpressible(`${printFieldPath(path)} may be null, which the rules of a CRD read otherwise`);
  }
  return { schema, ...walk, checks: [...walk.checks, relation(walk.value, "!=", "null")], certain: false };
}

/** The schema of a key of a map; `named`: it is one of its `properties`. */
function childSchema(schema: JsonMap, path: readonly string[]): { schema: JsonMap; named: boolean } {
  const name = path.at(-1)!;
  const property = own(schema, "properties", name);
  if (property !== undefined) return { schema: property, named: true };
  const additional = ownValue(schema, "additionalProperties");
  if (isMap(additional)) return { schema: additional, named: false };
  const isOpen = additional === true || ownValue(schema, "x-kubernetes-preserve-unknown-fields") === true;
  if (isOpen) throw untyped(path);
  throw new Inexpressible(`the schema of the CRD has no ${printFieldPath(path)}`);
}

function item(before: Walk, path: readonly string[], name: string, place: Place): Walk {
  const items = ownValue(before.schema, "items");
  const index = /^(?:0|[1-9]\d{0,5})$/.test(name) ? Number(name) : undefined;
  if (index === undefined) throw new Inexpressible(`${printFieldPath(path)} is not an item of a list`);
  if (!isMap(items)) throw untyped(path);
  return below(path, place, items, {
    value: `${before.value}[${index}]`,
    checks: [...before.checks, relation(`size(${before.value})`, ">", String(index))],
    certain: false,
    named: false,
  });
}

function isCertain({ schema }: Walk, name: string): boolean {
  const required = ownValue(schema, "required");
  const hasDefault = ownValue(own(schema, "properties", name) ?? {}, "default") !== undefined;
  return hasDefault || (Array.isArray(required) && required.includes(name));
}

/** How CEL reads a key of a map, and asks for it. */
function accessOf(map: Cel, name: string, named: boolean, place: Place): { value: Cel; has: Bool } {
  // The objects of policies are maps of any type; those of a schema have fields, with names that CEL takes.
  const field = place === "crd" && named ? escaped(name) : isSelector(name) ? name : undefined;
  if (place === "crd" && named && field === undefined) {
    throw new Inexpressible(`CEL cannot name the field ${JSON.stringify(name)}`);
  }
  return field !== undefined && named
    ? { value: `${map}.${field}`, has: operand(`has(${map}.${field})`) }
    : { value: `${map}[${literal(name)}]`, has: relation(literal(name), "in", map) };
}

/** Names that are not identifiers of CEL (cel-spec: "Syntax"; k8s.io/apiserver `pkg/cel/escaping.go`). */
const reserved: ReadonlySet<string> = new Set(
  ("true false null in as break const continue else for function if import let loop package namespace return var void " +
    "while").split(" "),
);

function isSelector(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name) && !reserved.has(name);
}

/** A field of a schema under the name that the API server gives it; `undefined`: it gives it none. */
function escaped(name: string): string | undefined {
  if (reserved.has(name)) return `__${name}__`;
  const text = name.replace(/__|[.\-/]/g, (found) => `__${signs[found]}__`);
  return /^[A-Za-z_]\w*$/.test(text) ? text : undefined;
}

const signs: Readonly<Record<string, string>> = { "__": "underscores", ".": "dot", "-": "dash", "/": "slash" };

function typeOf(schema: JsonMap): ValueType | undefined {
  if (ownValue(schema, "x-kubernetes-int-or-string") === true) return "intOrString";
  switch (ownValue(schema, "type")) {
    case "string":
      return "string";
    case "integer":
      return "integer";
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    case "object":
      return "map";
    case "array":
      return "list";
    default:
      return undefined;
  }
}

/** Formats whose values are no texts in the rules of a CRD (k8s.io/apiserver `pkg/cel/common/schemas.go`). */
const typedFormats: ReadonlySet<unknown> = new Set(["byte", "date", "date-time", "duration"]);

function checkFormat(schema: JsonMap, path: readonly string[]): void {
  const format = ownValue(schema, "format");
  if (ownValue(schema, "type") === "string" && typedFormats.has(format)) {
    throw new Inexpressible(
      `${printFieldPath(path)} has the format ${String(format)}, which is no text in a CRD's rule`,
    );
  }
}

function untyped(path: readonly string[]): Inexpressible {
  return new Inexpressible(
    `the type of ${printFieldPath(path)} is not known: give it one in the schema of the CRD`,
  );
}

function own(schema: JsonMap, key: string, name: string): JsonMap | undefined {
  const map = ownValue(schema, key);
  const value = isMap(map) ? ownValue(map, name) : undefined;
  return isMap(value) ? value : undefined;
}
