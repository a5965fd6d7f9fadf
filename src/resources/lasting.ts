import { parseLifetime } from "../base/duration.ts";
import { parseIp } from "../base/ip.ts";
import { isMap, type JsonMap, ownValue } from "../base/json.ts";
import { listAt, mapAt, textAt } from "./read.ts";
import type { RenderedEntry } from "./shorthand.ts";

/** Values that are made once and kept: random ones, and certificates (resources 7.11). */

const yearMs = 365 * 86_400_000;
const hourMs = 3_600_000;

/**
 * After what time a child that is made once gets new values; `undefined`: never, as a copy that declares none of its
 * own. `fields` as they are written.
 */
export function rotationOf(fields: JsonMap): number | undefined {
  const text = ownValue(fields, "rotateAfter");
  const isOnce = ownValue(fields, "once") === true && ownValue(fields, "data") !== undefined;
  return typeof text === "string" && (isOnce || isMap(ownValue(fields, "tls"))) ? parseLifetime(text) : undefined;
}

/**
 * How long a certificate is valid that is replaced after `rotateAfterMs`, where nothing says so: a tenth longer, and an
 * hour at least. Its age is looked at on a resync only, and who has read the old one needs time for the next one.
 */
function validForMsOf(rotateAfterMs: number): number {
  return rotateAfterMs + Math.max(rotateAfterMs / 10, hourMs);
}

/** A certificate that is to be made when the child is written. */
export interface CertificateWish {
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly validForMs: number;
}

/** The certificate of a rendered entry; `undefined`: it has none. */
export function certificateOf({ name, namespace, fields }: RenderedEntry): CertificateWish | undefined {
  const tls = mapAt(fields, "tls");
  if (tls === undefined) return undefined;
  const lifetimeOf = (text: string | undefined) => text === undefined ? undefined : parseLifetime(text);
  const rotateAfterMs = lifetimeOf(textAt(fields, "rotateAfter"));
  const commonName = textAt(tls, "commonName") ?? `${name}.${namespace ?? "default"}.svc`;
  const dnsNames = new Set(listAt(tls, "dnsNames").filter((item) => typeof item === "string"));
  return {
    commonName,
    // Clients compare with these names alone (RFC 9525), and no longer with the common name.
    dnsNames: dnsNames.size > 0 ? [...dnsNames] : isServerName(commonName) ? [commonName] : [],
    validForMs: lifetimeOf(textAt(tls, "validFor")) ??
      (rotateAfterMs === undefined ? yearMs : validForMsOf(rotateAfterMs)),
  };
}

const hostName = /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/i;

/** Something by which a server can be called: a host name, with `*` in front perhaps, or an IP address. */
export function isServerName(text: string): boolean {
  return parseIp(text) !== undefined || (text.length <= 253 && hostName.test(text));
}
