import { type JsonMap, setOwn } from "../../base/json.ts";
import { hasBytes } from "../../template/mod.ts";
import { base64Text } from "../base64.ts";
import { child, typeOf } from "../child.ts";
import { fromNamespaceField, overlaid, toNamespacesField, without } from "../copy.ts";
import { bytesText, commonFields, mapOf, record, text } from "../fields.ts";
import { mapAt, present } from "../read.ts";
import type { Shorthand } from "../shorthand.ts";

const type = typeOf("ConfigMap");

/** `configMaps`: a ConfigMap whose values are texts, or bytes that are not UTF-8 (ruling 69), declared or copied. */
export const configMaps: Shorthand = {
  key: "configMaps",
  type,
  defaultSuffix: "config",
  upkeep: "apply",
  workload: false,
  copies: "fromConfigMap",
  shape: record("A ConfigMap", {
    ...commonFields,
    data: mapOf("Keys and their texts", "dataKey", bytesText("A text or bytes, or a file")),
    fromConfigMap: text("Copy the data of this ConfigMap; what `data` declares comes on top", "dnsSubdomain"),
    fromNamespace: fromNamespaceField,
    toNamespaces: toNamespacesField,
  }, { needs: { fromNamespace: ["fromConfigMap"] } }),
  expand(entry, context) {
    const data: JsonMap = {};
    const binaryData: JsonMap = {};
    for (const [key, value] of Object.entries(mapAt(entry.fields, "data") ?? {})) {
      const text = String(value);
      if (hasBytes(text)) setOwn(binaryData, key, base64Text(text));
      else setOwn(data, key, text);
    }
    const { data: text = {}, binaryData: bytes = {} } = context.source ?? {};
    return child(
      type,
      entry,
      context,
      present({
        data: overlaid(without(text, binaryData), data),
        binaryData: overlaid(without(bytes, data), binaryData),
      }),
    );
  },
};
