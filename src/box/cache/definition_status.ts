import { isMap, type Json, ownValue } from "../../base/json.ts";
import type { KubeObject, ResourceType } from "../../k8s/object.ts";

/** Whether a CustomResourceDefinition serves a version without the subresource `status`; false when in doubt. */
export function lacksStatus(definition: KubeObject, version: string): boolean {
  const versions: unknown = definition["spec"]?.versions;
  const served = Array.isArray(versions) ? versions.find((each) => isMap(each) && each["name"] === version) : undefined;
  if (!isMap(served)) return false;
  const subresources: Json | undefined = ownValue(served, "subresources");
  return !isMap(subresources) || ownValue(subresources, "status") === undefined;
}

/** What is reported then, once for each definition. */
export function noStatusNote({ kind }: ResourceType): string {
  return `${kind} has no status subresource, so no status is written; add it to the CRD`;
}
