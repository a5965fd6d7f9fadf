import { type JsonMap, setOwn } from "../../base/json.ts";
import { shortenMiddle } from "../../base/shorten.ts";
import { base64Text } from "../base64.ts";
import { child, typeOf } from "../child.ts";
import { fromNamespaceField, overlaid, toNamespacesField } from "../copy.ts";
import { bytesText, commonFields, flag, listOf, mapOf, record, text } from "../fields.ts";
import { isServerName } from "../lasting.ts";
import { listAt, mapAt, present, textAt } from "../read.ts";
import { EntryError, type Shorthand } from "../shorthand.ts";

const type = typeOf("Secret");

const tlsType = "kubernetes.io/tls";

/** What a certificate is put into when the Secret is written. */
const withoutCertificate = { "tls.crt": "", "tls.key": "", "ca.crt": "" } as const;

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
  suffixWith: { tls: "orkestra-tls" },
  copies: "fromSecret",
  shape: record("A Secret", {
    ...commonFields,
    type: text("Type of the Secret; when absent that of `fromSecret`, else Opaque"),
    data: mapOf("Keys and their plain texts", "dataKey", bytesText("A text or bytes, or a file")),
    once: flag("Made once, under `onCreate`: its values stay, also those that are random"),
    rotateAfter: text("With `once` or `tls`: new values after this time", "lifetime", { template: false }),
    tls: {
      ...record("A certificate of a server, with a CA of its own; made once, and never changed but by `rotateAfter`", {
        commonName: text("Whom it is for; `<name>.<namespace>.svc` when absent"),
        dnsNames: listOf("Host names and IP addresses; the common name when absent", text("A name")),
        validFor: text("How long it is valid; when absent a tenth longer than `rotateAfter`, else `1y`", "lifetime", {
          template: false,
        }),
      }),
      empty: true,
    },
    fromSecret: text("Copy the data and the type of this Secret; what `data` declares comes on top", "dnsSubdomain"),
    fromNamespace: fromNamespaceField,
    toNamespaces: toNamespacesField,
  }, {
    oneOfFields: [["data", "fromSecret", "tls"]],
    exclusive: [["tls", "data"], ["tls", "fromSecret"]],
    needs: { fromNamespace: ["fromSecret"] },
  }),
  expand(entry, context) {
    const { source } = context;
    if (entry.fields["tls"] !== undefined) {
      const declared = textAt(entry.fields, "type") ?? tlsType;
      if (declared !== tlsType) {
        throw new EntryError("type", `Cannot use the type ${declared}: a certificate is of the type ${tlsType}`);
      }
      checkNames(entry.fields);
      return child(type, entry, context, { type: tlsType, data: { ...withoutCertificate } });
    }
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

function checkNames(fields: JsonMap): void {
  for (const [i, name] of listAt(mapAt(fields, "tls"), "dnsNames").entries()) {
    if (typeof name === "string" && isServerName(name)) continue;
    const shown = shortenMiddle(String(name), 80);
    throw new EntryError(
      `tls.dnsNames[${i}]`,
      `Cannot make a certificate for "${shown}": expected a host name or an IP address`,
    );
  }
}
