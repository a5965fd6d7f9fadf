import "reflect-metadata"; // before x509, which does not load without it
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import type { KeyPair } from "./inspect.ts";
import type { CertificateNames } from "./names.ts";
import { joinCertificates, splitCertificates } from "./pem.ts";

/** A leaf and the CA that has signed it. */
export interface Issued extends KeyPair {
  readonly caPem: string;
}

/** A certificate is valid from before its creation, for clocks that are late. */
export const backdatedMs = 5 * 60_000;
/** How long a CA outlives its leaf. */
const caOutlivesMs = 24 * 3600_000;

/** One attribute an item, most significant first. */
type DistinguishedName = Record<string, string[]>[];

const ecdsa = { name: "ECDSA", namedCurve: "P-256" };
const signingAlgorithm = { name: "ECDSA", hash: "SHA-256" };
/** The longest common name (RFC 5280, ub-common-name). */
const maxCommonName = 64;

/**
 * Creates a CA and a leaf (RFC 5280, EC P-256). The private key of the CA signs this leaf alone and is not kept, nor
 * can it be exported: who reads the Secret can impersonate the webhooks until its leaf expires, and cannot issue
 * certificates for other names. So every leaf comes with a CA of its own, and clients have to learn that before the
 * leaf is served.
 */
export async function issueCertificates(
  { names, validForMs, wallMs }: {
    readonly names: CertificateNames;
    readonly validForMs: number;
    readonly wallMs: number;
  },
): Promise<Issued> {
  const caKeys = await crypto.subtle.generateKey(ecdsa, false, ["sign", "verify"]) as CryptoKeyPair;
  const keys = await crypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]) as CryptoKeyPair;
  const notBefore = new Date(wallMs - backdatedMs);
  const caName: DistinguishedName = [{ O: ["Orkestra"] }, { CN: ["orkestra-ca"] }];
  const authority = await AuthorityKeyIdentifierExtension.create(caKeys.publicKey);
  const ca = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: caName,
    notBefore,
    notAfter: new Date(wallMs + validForMs + caOutlivesMs),
    signingAlgorithm,
    keys: caKeys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const commonName = names.dns.find((name) => name.endsWith(".svc") && name.length <= maxCommonName);
  const subject: DistinguishedName = [{ O: ["Orkestra"] }, { CN: [commonName ?? "orkestra-gateway"] }];
  const leaf = await X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject,
    issuer: caName,
    notBefore,
    notAfter: new Date(wallMs + validForMs),
    signingAlgorithm,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        ...names.dns.map((value) => ({ type: "dns" as const, value })),
        ...names.addresses.map((value) => ({ type: "ip" as const, value })),
      ]),
      authority,
    ],
  });
  return {
    caPem: normal(ca.toString("pem")),
    certPem: normal(leaf.toString("pem")),
    keyPem: privatePem(await crypto.subtle.exportKey("pkcs8", keys.privateKey)),
  };
}

function normal(pem: string): string {
  return joinCertificates(splitCertificates(pem));
}

/** 126 random bits after a 1: positive, never zero, at most 20 octets (RFC 5280, section 4.1.2.2). */
function newSerial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function privatePem(pkcs8: ArrayBuffer): string {
  const base64 = btoa(String.fromCharCode(...new Uint8Array(pkcs8)));
  return `-----BEGIN PRIVATE KEY-----\n${base64.match(/.{1,64}/g)!.join("\n")}\n-----END PRIVATE KEY-----\n`;
}
