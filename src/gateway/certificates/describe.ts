import { X509Certificate } from "node:crypto";
import { formatTime } from "../../base/clock.ts";
import type { JsonMap } from "../../base/json.ts";
import type { Certificates } from "./certificates.ts";
import { splitCertificates } from "./pem.ts";

/** Names of a certificate that are shown at most. */
const maxNames = 50;

/**
 * What the HTTP API shows of the certificate that is served, from `ca.crt` to its trouble: nothing of a key. Times are
 * RFC 3339; they are absent while there is no certificate.
 */
export function describeCertificate(
  { origin, trouble, serving, caBundle }: Pick<Certificates, "origin" | "trouble" | "serving" | "caBundle">,
): JsonMap {
  const leaf = serving()?.certPem;
  return {
    origin,
    ...(leaf === undefined ? {} : factsOf(new X509Certificate(leaf))),
    publishedCas: splitCertificates(caBundle()).length,
    ...(trouble === undefined ? {} : { trouble }),
  };
}

function factsOf({ validFrom, validTo, subjectAltName = "", fingerprint256 }: X509Certificate): JsonMap {
  const names = subjectAltName.split(/,\s*/).filter((name) => name !== "").map((name) => name.replace(/^[^:]*:/, ""));
  return {
    notBefore: formatTime(Date.parse(validFrom)),
    notAfter: formatTime(Date.parse(validTo)),
    names: names.slice(0, maxNames),
    sha256: fingerprint256.replaceAll(":", "").toLowerCase(),
  };
}
