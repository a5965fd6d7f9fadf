import { isMap, type Json, type JsonMap, ownValue, parseJson, setOwn } from "../../base/json.ts";
import { badRequest } from "../faults.ts";
import type { Schema } from "../schema/schema.ts";

/** What every protobuf body of Kubernetes begins with; a `runtime.Unknown` follows. */
const magic = [0x6b, 0x38, 0x73, 0];
const maxDepth = 100;

/** Field numbers by property name, or those of a structure that is flat in JSON (`x-wire`). */
type Wire = { readonly [number: string]: Json };

/**
 * Reads a body of type `application/vnd.kubernetes.protobuf`, which kubectl sends for built-in kinds, as the JSON that
 * it stands for. `schemaOf` finds the schema of the kind that the body names. Throws `ApiFault` 400.
 */
export function readProtobuf(bytes: Uint8Array, schemaOf: (apiVersion: string, kind: string) => Schema): JsonMap {
  if (magic.some((byte, i) => bytes[i] !== byte)) throw malformed("it does not begin as protobuf of Kubernetes");
  let apiVersion = "";
  let kind = "";
  let raw: Uint8Array = new Uint8Array();
  for (const { number, bytes: value } of fields(bytes.subarray(magic.length))) {
    if (number === 2) raw = value;
    if (number !== 1) continue;
    for (const inner of fields(value)) {
      if (inner.number === 1) apiVersion = textOf(inner.bytes);
      if (inner.number === 2) kind = textOf(inner.bytes);
    }
  }
  const out: JsonMap = { apiVersion, kind };
  const schema = schemaOf(apiVersion, kind);
  readMessage(schema, wireOf(schema), raw, out, 0);
  return out;
}

interface Field {
  readonly number: number;
  /** Empty for numbers. */
  readonly bytes: Uint8Array;
  readonly value: bigint;
}

function* fields(bytes: Uint8Array): Generator<Field> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const none = new Uint8Array();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw malformed("it ends too early");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw malformed("a number in it is too long");
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Number(tag >> 3n);
    switch (Number(tag & 7n)) {
      case 0:
        yield { number, bytes: none, value: varint() };
        break;
      case 1:
        if (at + 8 > bytes.length) throw malformed("it ends too early");
        yield { number, bytes: bytes.subarray(at, at + 8), value: view.getBigInt64(at, true) };
        at += 8;
        break;
      case 2: {
        const length = Number(varint());
        if (length < 0 || at + length > bytes.length) throw malformed("it ends too early");
        yield { number, bytes: bytes.subarray(at, at + length), value: 0n };
        at += length;
        break;
      }
      default:
        throw malformed(`it has a field of an unknown wire type (${tag & 7n})`);
    }
  }
}

function readMessage(schema: Schema, wire: Wire, bytes: Uint8Array, out: JsonMap, depth: number): void {
  if (depth > maxDepth) throw malformed("it is nested too deep");
  for (const field of fields(bytes)) {
    const name = wire[field.number];
    if (isMap(name)) readMessage(schema, name, field.bytes, out, depth + 1);
    const property = typeof name === "string" ? schema.property(name) : undefined;
    if (property === undefined || typeof name !== "string") continue;
    if (property.type === "array") {
      const list = ownValue(out, name);
      const items = Array.isArray(list) ? list : [];
      items.push(readValue(property.items, field, depth));
      setOwn(out, name, items);
    } else if (property.type === "object" && property.additional !== undefined) {
      const map = ownValue(out, name);
      const entries = isMap(map) ? map : {};
      readEntry(property.additional, field.bytes, entries, depth);
      setOwn(out, name, entries);
    } else setOwn(out, name, readValue(property, field, depth));
  }
}

function readEntry(schema: Schema, bytes: Uint8Array, entries: JsonMap, depth: number): void {
  let key = "";
  let value: Json = schema.type === "string" ? "" : {};
  for (const field of fields(bytes)) {
    if (field.number === 1) key = textOf(field.bytes);
    if (field.number === 2) value = readValue(schema, field, depth);
  }
  setOwn(entries, key, value);
}

function readValue(schema: Schema, { bytes, value }: Field, depth: number): Json {
  const special = specialMessages[schema.text("$ref")?.split(".").at(-1) ?? ""];
  if (special !== undefined) return special(bytes);
  switch (schema.type) {
    case "string":
      return schema.text("format") === "byte" ? base64Of(bytes) : textOf(bytes);
    case "boolean":
      return value !== 0n;
    case "integer":
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    case "number":
      return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
    default: {
      const out: JsonMap = {};
      readMessage(schema, wireOf(schema), bytes, out, depth + 1);
      return out;
    }
  }
}

/** Messages whose JSON has another form. */
const specialMessages: Readonly<Record<string, (bytes: Uint8Array) => Json>> = {
  Quantity: (bytes) => numbered(bytes, (field) => textOf(field.bytes)).get(1) ?? "0",
  Time: timeOf,
  MicroTime: timeOf,
  IntOrString: (bytes) => {
    const found = numbered(bytes, (field) => field);
    if (found.get(1)?.value === 1n) return textOf(found.get(3)?.bytes ?? new Uint8Array());
    return Number(found.get(2)?.value ?? 0n);
  },
  RawExtension: rawOf,
  FieldsV1: rawOf,
};

function numbered<T>(bytes: Uint8Array, read: (field: Field) => T): Map<number, T> {
  return new Map([...fields(bytes)].map((field) => [field.number, read(field)]));
}

function timeOf(bytes: Uint8Array): Json {
  const found = numbered(bytes, ({ value }) => value);
  // A time of no value is an empty message.
  if (found.size === 0) return null;
  const time = new Date(Number(found.get(1) ?? 0n) * 1000);
  if (Number.isNaN(time.getTime())) throw malformed("a time in it is out of range");
  return time.toISOString().replace(/\.\d{3}Z$/, "Z");
}

function rawOf(bytes: Uint8Array): Json {
  const text = textOf(numbered(bytes, (field) => field.bytes).get(1) ?? new Uint8Array());
  try {
    return text === "" ? null : parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw malformed("it holds raw JSON that cannot be read");
    throw error;
  }
}

function wireOf(schema: Schema): Wire {
  const wire = ownValue(schema.source, "x-wire");
  return isMap(wire) ? wire : {};
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function base64Of(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function malformed(why: string) {
  return badRequest(`the body of the request cannot be read: ${why}`);
}
