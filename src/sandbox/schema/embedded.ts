import { isMap, type Json, type JsonMap, ownValue } from "../../base/json.ts";
import type { FieldError } from "../faults.ts";
import { invalidField, required } from "../kinds/fields.ts";
import { label1035Problems } from "../kinds/names.ts";
import { embeddedMetaErrors } from "../meta.ts";
import type { Schema } from "./schema.ts";

/** Holds embedded objects to what every object has (apiextensions `schema/objectmeta`). */
export function embeddedErrors(schema: Schema, value: Json, path: string): FieldError[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => embeddedErrors(schema.items, item, `${path}[${i}]`));
  if (!isMap(value)) return [];
  const errors = schema.embedded ? objectErrors(value, path) : [];
  for (const [key, item] of Object.entries(value)) {
    const field = schema.field(key);
    if (field === undefined) continue;
    const below = field.named ? (path === "" ? key : `${path}.${key}`) : `${path}[${key}]`;
    errors.push(...embeddedErrors(field.schema, item, below));
  }
  return errors;
}

function objectErrors(object: JsonMap, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const key of ["apiVersion", "kind"]) {
    const field = `${path}.${key}`;
    const value = ownValue(object, key);
    if (value === undefined) errors.push(required(field));
    else if (typeof value !== "string") errors.push(invalidField(field, value, "must be a string"));
    else if (value === "") errors.push(invalidField(field, value, "must not be empty"));
    else if (key === "kind") {
      const problems = label1035Problems(value.toLowerCase());
      if (problems.length > 0) {
        const why = `may have mixed case, but should otherwise match: ${problems.join(",")}`;
        errors.push(invalidField(field, value, why));
      }
    } else if (value.split("/").length > 2) {
      errors.push(invalidField(field, value, `unexpected GroupVersion string: ${value}`));
    }
  }
  const metadata = ownValue(object, "metadata");
  if (isMap(metadata)) errors.push(...embeddedMetaErrors(metadata, `${path}.metadata`));
  return errors;
}
