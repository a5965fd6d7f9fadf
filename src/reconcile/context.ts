import type { Json, JsonMap } from "../base/json.ts";
import type { KubeObject } from "../k8s/object.ts";
import { childrenContext } from "./children_context.ts";
import type { ObservedChild } from "./observed.ts";

/** What templates and conditions read: the CR's own fields at the root, and `.children` as observed before the pass. */
export function templateData(
  cr: KubeObject,
  children: readonly ObservedChild[],
  customKinds: ReadonlySet<string>,
): JsonMap {
  const { managedFields: _managed, ...metadata } = cr.metadata;
  return {
    ...(cr as unknown as JsonMap),
    metadata: metadata as unknown as Json,
    children: childrenContext(children, customKinds),
  };
}
