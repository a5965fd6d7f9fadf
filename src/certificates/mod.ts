/** Certificates of servers, each with a CA of its own, for Secrets of the type `kubernetes.io/tls`. */
import { parseIp } from "../base/ip.ts";
import {
  bits,
  boolean,
  implicit,
  integer,
  nothing,
  objectIdentifier,
  octets,
  sequence,
  set,
  smallInteger,
  tagged,
  time,
  utf8,
} from "./der.ts";

/** What a certificate is for. */
export interface CertificateRequest {
  readonly commonName: string;
  /** Host names and IP addresses. */
  readonly dnsNames: readonly string[];
  readonly validForMs: number;
  readonly wallMs: number;
}

/** Texts in PEM. */
export interface ServerCertificate {
  readonly certificate: string;
  readonly key: string;
  readonly ca: string;
}

const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
/** sha256WithRSAEncryption (RFC 4055). */
const signatureAlgorithm = sequence(objectIdentifier("1.2.840.113549.1.1.11"), nothing);
/** For clocks that are late. */
const backdatedMs = 5 * 60_000;
/** How long a CA outlives what it has signed. */
const caOutlivesMs = 24 * 3_600_000;
/** The longest common name (RFC 5280, ub-common-name). */
const maxCommonName = 64;

/**
 * A CA and a certificate that it has signed (RFC 5280, RSA with 2048 bits). The key of the CA is not kept: it signs this
 * certificate alone.
 */
export async function issueServerCertificate(request: CertificateRequest): Promise<ServerCertificate> {
  const { commonName, dnsNames, validForMs, wallMs } = request;
  const notBefore = wallMs - backdatedMs;
  const authority = await crypto.subtle.generateKey(rsa, false, ["sign", "verify"]) as CryptoKeyPair;
  const keys = await crypto.subtle.generateKey(rsa, true, ["sign", "verify"]) as CryptoKeyPair;
  const issuer = nameOf("orkestra-ca");
  const ca = await signed(authority.privateKey, {
    issuer,
    subject: issuer,
    key: authority.publicKey,
    notBefore,
    notAfter: wallMs + validForMs + caOutlivesMs,
    extensions: [
      extension("2.5.29.19", true, sequence(boolean(true))),
      // Bits 5 and 6: certificates and revocation lists may be signed.
      extension("2.5.29.15", true, bits(Uint8Array.of(0b0000_0110), 1)),
    ],
  });
  const leaf = await signed(authority.privateKey, {
    issuer,
    subject: nameOf(commonName.length <= maxCommonName ? commonName : commonName.slice(0, maxCommonName)),
    key: keys.publicKey,
    notBefore,
    notAfter: wallMs + validForMs,
    extensions: [
      extension("2.5.29.19", true, sequence()),
      // Bits 0 and 2: digital signature and key encipherment.
      extension("2.5.29.15", true, bits(Uint8Array.of(0b1010_0000), 5)),
      // serverAuth
      extension("2.5.29.37", false, sequence(objectIdentifier("1.3.6.1.5.5.7.3.1"))),
      ...(dnsNames.length === 0 ? [] : [extension("2.5.29.17", false, sequence(...dnsNames.map(alternativeName)))]),
    ],
  });
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  return { certificate: pem("CERTIFICATE", leaf), key: pem("PRIVATE KEY", pkcs8), ca: pem("CERTIFICATE", ca) };
}

interface Unsigned {
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly key: CryptoKey;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly Uint8Array[];
}

async function signed(by: CryptoKey, certificate: Unsigned): Promise<Uint8Array> {
  const { issuer, subject, key, notBefore, notAfter, extensions } = certificate;
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("spki", key));
  const content = sequence(
    tagged(0, smallInteger(2)),
    integer(newSerial()),
    signatureAlgorithm,
    issuer,
    sequence(time(notBefore), time(notAfter)),
    subject,
    publicKey,
    tagged(3, sequence(...extensions)),
  );
  const signature = await crypto.subtle.sign(rsa.name, by, content as Uint8Array<ArrayBuffer>);
  return sequence(content, signatureAlgorithm, bits(new Uint8Array(signature)));
}

function nameOf(commonName: string): Uint8Array {
  const attribute = (id: string, text: string) => set(sequence(objectIdentifier(id), utf8(text)));
  return sequence(attribute("2.5.4.10", "Orkestra"), attribute("2.5.4.3", commonName));
}

function alternativeName(text: string): Uint8Array {
  const address = parseIp(text);
  if (address === undefined) return implicit(2, new TextEncoder().encode(text));
  const bytes = new Uint8Array(address.bits / 8);
  for (let i = bytes.length - 1, left = address.value; i >= 0; i--, left >>= 8n) bytes[i] = Number(left & 255n);
  return implicit(7, bytes);
}

function extension(id: string, critical: boolean, value: Uint8Array): Uint8Array {
  return sequence(objectIdentifier(id), ...(critical ? [boolean(true)] : []), octets(value));
}

/** 126 random bits after a 1: positive, never zero (RFC 5280, section 4.1.2.2). */
function newSerial(): Uint8Array {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes;
}

function pem(label: string, der: Uint8Array): string {
  let binary = "";
  for (const byte of der) binary += String.fromCharCode(byte);
  return `-----BEGIN ${label}-----\n${btoa(binary).match(/.{1,64}/g)!.join("\n")}\n-----END ${label}-----\n`;
}
