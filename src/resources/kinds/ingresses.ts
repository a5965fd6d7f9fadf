import type { JsonMap } from "../../base/json.ts";
import { child, typeOf } from "../child.ts";
import { commonFields, flag, listOf, record, text, word } from "../fields.ts";
import { flagAt, listAt, mapAt, numberAt, present, textAt } from "../read.ts";
import { EntryError, type Shorthand } from "../shorthand.ts";

const type = typeOf("Ingress");

/** `ingresses`: an Ingress with one rule and one path. */
export const ingresses: Shorthand = {
  key: "ingresses",
  type,
  defaultSuffix: "ingress",
  upkeep: "apply",
  workload: false,
  shape: record("An Ingress with one rule and one path", {
    ...commonFields,
    host: text("Host name; every host when absent"),
    serviceName: text("Service that gets the requests", "dnsLabel"),
    servicePort: text("Port of that Service", "port"),
    path: text("Path; `/` when absent"),
    pathType: word("How the path is matched; Prefix when absent", ["Prefix", "Exact", "ImplementationSpecific"]),
    className: text("IngressClass; the cluster's default when absent", "dnsSubdomain"),
    tls: record("HTTPS", {
      create: flag(
        "Make a Secret with a certificate when there is none of its name; one that is there is used as it is",
      ),
      secretName: text("Secret that holds the certificate; `<cr>-tls` when absent, with `create`", "dnsSubdomain"),
      hosts: listOf("Hosts that it is for; `host` when absent", text("A host name")),
      validFor: text("How long a made certificate is valid; `1y` when absent", "lifetime", { template: false }),
    }, { oneOfFields: [["create", "secretName", "hosts"]] }),
  }, { required: ["serviceName", "servicePort"] }),
  expand(entry, context) {
    const { fields } = entry;
    const path = textAt(fields, "path") ?? "/";
    const pathType = textAt(fields, "pathType") ?? "Prefix";
    if (pathType !== "ImplementationSpecific" && !path.startsWith("/")) {
      throw new EntryError("path", `Cannot use the path "${path}": a path of type ${pathType} begins with "/"`);
    }
    const service = { name: textAt(fields, "serviceName")!, port: { number: numberAt(fields, "servicePort")! } };
    return child(type, entry, context, {
      spec: present({
        ingressClassName: textAt(fields, "className"),
        rules: [present({
          host: textAt(fields, "host"),
          http: { paths: [{ path, pathType, backend: { service } }] },
        })],
        tls: tls(fields, context.owner.name),
      }),
    });
  },
};

/** HTTPS is declared wherever a Secret or hosts are named (D27). */
function tls(fields: JsonMap, owner: string): JsonMap[] {
  const declared = mapAt(fields, "tls");
  if (declared === undefined) return [];
  const host = textAt(fields, "host");
  const hosts = listAt(declared, "hosts");
  return [present({
    hosts: hosts.length > 0 || host === undefined ? [...hosts] : [host],
    secretName: textAt(declared, "secretName") ?? (flagAt(declared, "create") === true ? `${owner}-tls` : undefined),
  })];
}
