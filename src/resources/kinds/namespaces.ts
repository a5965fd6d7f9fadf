import { child, typeOf } from "../child.ts";
import { clusterFields, listOf, record, text } from "../fields.ts";
import { listAt } from "../read.ts";
import type { Shorthand } from "../shorthand.ts";

const type = typeOf("Namespace");

/** `namespaces`: a Namespace, in which other children of the CR may stand (ruling 49). */
export const namespaces: Shorthand = {
  key: "namespaces",
  type,
  defaultSuffix: "ns",
  upkeep: "apply",
  workload: false,
  shape: record("A Namespace", {
    ...clusterFields,
    finalizers: listOf("Finalizers of the Namespace, which their owners take off", text("A finalizer", "finalizer")),
  }),
  expand(entry, context) {
    const namespace = child(type, entry, context, {});
    const finalizers = [...new Set(listAt(entry.fields, "finalizers"))];
    if (finalizers.length > 0) namespace.metadata.finalizers = finalizers as string[];
    return namespace;
  },
};
