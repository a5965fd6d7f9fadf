import type { JsonMap } from "../base/json.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { apiVersionOf, type KubeObject, type ResourceType } from "../k8s/object.ts";
import type { ExpandContext, RenderedEntry } from "./shorthand.ts";
import { EntryError } from "./shorthand.ts";
import { childMetadata } from "./stamp.ts";

/** The built-in type that a shorthand makes. */
export function typeOf(kind: string): ResourceType {
  const type = builtInType(kind);
  if (type === undefined) throw new Error(`No built-in kind ${kind}`);
  return type;
}

/** The child: its type, its metadata and whatever its kind adds. */
export function child(type: ResourceType, entry: RenderedEntry, context: ExpandContext, body: JsonMap): KubeObject {
  return { apiVersion: apiVersionOf(type), kind: type.kind, metadata: childMetadata(entry, context), ...body };
}

/** Refuses a name that the API server would refuse, before a request is sent. */
export function checkNameLength(entry: RenderedEntry, kind: string, maxLength: number): void {
  if (entry.name.length <= maxLength) return;
  throw new EntryError(
    "name",
    `Cannot name a ${kind} "${entry.name}": it has ${entry.name.length} characters, ${maxLength} are allowed; give a shorter name`,
  );
}
