import { type JsonMap, setOwn } from "../../base/json.ts";
import { hasBytes } from "../../template/mod.ts";
import { base64Text } from "../base64.ts";
import { child, typeOf } from "../child.ts";
import { bytesText, commonFields, later, listOf, mapOf, record, text } from "../fields.ts";
import { mapAt, present } from "../read.ts";
import type { Shorthand } from "../shorthand.ts";

const type = typeOf("ConfigMap");

/** `configMaps`: a ConfigMap whose values are texts, or bytes that are not UTF-8 (ruling 69). */
export const configMaps: Shorthand = {
  key: "configMaps",
  type,
  defaultSuffix: "config",
  upkeep: "apply",
  workload: false,
  shape: record("A ConfigMap", {
    ...commonFields,
    data: mapOf("Keys and their texts", "dataKey", bytesText("A text or bytes, or a file")),
    fromConfigMap: later(text("Copy the data of this ConfigMap", "dnsSubdomain")),
    fromNamespace: later(text("Namespace of the source", "namespace")),
    toNamespaces: later(listOf("One child in each of these namespaces", text("A namespace", "namespace"))),
  }),
  expand(entry, context) {
    const data: JsonMap = {};
    const binaryData: JsonMap = {};
    for (const [key, value] of Object.entries(mapAt(entry.fields, "data") ?? {})) {
      const text = String(value);
      if (hasBytes(text)) setOwn(binaryData, key, base64Text(text));
      else setOwn(data, key, text);
    }
    return child(type, entry, context, present({ data, binaryData }));
  },
};
