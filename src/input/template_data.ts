import { isMap, type Json, type JsonMap } from "../base/json.ts";
import { type KubeObject, valueAt } from "../k8s/object.ts";
import { references, type Template } from "../template/mod.ts";
import { childrenData, type NamedChild } from "./children_data.ts";

/** What templates and conditions read: the CR's own fields at the root, and its children under `.children`. */
export function templateData(
  cr: KubeObject,
  children: readonly NamedChild[],
  customKinds: ReadonlySet<string>,
): JsonMap {
  const { managedFields: _managed, ...metadata } = cr.metadata;
  return {
    ...(cr as unknown as JsonMap),
    metadata: metadata as unknown as Json,
    children: childrenData(children, customKinds),
  };
}

/** Roots whose values come and go without the user of the CR: what is absent there may come yet. */
const observedRoots: ReadonlySet<string> = new Set(["children", "cross", "external"]);

/**
 * The first path under `.children`, `.cross` or `.external` that a template reads and that has no value, or an empty
 * one; `undefined` when all have one. A template that fails while such a path is absent is to be rendered again later.
 */
export function absentInput(template: Template, data: JsonMap): string | undefined {
  for (const { path } of references(template)) {
    if (path.length < 2 || !observedRoots.has(path[0]!)) continue;
    const value = valueAt(data, path);
    const empty = value === undefined || value === null || value === "" ||
      (Array.isArray(value) && value.length === 0) || (isMap(value) && Object.keys(value).length === 0);
    if (empty) return `.${path.join(".")}`;
  }
  return undefined;
}
