import { isMap, type Json, type JsonMap } from "../../base/json.ts";
import type { FieldError } from "../faults.ts";
import { patternProblem } from "../schema/pattern.ts";
import { Models } from "../schema/schema.ts";
import { validateSchema } from "../schema/validate.ts";
import { forbiddenField, invalidField, notSupported, required } from "./fields.ts";

const types = ["array", "boolean", "integer", "number", "object", "string"];
/** Deeper schemas are refused. */
const maxDepth = 100;
/** What metadata may be restricted in. */
const metadataFields = ["name", "generateName"];

/**
 * What keeps a schema from being structural (apiextensions `pkg/apiserver/schema/validation.go`): no type, lists without
 * items, keyed lists without keys, defaults and patterns that do not hold.
 */
export function schemaErrors(schema: Json, path: string, root = true, depth = 0): FieldError[] {
  if (!isMap(schema)) return [];
  if (depth > maxDepth) return [forbiddenField(path, `may not be nested more than ${maxDepth} levels deep`)];
  const errors = ownErrors(schema, path, root);
  const properties = isMap(schema["properties"]) ? schema["properties"] : {};
  for (const [name, property] of Object.entries(properties)) {
    const at = `${path}.properties[${name}]`;
    if (root && name === "metadata") errors.push(...metadataErrors(property, at));
    else if (!root || !["apiVersion", "kind"].includes(name)) {
      errors.push(...schemaErrors(property, at, false, depth + 1));
    }
  }
  if (isMap(schema["items"])) errors.push(...schemaErrors(schema["items"], `${path}.items`, false, depth + 1));
  if (isMap(schema["additionalProperties"])) {
    errors.push(...schemaErrors(schema["additionalProperties"], `${path}.additionalProperties`, false, depth + 1));
  }
  return errors;
}

function metadataErrors(schema: Json, path: string): FieldError[] {
  const properties = isMap(schema) && isMap(schema["properties"]) ? Object.keys(schema["properties"]) : [];
  if (properties.every((name) => metadataFields.includes(name))) return [];
  return [
    forbiddenField(
      path,
      "must not specify anything other than name and generateName, but metadata is implicitly specified",
    ),
  ];
}

function ownErrors(schema: JsonMap, path: string, root: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const type = schema["type"];
  const open = schema["x-kubernetes-int-or-string"] === true || schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (type === undefined || type === "") {
    if (root) errors.push(required(`${path}.type`, "must not be empty at the root"));
    else if (!open) errors.push(required(`${path}.type`, "must not be empty for specified object fields"));
  } else if (!types.includes(type as string)) errors.push(notSupported(`${path}.type`, type, types));
  else if (root && type !== "object") errors.push(invalidField(`${path}.type`, type, "must be object at the root"));
  if (type === "array" && !isMap(schema["items"])) errors.push(required(`${path}.items`, "must be specified"));
  if (schema["properties"] !== undefined && schema["additionalProperties"] !== undefined) {
    errors.push(
      forbiddenField(`${path}.additionalProperties`, "additionalProperties and properties are mutual exclusive"),
    );
  }
  errors.push(...listErrors(schema, path), ...valueErrors(schema, path));
  return errors;
}

function listErrors(schema: JsonMap, path: string): FieldError[] {
  const kind = schema["x-kubernetes-list-type"];
  const keys = Array.isArray(schema["x-kubernetes-list-map-keys"]) ? schema["x-kubernetes-list-map-keys"] : [];
  if (kind === undefined) return [];
  const errors: FieldError[] = [];
  if (schema["type"] !== "array") {
    errors.push(
      invalidField(`${path}.type`, schema["type"] ?? "", "must be array if x-kubernetes-list-type is specified"),
    );
  }
  if (!["atomic", "map", "set"].includes(kind as string)) {
    errors.push(notSupported(`${path}.x-kubernetes-list-type`, kind, ["atomic", "map", "set"]));
  }
  if (kind !== "map") return errors;
  if (keys.length === 0) {
    errors.push(required(`${path}.x-kubernetes-list-map-keys`, "must not be empty if x-kubernetes-list-type is map"));
  }
  const items = isMap(schema["items"]) ? schema["items"] : {};
  const properties = isMap(items["properties"]) ? items["properties"] : {};
  const mandatory = Array.isArray(items["required"]) ? items["required"] : [];
  for (const key of keys) {
    const property = properties[key as string];
    if (!isMap(property)) {
      errors.push(
        invalidField(
          `${path}.x-kubernetes-list-map-keys[${keys.indexOf(key)}]`,
          key,
          "entries in x-kubernetes-list-map-keys must be one of the fields of the items",
        ),
      );
    } else if (!mandatory.includes(key) && property["default"] === undefined) {
      const why = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
      errors.push(required(`${path}.items.properties[${key}].default`, why));
    }
  }
  return errors;
}

function valueErrors(schema: JsonMap, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { pattern } = schema;
  if (typeof pattern === "string") {
    const problem = patternProblem(pattern);
    if (problem !== undefined) {
      const why = `must be a valid regular expression, but isn't: error parsing regexp: ${
        problem.replace(/^.*?: /, "")
      }`;
      errors.push(invalidField(`${path}.pattern`, pattern, why));
    }
  }
  if (schema["default"] !== undefined) {
    for (const error of validateSchema(new Models({}).node(schema), schema["default"]!)) {
      errors.push({
        ...error,
        field: `${path}.default${error.field === "<nil>" || error.field === "" ? "" : `.${error.field}`}`,
      });
    }
  }
  return errors;
}
