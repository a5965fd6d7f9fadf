import { type JsonMap, setOwn } from "../../base/json.ts";
import { base64Text } from "../base64.ts";
import { child, typeOf } from "../child.ts";
import { bytesText, commonFields, flag, later, listOf, mapOf, record, text } from "../fields.ts";
import { mapAt, present, textAt } from "../read.ts";
import type { Shorthand } from "../shorthand.ts";

const type = typeOf("Secret");

/**
 * `secrets`: a Secret whose data is declared as plain text. It is sent as `data`, not as `stringData`: the API server
 * stores no `stringData`, so a key changed or dropped there would never be noticed.
 */
export const secrets: Shorthand = {
  key: "secrets",
  type,
  defaultSuffix: "secret",
  upkeep: "apply",
  workload: false,
  shape: record("A Secret", {
    ...commonFields,
    type: text("Type of the Secret; Opaque when absent"),
    data: mapOf("Keys and their plain texts", "dataKey", bytesText("A text or bytes, or a file")),
    once: later(flag("Create it once and keep its values")),
    rotateAfter: later(text("Make new values after this time", "duration")),
    tls: later({ type: "tree", template: true, doc: "A generated certificate" }),
    fromSecret: later(text("Copy the data of this Secret", "dnsSubdomain")),
    fromNamespace: later(text("Namespace of the source", "namespace")),
    toNamespaces: later(listOf("One child in each of these namespaces", text("A namespace", "namespace"))),
  }, { oneOfFields: [["data", "fromSecret", "tls"]] }),
  expand(entry, context) {
    const data: JsonMap = {};
    for (const [key, value] of Object.entries(mapAt(entry.fields, "data") ?? {})) {
      setOwn(data, key, base64Text(String(value)));
    }
    return child(type, entry, context, present({ type: textAt(entry.fields, "type") ?? "Opaque", data }));
  },
};
