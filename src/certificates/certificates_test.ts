import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { issueServerCertificate } from "./mod.ts";

const wallMs = Date.UTC(2026, 0, 2, 3, 4, 5);
const yearMs = 365 * 86_400_000;

Deno.test("issueServerCertificate() gives a certificate of its own CA, with all names, and its key", async () => {
  const { certificate, key, ca } = await issueServerCertificate({
    commonName: "shop.retail.svc",
    dnsNames: ["shop", "*.example.org", "10.0.0.7", "2001:db8::1"],
    validForMs: yearMs,
    wallMs,
  });
  const [leaf, authority] = [new X509Certificate(certificate), new X509Certificate(ca)];
  assert.equal(leaf.subject, "O=Orkestra\nCN=shop.retail.svc");
  assert.equal(leaf.issuer, "O=Orkestra\nCN=orkestra-ca");
  assert.match(
    leaf.subjectAltName!,
    /DNS:shop, DNS:\*\.example\.org, IP Address:10\.0\.0\.7, IP Address:2001:db8::1/,
  );
  assert.equal(Date.parse(leaf.validFrom), wallMs - 5 * 60_000);
  assert.equal(Date.parse(leaf.validTo), wallMs + yearMs);
  assert.equal(Date.parse(authority.validTo), wallMs + yearMs + 86_400_000);
  assert.equal(authority.ca, true);
  assert.equal(leaf.ca, false);
  assert.ok(leaf.verify(authority.publicKey), "the CA has signed it");
  assert.ok(authority.verify(authority.publicKey), "the CA has signed itself");
  assert.ok(leaf.checkPrivateKey(createPrivateKey(key)), "the key is the certificate's");
  assert.equal(leaf.publicKey.asymmetricKeyType, "rsa");
});

Deno.test("issueServerCertificate() gives another CA and another key each time; dates beyond 2049 have four digits", async () => {
  const request = { commonName: "a".repeat(80), dnsNames: [], validForMs: 30 * yearMs, wallMs };
  const [one, other] = [await issueServerCertificate(request), await issueServerCertificate(request)];
  assert.notEqual(one.ca, other.ca);
  assert.notEqual(one.key, other.key);
  const leaf = new X509Certificate(one.certificate);
  assert.equal(leaf.subject, `O=Orkestra\nCN=${"a".repeat(64)}`);
  assert.equal(Date.parse(leaf.validTo), wallMs + 30 * yearMs);
  assert.equal(leaf.subjectAltName, undefined);
});
