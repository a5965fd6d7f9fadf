import { type Json, type JsonMap, ownValue } from "../base/json.ts";
import { type KubeObject, valueAt } from "../k8s/object.ts";
import { ruleErrors } from "./cel/validation_rules.ts";
import { goText, goType } from "./apply/go_text.ts";
import type { FieldError } from "./faults.ts";
import { invalidField } from "./kinds/fields.ts";
import type { ResourceVersion } from "./resource.ts";
import { embeddedErrors } from "./schema/embedded.ts";
import { listTypeErrors } from "./schema/list_types.ts";
import { validateSchema } from "./schema/validate.ts";

/** Holds a custom resource to its definition. `current` is the object before the write; what it has wrong may stay. */
export function customErrors(
  type: ResourceVersion,
  next: KubeObject,
  current: KubeObject | undefined,
  log: (text: string) => void,
): FieldError[] {
  // With its metadata the object as a whole always differs from what it was.
  const before: JsonMap | undefined = current && { ...withoutMetadata(current), metadata: null };
  const errors = validateSchema(type.schema, withoutMetadata(next), before);
  const scale = type.scale;
  if (scale !== undefined) {
    errors.push(...replicaErrors(next, scale.specReplicas), ...scaleStatusErrors(type, next));
  }
  errors.push(...embeddedErrors(type.schema, withoutMetadata(next), ""), ...listErrors(type, next, current));
  return [...errors, ...ruleErrors(type.schema, next as never, current as never, errors, log)];
}

/** The same for a write to the status alone. */
export function customStatusErrors(
  type: ResourceVersion,
  next: KubeObject,
  current: KubeObject,
  log: (text: string) => void,
): FieldError[] {
  const schema = type.schema.property("status");
  const status: Json | undefined = next["status"];
  const errors: FieldError[] = [];
  if (schema !== undefined && status !== undefined) {
    for (const error of validateSchema(schema, status, ownValue(current as unknown as JsonMap, "status"))) {
      errors.push({ ...error, field: error.field === "<nil>" ? "status" : `status.${error.field}` });
    }
  }
  errors.push(...scaleStatusErrors(type, next), ...listErrors(type, next, current));
  return [...errors, ...ruleErrors(type.schema, next as never, current as never, errors, log)];
}

/** Its schema says nothing of the metadata. */
function withoutMetadata(object: KubeObject): JsonMap {
  const { metadata: _, ...rest } = object as unknown as JsonMap;
  return rest;
}

function listErrors(type: ResourceVersion, next: KubeObject, current: KubeObject | undefined): FieldError[] {
  const errors = listTypeErrors(type.schema, withoutMetadata(next), "");
  if (errors.length === 0 || current === undefined) return errors;
  return listTypeErrors(type.schema, withoutMetadata(current), "").length > 0 ? [] : errors;
}

function scaleStatusErrors(type: ResourceVersion, object: KubeObject): FieldError[] {
  const { scale } = type;
  if (scale === undefined) return [];
  const errors = replicaErrors(object, scale.statusReplicas);
  if (scale.selector !== undefined) {
    const selector = valueAt(object as never, scale.selector) as Json | undefined;
    if (selector !== undefined && typeof selector !== "string") {
      errors.push(invalidField(pathOf(scale.selector), "", accessor(scale.selector, selector, "string")));
    }
  }
  return errors;
}

function replicaErrors(object: KubeObject, path: readonly string[]): FieldError[] {
  const replicas = valueAt(object as never, path) as Json | undefined;
  if (replicas === undefined) return [];
  const field = pathOf(path);
  if (typeof replicas !== "bigint" && !Number.isInteger(replicas)) {
    return [invalidField(field, 0, accessor(path, replicas, "int64"))];
  }
  const count = Number(replicas);
  if (count < 0) return [invalidField(field, count, "should be a non-negative integer")];
  const max = 2147483647;
  return count > max ? [invalidField(field, count, `should be less than or equal to ${max}`)] : [];
}

function pathOf(path: readonly string[]): string {
  return `.${path.join(".")}`;
}

/** How Go words that a value is of another type. */
function accessor(path: readonly string[], value: Json, wanted: string): string {
  return `${pathOf(path)} accessor error: ${goText(value)} is of the type ${goType(value)}, expected ${wanted}`;
}
