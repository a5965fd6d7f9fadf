import { parse } from "yaml";
import { isMap, type Json, type JsonMap, parseJson } from "../../base/json.ts";
import { badRequest, tooLarge, unsupportedMediaType } from "../faults.ts";
import type { Schema } from "../schema/schema.ts";
import { readProtobuf } from "./protobuf.ts";

/** The API server's own limit (`MaxRequestBodyBytes`). */
const maxBodyBytes = 3 * 1024 * 1024;
const jsonTypes = ["application/json", "application/yaml"];
/** Deeper nesting is refused, so that no walk over an object can exhaust the stack. */
const maxBodyDepth = 500;

/** The media type of a request, without parameters. */
export function mediaType(request: Request): string {
  return (request.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
}

async function readBytes(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBodyBytes) throw tooLarge(maxBodyBytes);
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    if (size > maxBodyBytes) throw tooLarge(maxBodyBytes);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

/** Reads a body's text; throws `ApiFault` 413 beyond the limit. */
export async function readText(request: Request): Promise<string> {
  const bytes = await readBytes(request);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw badRequest("the body of the request is not valid UTF-8");
    throw error;
  }
}

/** Finds the schema of a kind whose protobuf can be read; `undefined` for every other kind. */
export type WireSchemas = (apiVersion: string, kind: string) => Schema | undefined;

/** Reads the body of a POST, PUT or DELETE: JSON, YAML, or protobuf of built-in kinds. An empty one is `undefined`. */
export async function readObject(request: Request, schemas?: WireSchemas): Promise<JsonMap | undefined> {
  const type = mediaType(request);
  switch (type) {
    case "":
    case "application/json":
    case "*/*":
      return asMap(parseBody(await readText(request)));
    case "application/yaml":
      return asMap(parseYaml(await readText(request)));
    case "application/vnd.kubernetes.protobuf": {
      const known = schemas === undefined ? jsonTypes : [...jsonTypes, type];
      const bytes = await readBytes(request);
      if (bytes.length === 0) return undefined;
      return readProtobuf(bytes, (apiVersion, kind) => {
        const schema = schemas?.(apiVersion, kind);
        if (schema === undefined) throw unsupportedMediaType(known);
        return schema;
      });
    }
    default:
      throw unsupportedMediaType(
        schemas === undefined ? jsonTypes : [...jsonTypes, "application/vnd.kubernetes.protobuf"],
      );
  }
}

/** Parses JSON text; "" is `undefined`. Throws `ApiFault` 400. */
export function parseBody(text: string): Json | undefined {
  if (text.trim() === "") return undefined;
  checkNesting(text);
  let value: Json;
  try {
    value = parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw badRequest(`error decoding the body: ${error.message}`);
    throw error;
  }
  return value;
}

/** Looks at the brackets alone: what is nested too deep is not even parsed. */
function checkNesting(text: string): void {
  if (text.length <= 2 * maxBodyDepth) return;
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === "\\") i++;
    else if (char === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (char === "{" || char === "[") {
      if (++depth > maxBodyDepth) throw tooDeep();
    } else if (char === "}" || char === "]") depth--;
  }
}

function tooDeep() {
  return badRequest(`the body of the request is nested more than ${maxBodyDepth} levels deep`);
}

/** Parses YAML (or JSON) text, as `kubectl apply --server-side` sends it; "" is `undefined`. Throws `ApiFault` 400. */
export function parseYaml(text: string): Json | undefined {
  if (/^\s*\{/.test(text)) return parseBody(text);
  let value: Json | undefined;
  try {
    value = fromYaml(parse(text, { version: "1.1", intAsBigInt: true, maxAliasCount: 100, schema: "yaml-1.1" }));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw badRequest(`error decoding YAML: ${error.message.split("\n")[0]}`);
  }
  if (value !== undefined) checkDepth(value, 0);
  return value;
}

function fromYaml(value: unknown): Json {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(fromYaml);
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromYaml(item)]));
  }
  return value as Json;
}

function asMap(value: Json | undefined): JsonMap | undefined {
  if (value === undefined || isMap(value)) return value;
  throw badRequest("the body of the request is not an object");
}

function checkDepth(value: Json, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  if (depth > maxBodyDepth) throw tooDeep();
  for (const item of Array.isArray(value) ? value : Object.values(value)) checkDepth(item, depth + 1);
}
