import { child, typeOf } from "./child.ts";
import { commonFields, freeText, later, listOf, mapOf, record, text } from "./fields.ts";
import { mapAt, present } from "./read.ts";
import type { Shorthand } from "./shorthand.ts";

const type = typeOf("ConfigMap");

/** `configMaps`: a ConfigMap with text values. */
export const configMaps: Shorthand = {
  key: "configMaps",
  type,
  defaultSuffix: "config",
  upkeep: "apply",
  workload: false,
  shape: record("A ConfigMap", {
    ...commonFields,
    data: mapOf("Keys and their texts", "dataKey", freeText("A text, or a file")),
    fromConfigMap: later(text("Copy the data of this ConfigMap", "dnsSubdomain")),
    fromNamespace: later(text("Namespace of the source", "namespace")),
    toNamespaces: later(listOf("One child in each of these namespaces", text("A namespace", "namespace"))),
  }),
  expand(entry, context) {
    return child(type, entry, context, present({ data: mapAt(entry.fields, "data") }));
  },
};
