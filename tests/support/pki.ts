/** A key and its certificate, both as PEM. */
export interface IssuedCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

/** What a certificate says. Without names of hosts it is one for a client. */
export interface CertificateRequest {
  readonly commonName: string;
  /** For Kubernetes: the groups of the user. */
  readonly organizations?: readonly string[];
  readonly dnsNames?: readonly string[];
  /** IPv4, dotted. */
  readonly addresses?: readonly string[];
}

export interface CertificateAuthority extends IssuedCertificate {
  issue(request: CertificateRequest): Promise<IssuedCertificate>;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256" };
const lifetimeMs = 30 * 24 * 3600_000;

/** Creates a certificate authority, or continues with an existing one (RFC 5280, P-256, 30 days). */
export async function certificateAuthority(made?: IssuedCertificate): Promise<CertificateAuthority> {
  const subject = distinguishedName("ork-test-ca", []);
  let keys: { privateKey: CryptoKey; keyPem: string };
  let certPem: string;
  if (made === undefined) {
    const pair = await newKeys();
    keys = pair;
    certPem = await certificate(subject, subject, pair.publicKey, pair.privateKey, [
      extension([2, 5, 29, 19], sequence(boolean(true)), true), // basicConstraints: CA
      extension([2, 5, 29, 15], bitString(Uint8Array.of(0x06), 1), true), // keyUsage: keyCertSign, cRLSign
    ]);
  } else {
    const pkcs8 = fromPem(made.keyPem);
    keys = {
      privateKey: await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, true, ["sign"]),
      keyPem: made.keyPem,
    };
    certPem = made.certPem;
  }
  return {
    certPem,
    keyPem: keys.keyPem,
    async issue(request) {
      const own = await newKeys();
      const names = [
        ...(request.dnsNames ?? []).map((name) => tagged(0x82, ascii(name))),
        ...(request.addresses ?? []).map((address) => tagged(0x87, Uint8Array.from(address.split("."), Number))),
      ];
      const purpose = names.length > 0 ? 1 : 2; // serverAuth, clientAuth
      const pem = await certificate(
        subject,
        distinguishedName(request.commonName, request.organizations ?? []),
        own.publicKey,
        keys.privateKey,
        [
          extension([2, 5, 29, 37], sequence(objectId([1, 3, 6, 1, 5, 5, 7, 3, purpose]))),
          ...(names.length > 0 ? [extension([2, 5, 29, 17], sequence(...names))] : []),
        ],
      );
      return { certPem: pem, keyPem: own.keyPem };
    },
  };
}

/** A fresh pair of keys as PEM (PKCS #8 and SPKI), for signing service account tokens. */
export async function signingKeys(): Promise<{ privatePem: string; publicPem: string }> {
  const { keyPem, publicKey } = await newKeys();
  return { privatePem: keyPem, publicPem: toPem("PUBLIC KEY", publicKey) };
}

async function newKeys(): Promise<{ privateKey: CryptoKey; publicKey: Uint8Array; keyPem: string }> {
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as CryptoKeyPair;
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  return { privateKey: pair.privateKey, publicKey, keyPem: toPem("PRIVATE KEY", pkcs8) };
}

async function certificate(
  issuer: Uint8Array,
  subject: Uint8Array,
  publicKey: Uint8Array,
  signer: CryptoKey,
  extensions: Uint8Array[],
): Promise<string> {
  const signatureAlgorithm = sequence(objectId([1, 2, 840, 10045, 4, 3, 2])); // ecdsa-with-SHA256
  const serial = crypto.getRandomValues(new Uint8Array(16));
  const nowMs = Date.now();
  const body = sequence(
    tagged(0xa0, integer(Uint8Array.of(2))), // version 3
    integer(serial),
    signatureAlgorithm,
    issuer,
    sequence(time(nowMs - 60_000), time(nowMs + lifetimeMs)),
    subject,
    publicKey,
    tagged(0xa3, sequence(...extensions)),
  );
  const raw = new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, signer, body));
  const signature = sequence(integer(raw.subarray(0, 32)), integer(raw.subarray(32)));
  return toPem("CERTIFICATE", sequence(body, signatureAlgorithm, bitString(signature, 0)));
}

function distinguishedName(commonName: string, organizations: readonly string[]): Uint8Array {
  const attribute = (id: number[], value: string) =>
    tagged(0x31, sequence(objectId(id), tagged(0x0c, new TextEncoder().encode(value))));
  return sequence(
    ...organizations.map((organization) => attribute([2, 5, 4, 10], organization)),
    attribute([2, 5, 4, 3], commonName),
  );
}

function extension(id: number[], value: Uint8Array, critical = false): Uint8Array {
  return sequence(objectId(id), ...(critical ? [boolean(true)] : []), tagged(0x04, value));
}

// DER (ITU-T X.690): every value is tag, length, content.

function tagged(tag: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = content;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Uint8Array.of(tag, ...head, ...content);
}

function sequence(...items: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return tagged(0x30, Uint8Array.from(items.flatMap((item) => [...item])));
}

function boolean(value: boolean): Uint8Array {
  return tagged(0x01, Uint8Array.of(value ? 0xff : 0));
}

/** An unsigned number, big-endian. */
function integer(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const digits = bytes.subarray(start);
  return tagged(0x02, digits[0]! & 0x80 ? Uint8Array.of(0, ...digits) : digits);
}

function bitString(bytes: Uint8Array, unusedBits: number): Uint8Array {
  return tagged(0x03, Uint8Array.of(unusedBits, ...bytes));
}

function objectId([first, second, ...rest]: number[]): Uint8Array {
  const bytes = [first! * 40 + second!];
  for (const arc of rest) {
    const septets = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) septets.unshift((left & 0x7f) | 0x80);
    bytes.push(...septets);
  }
  return tagged(0x06, Uint8Array.from(bytes));
}

function time(ms: number): Uint8Array {
  return tagged(0x17, ascii(new Date(ms).toISOString().slice(2, 19).replace(/[-:T]/g, "") + "Z")); // until 2049
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function toPem(label: string, der: Uint8Array): string {
  const lines = btoa(String.fromCharCode(...der)).match(/.{1,64}/g)!;
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

function fromPem(pem: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(pem.replace(/-----[^-]+-----|\s/g, "")), (char) => char.charCodeAt(0));
}
