import { type JsonMap, ownValue, setOwn, stringifyJson } from "../base/json.ts";
import type { KubeObject } from "../k8s/object.ts";
import { badRequest, invalid } from "./faults.ts";
import { invalidField } from "./kinds/fields.ts";
import { metadataOf } from "./meta.ts";
import type { ResourceVersion } from "./resource.ts";
import { objectMetaSchema } from "./schema/builtin.ts";
import { DecodeError, decodeTyped, zeroStruct } from "./schema/decode.ts";
import { dropNulls, fillDefaults, prune } from "./schema/structural.ts";

/** What a client wants done about fields that its kind does not have (`?fieldValidation=`). */
export type FieldValidation = "Strict" | "Warn" | "Ignore";

/** Where an object to decode comes from: sent as it is, patched, or merged by a server-side apply, whose nulls stay. */
export type Origin = "body" | "patch" | "apply";

export interface DecodeOptions {
  /** `Ignore` by default. */
  readonly fieldValidation?: FieldValidation;
  /** Called for each unknown field with field validation `Warn`. */
  readonly warn?: (text: string) => void;
}

/**
 * Makes a body into an object of its kind: types checked, unknown fields dropped, defaults of the schema filled in.
 * The body is not changed. Throws `ApiFault` 400.
 */
export function decodeObject(
  type: ResourceVersion,
  body: JsonMap,
  { fieldValidation, warn }: DecodeOptions,
  origin: Origin = "body",
): KubeObject {
  const { kind } = type.resource;
  checkKind(type, body);
  const unknown: string[] = [];
  let object: JsonMap;
  try {
    if (type.resource.custom) {
      const pruned = { pruned: [] as string[], embedded: [] as string[] };
      const metadata = decodeTyped(objectMetaSchema(), metadataOf(body), "metadata", unknown, "");
      if (origin === "apply") object = { ...body, metadata };
      else {
        object = prune(type.schema, body, "", pruned, true) as JsonMap;
        unknown.push(...pruned.pruned.sort(), ...pruned.embedded);
        setOwn(object, "metadata", metadata);
        object = dropNulls(type.schema, object) as JsonMap;
      }
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
  const problems = [...new Set(unknown)].map((path) =>
    `unknown field ${type.resource.custom || origin !== "body" ? `"${path}"` : JSON.stringify(path)}`
  );
  if (problems.length > 0 && fieldValidation === "Strict") {
    const list = problems.join(", ");
    if (origin === "patch") {
      const why = invalidField("patch", stringifyJson(body), `strict decoding error: ${list}`);
      throw invalid({ group: "", plural: "", kind: "" }, "", [why]);
    }
    throw badRequest(
      `${kind} in version "${type.version}" cannot be handled as a ${kind}: strict decoding error: ${list}`,
    );
  }
  if (fieldValidation === "Warn") { for (const problem of problems) warn?.(problem); }
  return named;
}

function checkKind(type: ResourceVersion, body: JsonMap): void {
  const kind = ownValue(body, "kind") ?? "";
  const apiVersion = ownValue(body, "apiVersion") ?? "";
  const wanted = type.resource.kind;
  if (type.resource.custom) {
    if (kind === "") {
      throw badRequest(`the object provided is unrecognized (must be of type ${wanted}): Object 'Kind' is missing`);
    }
    if (apiVersion !== type.apiVersion) {
      throw badRequest(
        `the API version in the data (${
          String(apiVersion)
        }) does not match the expected API version (${type.apiVersion})`,
      );
    }
    if (kind !== wanted) {
      const named = { group: type.group, plural: type.resource.plural, kind: String(kind) };
      const name = metadataOf(body)["name"];
      throw invalid(named, typeof name === "string" ? name : "", [invalidField("kind", kind, `must be ${wanted}`)]);
    }
    return;
  }
  if ((kind !== "" && kind !== wanted) || (apiVersion !== "" && apiVersion !== type.apiVersion)) {
    const given = String(kind === "" ? wanted : kind);
    const version = String(apiVersion === "" ? type.version : apiVersion).split("/").at(-1);
    throw badRequest(
      `${given} in version "${version}" cannot be handled as a ${wanted}: no kind "${given}" is registered for version "${version}"`,
    );
  }
}

/** The object that a built-in kind has when nothing is said of it: what a first write is compared with. */
export function emptyObject(type: ResourceVersion): JsonMap {
  if (type.resource.custom) return { apiVersion: type.apiVersion, kind: type.resource.kind, metadata: {} };
  return { ...zeroStruct(type.schema), apiVersion: type.apiVersion, kind: type.resource.kind };
}
