import { isDnsSubdomain } from "../../k8s/names.ts";

/** Names that a certificate is valid for (subjectAltName). */
export interface CertificateNames {
  /** Lower case. */
  readonly dns: readonly string[];
  /** IPv4 dotted, IPv6 compressed and without brackets. */
  readonly addresses: readonly string[];
}

/** Where API servers reach the webhooks. */
export interface WebhookPlace {
  readonly service: string;
  readonly namespace: string;
  /** URL mode: the base URL that webhook objects carry instead of the Service (ruling 94). */
  readonly advertiseUrl?: string | undefined;
}

/** A setting cannot be used; the message says which, why, and what to do. */
export class CertificateSettingsError extends Error {
  override name = "CertificateSettingsError";
}

/** The names under which API servers reach the webhooks. Throws `CertificateSettingsError`. */
export function webhookNames({ service, namespace, advertiseUrl }: WebhookPlace): CertificateNames {
  const dns = [service, `${service}.${namespace}`, `${service}.${namespace}.svc`];
  dns.push(`${service}.${namespace}.svc.cluster.local`);
  if (advertiseUrl === undefined) return { dns, addresses: [] };
  const host = hostOf(advertiseUrl);
  if (host.startsWith("[")) return { dns, addresses: [host.slice(1, -1)] };
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return { dns, addresses: [host] };
  if (!isDnsSubdomain(host)) throw unusable(advertiseUrl, `"${host}" is not a DNS name`);
  return { dns: dns.includes(host) ? dns : [...dns, host], addresses: [] };
}

/** An address in the one form in which two are compared; `undefined` where it is none. */
export function canonicalAddress(text: string): string | undefined {
  const shown = text.includes(":") ? `[${text}]` : text;
  if (!URL.canParse(`https://${shown}/`)) return undefined;
  const { hostname } = new URL(`https://${shown}/`);
  return hostname.replace(/^\[|\]$/g, "");
}

function hostOf(text: string): string {
  if (!URL.canParse(text)) throw unusable(text, "it is not a URL");
  const { protocol, hostname } = new URL(text);
  if (protocol !== "https:") throw unusable(text, "API servers call webhooks over https alone");
  return hostname.replace(/\.$/, "");
}

function unusable(url: string, why: string): CertificateSettingsError {
  return new CertificateSettingsError(
    `Cannot use the advertised URL "${url}": ${why}; write one such as https://gateway.example.com:8443`,
  );
}
