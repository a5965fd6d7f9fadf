import { type JsonMap, setOwn } from "../../base/json.ts";
import { base64Text } from "../base64.ts";
import { child, typeOf } from "../child.ts";
import { fromNamespaceField, overlaid, toNamespacesField } from "../copy.ts";
import { bytesText, commonFields, flag, later, mapOf, record, text } from "../fields.ts";
import { mapAt, present, textAt } from "../read.ts";
import type { Shorthand } from "../shorthand.ts";

const type = typeOf("Secret");

/**
 * `secrets`: a Secret whose data is declared as plain text, or copied from another Secret. It is sent as `data`, not as `stringData`: the API server
 * stores no `stringData`, so a key changed or dropped there would never be noticed.
 */
export const secrets: Shorthand = {
  key: "secrets",
  type,
  defaultSuffix: "secret",
  upkeep: "apply",
  workload: false,
  copies: "fromSecret",
  shape: record("A Secret", {
    ...commonFields,
    type: text("Type of the Secret; when absent that of `fromSecret`, else Opaque"),
    data: mapOf("Keys and their plain texts", "dataKey", bytesText("A text or bytes, or a file")),
    once: later(flag("Create it once and keep its values")),
    rotateAfter: later(text("Make new values after this time", "duration")),
    tls: later({ type: "tree", template: true, doc: "A generated certificate" }),
    fromSecret: text("Copy the data and the type of this Secret; what `data` declares comes on top", "dnsSubdomain"),
    fromNamespace: fromNamespaceField,
    toNamespaces: toNamespacesField,
  }, { oneOfFields: [["data", "fromSecret", "tls"]], needs: { fromNamespace: ["fromSecret"] } }),
  expand(entry, context) {
    const { source } = context;
    const data: JsonMap = {};
    for (const [key, value] of Object.entries(mapAt(entry.fields, "data") ?? {})) {
      setOwn(data, key, base64Text(String(value)));
    }
    return child(
      type,
      entry,
      context,
      present({
        type: textAt(entry.fields, "type") ?? source?.type ?? "Opaque",
        data: overlaid(source?.data ?? {}, data),
      }),
    );
  },
};
