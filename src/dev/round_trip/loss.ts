import { equalJson, isMap, type Json, type JsonMap, ownValue } from "../../base/json.ts";
import { keyPath } from "../../base/key_path.ts";

/** A field that did not come back, or came back changed. */
export interface Loss {
  readonly path: string;
  readonly before: Json;
  /** `undefined`: it is gone. */
  readonly after: Json | undefined;
}

/** The first field of `before` that `after` does not have. An absent field and an empty one are the same. */
export function findLoss(before: Json, after: Json | undefined, path: string): Loss | undefined {
  if (isMap(before)) {
    for (const [key, value] of Object.entries(before)) {
      const loss = findLoss(value, isMap(after) ? ownValue(after, key) : undefined, keyPath(path, key));
      if (loss !== undefined) return loss;
    }
    return undefined;
  }
  if (equalJson(before, after) || (isEmpty(before) && isEmpty(after))) return undefined;
  return { path, before, after };
}

function isEmpty(value: Json | undefined): boolean {
  return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0) ||
    (isMap(value) && Object.keys(value).length === 0);
}

/** Attempts to make an object smaller. */
const maxAttempts = 1000;

/** A smaller object that still has the defect: keys that are not required, and items of lists, are taken away. */
export function shrink(value: JsonMap, schema: JsonMap, isBad: (value: JsonMap) => boolean): JsonMap {
  let smallest = value;
  let attempts = 0;
  for (let found = true; found;) {
    found = false;
    for (const smaller of smallerThan(smallest, schema)) {
      if (++attempts > maxAttempts) return smallest;
      if (!isMap(smaller) || !isBad(smaller)) continue;
      smallest = smaller;
      found = true;
      break;
    }
  }
  return smallest;
}

/** The value with one part of it taken away, in every way. */
function* smallerThan(value: Json, schema: Json | undefined): Generator<Json> {
  if (Array.isArray(value)) {
    for (const i of value.keys()) yield value.toSpliced(i, 1);
    const items = isMap(schema) ? ownValue(schema, "items") : undefined;
    for (const [i, item] of value.entries()) {
      for (const smaller of smallerThan(item, items)) yield value.with(i, smaller);
    }
  }
  if (!isMap(value)) return;
  const required = isMap(schema) ? ownValue(schema, "required") : undefined;
  const properties = isMap(schema) ? ownValue(schema, "properties") : undefined;
  for (const key of Object.keys(value)) {
    if (Array.isArray(required) && required.includes(key)) continue;
    const { [key]: _left, ...rest } = value;
    yield rest;
  }
  for (const [key, item] of Object.entries(value)) {
    const below = isMap(properties) ? ownValue(properties, key) : undefined;
    for (const smaller of smallerThan(item, below)) yield { ...value, [key]: smaller };
  }
}
