/** More text than any chain of certificates has. */
const maxPemLength = 256 * 1024;
/** More certificates than a chain or a bundle has. */
const maxCertificates = 32;

const block = /-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=]+-----END CERTIFICATE-----/g;

/**
 * The certificates of a PEM text, each in one form (64 characters a line, line feed at the end), so that two of them
 * are equal if their texts are. At most 32; what is not a certificate is skipped, as by Go's `AppendCertsFromPEM`.
 */
export function splitCertificates(pem: string): string[] {
  if (pem.length > maxPemLength) return [];
  return [...pem.matchAll(block)].slice(0, maxCertificates).map(([text]) => {
    const base64 = text.replace(/-----[A-Z ]+-----|\s/g, "");
    return `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g)!.join("\n")}\n-----END CERTIFICATE-----\n`;
  });
}

/** Certificates without repetition, in order of their first appearance. */
export function joinCertificates(certificates: Iterable<string>): string {
  return [...new Set(certificates)].join("");
}
