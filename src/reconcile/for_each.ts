import type { Json, JsonMap } from "../base/json.ts";
import { isMap } from "../base/json.ts";
import { compareText } from "../base/finding.ts";
import { valueAt } from "../k8s/object.ts";

/** More elements than this are an error: a field of a CR decides how many children there are. */
export const mostElements = 1000;

/**
 * The template data of each element of `forEach` (ruling 52): `.item` and `.<as>` hold the element of a list or the key
 * of a map, `.value` the element or the map's value, `.index` the position. An absent field has no elements.
 * Answers a text when the field is no collection or is too long.
 */
export function elementsOf(forEach: { field: string; as: string }, data: JsonMap): JsonMap[] | string {
  const path = forEach.field.replace(/^\./, "").split(".");
  const collection = valueAt(data, path);
  if (collection === undefined || collection === null) return [];
  let elements: { item: Json; value: Json }[];
  if (Array.isArray(collection)) elements = collection.map((item) => ({ item, value: item }));
  else if (isMap(collection)) {
    elements = Object.entries(collection).sort(([a], [b]) => compareText(a, b)).map(([item, value]) => ({
      item,
      value,
    }));
  } else return `forEach.field "${forEach.field}" is neither a list nor a map`;
  if (elements.length > mostElements) {
    return `forEach.field "${forEach.field}" has ${elements.length} elements; at most ${mostElements} are allowed`;
  }
  return elements.map(({ item, value }, index) => ({ ...data, item, value, index, [forEach.as]: item }));
}
