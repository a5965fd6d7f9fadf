import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { canonicalAddress, type CertificateNames } from "./names.ts";
import { splitCertificates } from "./pem.ts";

/** A leaf with its key; `certPem` may have intermediate certificates after the leaf. */
export interface KeyPair {
  readonly certPem: string;
  readonly keyPem: string;
}

/** A leaf that can be served: it parses, the key is its own, and a CA of the bundle has signed it, if there is one. */
export interface Leaf extends KeyPair {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly names: CertificateNames;
  /** The CA of the bundle that it leads to, as PEM; `undefined` without a bundle. */
  readonly caPem: string | undefined;
  /** Leaf and CA have EC keys on P-256. */
  readonly isP256: boolean;
}

/** What is wrong with a leaf, in words that complete "the certificate …". */
export interface Trouble {
  readonly trouble: string;
}

/** Intermediate certificates that are followed from the leaf to its CA. */
const maxChain = 8;

/** Reads a leaf; `caPem`: the bundle that clients verify with, `undefined` for the roots of their system. */
export function inspectLeaf({ certPem, keyPem }: KeyPair, caPem: string | undefined): Leaf | Trouble {
  const [leaf, ...intermediates] = parseAll(certPem);
  if (leaf === undefined) return { trouble: "cannot be parsed: there is no PEM certificate in it" };
  if (leaf === "malformed" || intermediates.includes("malformed")) return { trouble: "cannot be parsed" };
  const key = publicOf(keyPem);
  if (key === undefined) return { trouble: "has a private key that cannot be parsed" };
  if (!key.equals(bytesOf(leaf.x509.publicKey))) return { trouble: "has the private key of another certificate" };
  const chain = [leaf, ...intermediates as Parsed[]];
  const ca = caPem === undefined ? undefined : findCa(chain, parseAll(caPem).filter((one) => one !== "malformed"));
  if (caPem !== undefined && ca === undefined) return { trouble: "was not signed by a CA that is published with it" };
  return {
    certPem,
    keyPem,
    notBeforeMs: Date.parse(leaf.x509.validFrom),
    notAfterMs: Math.min(...chain.concat(ca ?? []).map(({ x509 }) => Date.parse(x509.validTo))),
    names: namesOf(leaf.x509),
    caPem: ca?.pem,
    isP256: isP256(leaf.x509.publicKey) && (ca === undefined || isP256(ca.x509.publicKey)),
  };
}

/** The certificates of a bundle that are valid at `wallMs`, as they stand. */
export function validCertificates(bundle: string, wallMs: number): string[] {
  return parseAll(bundle).filter((one) => one !== "malformed").filter(({ x509 }) => Date.parse(x509.validTo) > wallMs)
    .map(({ pem }) => pem);
}

/** The last certificate of a chain, where it has signed itself: the CA of a server that was given no other. */
export function selfSignedEnd(certPem: string): string | undefined {
  const last = parseAll(certPem).at(-1);
  if (last === undefined || last === "malformed") return undefined;
  return isSignedBy(last, last) ? last.pem : undefined;
}

interface Parsed {
  readonly pem: string;
  readonly x509: X509Certificate;
}

function parseAll(pem: string): (Parsed | "malformed")[] {
  return splitCertificates(pem).map((text) => {
    try {
      return { pem: text, x509: new X509Certificate(text) };
    } catch (error) {
      if (error instanceof Error) return "malformed";
      throw error;
    }
  });
}

function publicOf(keyPem: string): Buffer | undefined {
  try {
    return bytesOf(createPublicKey(createPrivateKey(keyPem)));
  } catch (error) {
    if (error instanceof Error) return undefined; // OpenSSL's errors have no class
    throw error;
  }
}

function bytesOf(key: KeyObject): Buffer {
  return Buffer.from(key.export({ type: "spki", format: "der" }));
}

function findCa(chain: readonly Parsed[], cas: readonly Parsed[]): Parsed | undefined {
  let current = chain[0]!;
  for (let i = 0; i < maxChain; i++) {
    const found = cas.find((ca) => ca.pem === current.pem || (ca.x509.ca && isSignedBy(current, ca)));
    if (found !== undefined) return found;
    const next = chain.find((one) => one !== current && one.x509.ca && isSignedBy(current, one));
    if (next === undefined) return undefined;
    current = next;
  }
  return undefined;
}

function isSignedBy(one: Parsed, by: Parsed): boolean {
  try {
    return one.x509.issuer === by.x509.subject && one.x509.verify(by.x509.publicKey);
  } catch (error) {
    if (error instanceof Error) return false; // an algorithm that is not known here
    throw error;
  }
}

function isP256(key: KeyObject): boolean {
  return key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1";
}

/** Node prints them as `DNS:a, IP Address:1.2.3.4`. */
function namesOf({ subjectAltName = "" }: X509Certificate): CertificateNames {
  const dns: string[] = [];
  const addresses: string[] = [];
  for (const item of subjectAltName.split(/,\s*/)) {
    if (item.startsWith("DNS:")) dns.push(item.slice(4).toLowerCase());
    const address = item.startsWith("IP Address:") ? canonicalAddress(item.slice(11)) : undefined;
    if (address !== undefined) addresses.push(address);
  }
  return { dns, addresses };
}
