import { isMap, type JsonMap, ownValue } from "../base/json.ts";
import { builtInType } from "../k8s/resource_types.ts";
import type { ResourceEntry } from "../katalog/mod.ts";

const secret = builtInType("Secret")!;

/**
 * The Secret with a certificate that an entry of `ingresses` with `tls.create` asks for: an entry of its own, under the
 * same conditions. One that is there already satisfies it, no matter who made it.
 */
export function certificateOfIngress(entry: ResourceEntry): ResourceEntry | undefined {
  const tls = entry.shorthand === "ingresses" ? ownValue(entry.fields, "tls") : undefined;
  if (!isMap(tls) || ownValue(tls, "create") !== true) return undefined;
  const fields: JsonMap = {};
  const positions: Record<string, string> = {};
  const copy = (path: string, from: string, value: JsonMap[string] | undefined): void => {
    if (typeof value !== "string") return;
    const position = entry.positions[from];
    if (position !== undefined) positions[path] = position;
  };
  const name = ownValue(tls, "secretName") ?? "{{ .metadata.name }}-tls";
  const namespace = ownValue(entry.fields, "namespace");
  const declared = ownValue(tls, "hosts");
  const host = ownValue(entry.fields, "host");
  const hosts = declared ?? (host === undefined ? [] : [host]);
  const first = Array.isArray(hosts) ? hosts[0] : hosts;
  const validFor = ownValue(tls, "validFor");
  fields["name"] = name;
  if (namespace !== undefined) fields["namespace"] = namespace;
  fields["tls"] = { dnsNames: hosts, commonName: first ?? name, ...(validFor === undefined ? {} : { validFor }) };
  copy("name", "tls.secretName", name);
  copy("namespace", "namespace", namespace);
  copy(
    "tls.commonName",
    Array.isArray(declared) ? "tls.hosts[0]" : declared === undefined ? "host" : "tls.hosts",
    first ?? name,
  );
  if (Array.isArray(declared)) declared.forEach((item, i) => copy(`tls.dnsNames[${i}]`, `tls.hosts[${i}]`, item));
  else {copy(
      declared === undefined ? "tls.dnsNames[0]" : "tls.dnsNames",
      declared === undefined ? "host" : "tls.hosts",
      first,
    );}
  return {
    ...entry,
    shorthand: "secrets",
    type: secret,
    reconcile: false,
    adopt: false,
    readyWhen: undefined,
    fields,
    positions,
  };
}
