import { isMap, type Json, type JsonMap, ownValue, setOwn } from "../base/json.ts";
import type { KubeObject } from "../k8s/object.ts";
import { badRequest, type FieldError } from "./faults.ts";
import { metadataOf } from "./meta.ts";
import type { ResourceVersion } from "./resource.ts";
import { objectMetaSchema } from "./schema/builtin.ts";
import { DecodeError, decodeTyped } from "./schema/decode.ts";
import { fillDefaults, prune } from "./schema/structural.ts";
import { validateSchema } from "./schema/validate.ts";

/** What a client wants done about fields that its kind does not have (`?fieldValidation=`). */
export type FieldValidation = "Strict" | "Warn" | "Ignore";

export interface Decoded {
  readonly object: KubeObject;
  /** Texts for `Warning` headers. */
  readonly warnings: readonly string[];
}

/**
 * Makes a body into an object of its kind: types checked, unknown fields dropped, defaults of the schema filled in.
 * The body is not changed. Throws `ApiFault` 400.
 */
export function decodeObject(type: ResourceVersion, body: JsonMap, validation: FieldValidation): Decoded {
  const { kind } = type.resource;
  checkKind(type, body);
  const unknown: string[] = [];
  let object: JsonMap;
  try {
    if (type.resource.custom) {
      object = prune(type.schema, body, "", unknown, true) as JsonMap;
      const metadata = decodeTyped(objectMetaSchema(), metadataOf(body), "metadata", unknown);
      setOwn(object, "metadata", metadata);
      object = fillDefaults(type.schema, object) as JsonMap;
    } else object = decodeTyped(type.schema, body, "", unknown) as JsonMap;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw badRequest(
      `${kind} in version "${type.version}" cannot be handled as a ${kind}: ${error.message}`,
    );
  }
  const named = { apiVersion: type.apiVersion, kind, ...object, metadata: object["metadata"] } as unknown as KubeObject;
  named.apiVersion = type.apiVersion;
  named.kind = kind;
  const problems = [...new Set(unknown)].map((path) => `unknown field ${JSON.stringify(path)}`);
  if (problems.length > 0 && validation === "Strict") {
    throw badRequest(
      type.resource.custom
        ? `${kind} in version "${type.version}" cannot be handled as a ${kind}: strict decoding error: ${
          problems.join(", ")
        }`
        : `${kind} in version "${type.version}" cannot be handled as a ${kind}: strict decoding error: ${
          problems.join(", ")
        }`,
    );
  }
  return { object: named, warnings: validation === "Warn" ? problems : [] };
}

function checkKind(type: ResourceVersion, body: JsonMap): void {
  const kind = ownValue(body, "kind");
  const apiVersion = ownValue(body, "apiVersion");
  if (kind !== undefined && kind !== "" && kind !== type.resource.kind) {
    const given = typeof apiVersion === "string" ? apiVersion : "";
    throw badRequest(`${String(kind)} in version "${given}" cannot be handled as a ${type.resource.kind}`);
  }
  if (apiVersion !== undefined && apiVersion !== "" && apiVersion !== type.apiVersion) {
    throw badRequest(
      `the API version in the data (${
        String(apiVersion)
      }) does not match the expected API version (${type.apiVersion})`,
    );
  }
  if (
    type.resource.custom &&
    (typeof kind !== "string" || kind === "" || typeof apiVersion !== "string" || apiVersion === "")
  ) {
    const missing = typeof kind === "string" && kind !== "" ? "apiVersion not set" : "Object 'Kind' is missing";
    throw badRequest(`error decoding the body: ${missing} in '${JSON.stringify(Object.keys(body))}'`);
  }
}

/** Holds a custom resource to its schema; `only` restricts that to one field (a write to `status`). */
export function validateCustom(type: ResourceVersion, object: KubeObject, only?: string): FieldError[] {
  if (only === undefined) {
    const { metadata: _, ...rest } = object as unknown as JsonMap;
    return validateSchema(type.schema, rest, "").filter((error) => !error.field.startsWith("metadata"));
  }
  const schema = type.schema.property(only);
  const value: Json | undefined = (object as unknown as JsonMap)[only];
  return schema === undefined || value === undefined ? [] : validateSchema(schema, value, only);
}

/** The object that a built-in kind has when nothing is said of it: what a first write is compared with. */
export function emptyObject(type: ResourceVersion): JsonMap {
  if (type.resource.custom) return { apiVersion: type.apiVersion, kind: type.resource.kind, metadata: {} };
  const zero = decodeTyped(type.schema, {}, "", []);
  return isMap(zero) ? { ...zero, apiVersion: type.apiVersion, kind: type.resource.kind } : {};
}
