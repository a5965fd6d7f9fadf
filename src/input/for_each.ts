import { parseFieldPath } from "../base/field_path.ts";
import type { Json, JsonMap } from "../base/json.ts";
import { isMap } from "../base/json.ts";
import { compareText } from "../base/finding.ts";
import { valueAt } from "../k8s/object.ts";

/** More elements than this are an error: a field of a CR decides how many children there are. */
export const maxElements = 1000;

/**
 * The template data of each element of `forEach` (ruling 52): over a list `.item` and `.<as>` hold the element, `.value`
 * too where it is a map; over a map `.item` holds the key, `.value` the value, sorted by key; `.index` is the position.
 * An absent field has no elements. Returns a text when the field is no collection or is too long.
 */
export function elementsOf(forEach: { field: string; as: string }, data: JsonMap): JsonMap[] | string {
  const path = parseFieldPath(forEach.field) ?? [forEach.field];
  const collection = valueAt(data, path);
  if (collection === undefined || collection === null) return [];
  let elements: { item: Json; value?: Json }[];
  if (Array.isArray(collection)) {
    elements = collection.map((item) => isMap(item) ? { item, value: item } : { item });
  } else if (isMap(collection)) {
    elements = Object.entries(collection).sort(([a], [b]) => compareText(a, b)).map(([item, value]) => ({
      item,
      value,
    }));
  } else return `forEach.field "${forEach.field}" is neither a list nor a map`;
  if (elements.length > maxElements) {
    return `forEach.field "${forEach.field}" has ${elements.length} elements; at most ${maxElements} are allowed`;
  }
  return elements.map((element, index) => ({ ...data, ...element, index, [forEach.as]: element.item }));
}
