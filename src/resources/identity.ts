import type { JsonMap } from "../base/json.ts";
import type { ResourceType } from "../k8s/object.ts";
import { mapAt, textAt } from "./read.ts";
import { EntryError, type ExpandContext, type Shorthand } from "./shorthand.ts";

/**
 * Name and namespace of an entry's child, from its rendered fields: as declared, else `<cr>-<suffix>` (ruling 18) in
 * the CR's namespace, or in `default` for a cluster-scoped CR. Throws `EntryError`.
 */
export function identify(
  shorthand: Shorthand,
  type: ResourceType,
  fields: JsonMap,
  owner: ExpandContext["owner"],
): { name: string; namespace?: string } {
  // `custom` entries look like the object they become.
  const declared = shorthand.type === undefined ? mapAt(fields, "metadata") : fields;
  const prefix = shorthand.type === undefined ? "metadata." : "";
  const name = textAt(declared, "name") ??
    (shorthand.defaultSuffix === undefined ? undefined : `${owner.name}-${shorthand.defaultSuffix}`);
  if (name === undefined) throw new EntryError(`${prefix}name`, "Cannot do without name: it is missing");
  if (name.length > 253) {
    throw new EntryError(`${prefix}name`, `Cannot use the name "${name}": it is longer than 253 characters`);
  }
  const namespace = textAt(declared, "namespace");
  if (type.namespaced) return { name, namespace: namespace ?? owner.namespace ?? "default" };
  if (namespace === undefined) return { name };
  throw new EntryError(`${prefix}namespace`, `Cannot put a ${type.kind} into a namespace: the kind is cluster-scoped`);
}
