import assert from "node:assert/strict";
import "reflect-metadata";
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";
import { type CertificateDecision, checkWanted, decideCertificates, type WantedCertificates } from "./decide.ts";
import { issueCertificates, type Issued } from "./issue.ts";
import { CertificateSettingsError } from "./names.ts";
import { newSecret, type Stored } from "./secret.ts";

const wallMs = Date.parse("2026-01-02T03:04:05Z");
const dayMs = 24 * 3600_000;
const wanted: WantedCertificates = {
  names: { dns: ["gateway.ork.svc"], addresses: ["2001:db8::1"] },
  validForMs: 90 * dayMs,
  rotationThresholdMs: 30 * dayMs,
};
const issue = (atMs: number, more: Partial<Parameters<typeof issueCertificates>[0]> = {}): Promise<Issued> =>
  issueCertificates({ names: wanted.names, validForMs: wanted.validForMs, wallMs: atMs, ...more });
const pair = ({ certPem, keyPem }: Issued) => ({ certPem, keyPem });
const decide = (stored: Stored, atMs = wallMs): CertificateDecision =>
  decideCertificates(newSecret("ork", stored, wallMs), wanted, atMs);
const good = await issue(wallMs);
const stored: Stored = { current: pair(good), caBundle: good.caPem };

Deno.test("decideCertificates() keeps a good certificate until its threshold", () => {
  const untilWallMs = wallMs + 60 * dayMs;
  assert.deepEqual(decide(stored), { action: "keep", untilWallMs, renews: true });
  assert.equal(decide(stored, untilWallMs - 1).action, "keep");
  assert.deepEqual(decide(stored, untilWallMs), {
    action: "issue",
    staged: true,
    reason: "The certificate expires at 2026-04-02T03:04:05Z",
  });
});

Deno.test("decideCertificates() replaces at once what cannot be served", async () => {
  const other = await issue(wallMs);
  const future = await issue(wallMs + dayMs);
  const cases: [name: string, stored: Stored, reason: RegExp, atMs?: number][] = [
    ["no certificate", { ...stored, current: { ...stored.current, certPem: "" } }, /cannot be parsed/],
    ["no key", { ...stored, current: { ...stored.current, keyPem: "" } }, /key that cannot be parsed/],
    ["another key", { ...stored, current: { ...stored.current, keyPem: other.keyPem } }, /key of another/],
    ["no CA", { ...stored, caBundle: "" }, /not signed by a CA/],
    ["another CA", { ...stored, caBundle: other.caPem }, /not signed by a CA/],
    ["a leaf as CA", { ...stored, caBundle: other.certPem }, /not signed by a CA/],
    ["an expired one", stored, /has expired, at 2026-04-02T03:04:05Z/, wallMs + 90 * dayMs],
    ["one of the future", { current: pair(future), caBundle: future.caPem }, /is not valid before/],
  ];
  for (const [name, one, reason, atMs] of cases) {
    const decision = decide(one, atMs);
    assert.ok(decision.action === "issue" && !decision.staged, name);
    assert.match(decision.reason, reason, name);
  }
  assert.deepEqual(decideCertificates(undefined, wanted, wallMs), {
    action: "issue",
    staged: false,
    reason: "There is no Secret",
  });
});

Deno.test("decideCertificates() stages a successor of what can be served and is not as wanted", async () => {
  const hourAgo = wallMs - 3600_000;
  const rsa = await rsaLeaf();
  const names = await issue(hourAgo, { names: { dns: ["gateway.ork.svc"], addresses: ["2001:db8::2"] } });
  const long = await issue(hourAgo, { validForMs: 91 * dayMs });
  const cases: [name: string, stored: Stored, reason: RegExp][] = [
    ["a name is missing", { current: pair(names), caBundle: names.caPem }, /is not valid for 2001:db8::1$/],
    ["it outlives validFor", { current: pair(long), caBundle: long.caPem }, /longer than validFor$/],
    ["another algorithm", rsa, /has a key that is not EC P-256$/],
  ];
  for (const [name, one, reason] of cases) {
    const decision = decide(one);
    assert.ok(decision.action === "issue" && decision.staged, `${name}: ${Deno.inspect(decision)}`);
    assert.match(decision.reason, reason, name);
  }
  // More names than wanted are no reason: replicas of two versions would replace each other's.
  const more = await issue(hourAgo, { names: { ...wanted.names, dns: ["gateway.ork.svc", "b.example.com"] } });
  assert.equal(decide({ current: pair(more), caBundle: more.caPem }).action, "keep");
});

Deno.test("decideCertificates() does not replace what was issued within the last minute and can be served", async () => {
  const other = await issue(wallMs - 10_000, { validForMs: 200 * dayMs });
  const fresh: Stored = { current: pair(other), caBundle: other.caPem };
  assert.deepEqual(decide(fresh), { action: "keep", untilWallMs: wallMs + 50_000 });
  assert.equal(decide(fresh, wallMs + 50_000).action, "issue");
});

Deno.test("decideCertificates() waits for the publication of a next leaf, and promotes it when the current one ends", async () => {
  const dueMs = wallMs + 60 * dayMs;
  const next = await issue(dueMs);
  const both: Stored = { current: pair(good), next: pair(next), caBundle: next.caPem + good.caPem };
  const waits = decide(both, dueMs);
  assert.ok(waits.action === "keep");
  assert.equal(waits.untilWallMs, wallMs + 90 * dayMs);
  assert.equal(waits.next?.caPem, next.caPem);
  assert.deepEqual(decide(both, wallMs + 90 * dayMs), {
    action: "promote",
    reason: "The certificate has expired, at 2026-04-02T03:04:05Z",
  });
  // A next one that is not needed is not promoted; one that is broken is replaced.
  assert.deepEqual(decide(both, dueMs - 120_000), { action: "keep", untilWallMs: dueMs, renews: true });
  const broken = decide({ ...both, next: { ...both.next!, keyPem: "" } }, dueMs + 60_000);
  assert.ok(broken.action === "issue" && broken.staged);
  assert.equal(decide({ ...both, caBundle: good.caPem }, dueMs + 60_000).action, "issue");
});

Deno.test("checkWanted() rejects a threshold at or above the validity", () => {
  checkWanted(wanted);
  for (const rotationThresholdMs of [wanted.validForMs, wanted.validForMs + 1]) {
    assert.throws(() => checkWanted({ ...wanted, rotationThresholdMs }), CertificateSettingsError);
  }
  assert.throws(() => checkWanted({ ...wanted, validForMs: 0, rotationThresholdMs: 0 }), CertificateSettingsError);
});

/** A certificate that has signed itself, with an RSA key. */
async function rsaLeaf(): Promise<Stored> {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048 };
  const publicExponent = Uint8Array.of(1, 0, 1);
  const keys = await crypto.subtle.generateKey({ ...algorithm, publicExponent }, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    keys,
    notBefore: new Date(wallMs - 3600_000),
    notAfter: new Date(wallMs + 89 * dayMs),
    signingAlgorithm: algorithm,
    extensions: [
      new SubjectAlternativeNameExtension([
        { type: "dns", value: "gateway.ork.svc" },
        { type: "ip", value: "2001:db8::1" },
      ]),
    ],
  });
  const certPem = certificate.toString("pem");
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  const base64 = btoa(String.fromCharCode(...new Uint8Array(key)));
  const keyPem = `-----BEGIN PRIVATE KEY-----\n${base64.match(/.{1,64}/g)!.join("\n")}\n-----END PRIVATE KEY-----\n`;
  return { current: { certPem, keyPem }, caBundle: certPem };
}
