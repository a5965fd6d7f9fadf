import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { waitFor } from "../../../tests/support/wait_for.ts";
import { createClusterApi } from "../../cluster/mod.ts";
import type { FileReader } from "../../files/mod.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import { createSandbox } from "../../sandbox/mod.ts";
import { issueCertificates, type Issued } from "./issue.ts";
import { certificateFiles, type Certificates, certificateSecret, type GivenSource, startCertificates } from "./mod.ts";

const hourMs = 3600_000;
const clockStart = Date.parse("2026-01-02T03:04:05Z");
const issue = (validForMs = hourMs): Promise<Issued> =>
  issueCertificates({ names: { dns: ["gateway.example.com"], addresses: [] }, validForMs, wallMs: clockStart });
const [first, second] = [await issue(), await issue()];

/** Files in memory. */
function filesOf(files: Map<string, string>): FileReader {
  return {
    read(path) {
      const text = files.get(path);
      return text === undefined ? { trouble: "it does not exist" } : { bytes: new TextEncoder().encode(text) };
    },
    list: () => ({ trouble: "it does not exist" }),
    folders: () => [],
    stdin: () => Promise.resolve({ trouble: "there is none" }),
  };
}

function start(source: GivenSource, clock: FakeClock): { certificates: Certificates; lines: string[] } {
  const lines: string[] = [];
  const certificates = startCertificates({
    clock,
    log: (level, message) => void lines.push(`${level}: ${message}`),
    source: { kind: "given", source },
  });
  return { certificates, lines };
}

const pair = ({ certPem, keyPem }: Issued) => ({ certPem, keyPem });

Deno.test("given files are served, and read again when they have changed", async () => {
  const clock = new FakeClock();
  const files = new Map([["tls.crt", first.certPem], ["tls.key", first.keyPem], ["ca.crt", first.caPem]]);
  const { certificates, lines } = start(
    certificateFiles({ cert: "tls.crt", key: "tls.key", ca: "ca.crt" }, filesOf(files), clock),
    clock,
  );
  await certificates.ready;
  assert.deepEqual(certificates.serving(), pair(first));
  assert.equal(certificates.caBundle(), first.caPem);
  // One file after the other: what does not fit together is not served.
  files.set("tls.crt", second.certPem);
  await clock.advance(5_000);
  assert.deepEqual(certificates.serving(), pair(first));
  assert.equal(
    certificates.trouble,
    "The certificate of TLS_CERT=tls.crt, TLS_KEY=tls.key, TLS_CA=ca.crt has the private key of another certificate",
  );
  files.set("tls.key", second.keyPem);
  await clock.advance(5_000);
  assert.match(certificates.trouble!, /not signed by a CA/);
  files.set("ca.crt", second.caPem);
  await clock.advance(5_000);
  assert.equal(certificates.trouble, undefined);
  // Its CA is published beside that of the leaf that is still served.
  assert.deepEqual(certificates.serving(), pair(first));
  assert.equal(certificates.caBundle(), second.caPem + first.caPem);
  certificates.confirmPublished(certificates.caBundle());
  await clock.advance(30_000);
  assert.deepEqual(certificates.serving(), pair(second));
  assert.equal(certificates.caBundle(), second.caPem);
  files.delete("tls.key");
  await clock.advance(60_000);
  assert.deepEqual(certificates.serving(), pair(second));
  assert.equal(
    lines.filter((line) => line === "warn: Cannot read TLS_KEY=tls.key: it does not exist; the one before is served")
      .length,
    1,
  );
  await certificates.stop();
  assert.deepEqual(clock.pendingMs, []);
});

Deno.test("given files without a CA are verified with the roots of the API server's system, or as their own CA", async () => {
  const clock = new FakeClock();
  const files = new Map([["tls.crt", first.certPem], ["tls.key", first.keyPem]]);
  const { certificates } = start(certificateFiles({ cert: "tls.crt", key: "tls.key" }, filesOf(files), clock), clock);
  assert.deepEqual(certificates.serving(), pair(first));
  assert.equal(certificates.caBundle(), "");
  files.set("tls.crt", second.certPem + second.caPem).set("tls.key", second.keyPem);
  await clock.advance(5_000);
  assert.equal(certificates.caBundle(), second.caPem);
  await certificates.stop();
});

Deno.test("an expired certificate is not served in place of one that is valid, nor at the start", async () => {
  const clock = new FakeClock();
  const files = new Map([["tls.crt", first.certPem], ["tls.key", first.keyPem]]);
  const source = certificateFiles({ cert: "tls.crt", key: "tls.key" }, filesOf(files), clock);
  const running = start(source, clock);
  await clock.advance(61 * 60_000);
  const late = start(source, clock);
  assert.equal(late.certificates.serving(), undefined);
  assert.equal(
    late.certificates.trouble,
    "The certificate of TLS_CERT=tls.crt, TLS_KEY=tls.key has expired, at 2026-01-02T04:04:05Z",
  );
  const long = await issue(2 * hourMs);
  files.set("tls.crt", long.certPem).set("tls.key", long.keyPem);
  await clock.advance(5_000);
  for (const { certificates } of [running, late]) assert.deepEqual(certificates.serving(), pair(long));
  files.set("tls.crt", first.certPem).set("tls.key", first.keyPem);
  await clock.advance(5_000);
  assert.deepEqual(late.certificates.serving(), pair(long));
  await Promise.all([running.certificates.stop(), late.certificates.stop()]);
});

Deno.test("a Secret of another controller is followed, and never written", async () => {
  const clock = new FakeClock();
  const sandbox = createSandbox({ clock });
  const connect = (onWrite: () => void) =>
    createClusterApi({ server: "http://sandbox", auth: { kind: "none" }, source: "test" }, {
      userAgent: "ork-gateway/test",
      clock,
      random: () => 0,
      fetch: (url, init) => {
        if ((init.method ?? "GET") !== "GET") onWrite();
        return sandbox.fetch(new Request(url, init));
      },
    });
  const admin = connect(() => {});
  const api = connect(() => assert.fail("It writes"));
  const type = builtInType("Secret", "")!;
  const target = { namespace: "default", name: "gateway-cert" };
  const dataOf = ({ certPem, keyPem, caPem }: Issued) => ({
    "tls.crt": btoa(certPem),
    "tls.key": btoa(keyPem),
    "ca.crt": btoa(caPem),
  });
  const secret = (issued: Issued): KubeObject => ({
    apiVersion: "v1",
    kind: "Secret",
    type: "kubernetes.io/tls",
    metadata: target,
    data: dataOf(issued),
  });
  const until = (what: string, holds: () => boolean) =>
    waitFor(what, async () => {
      await clock.advance(100);
      return holds();
    });
  const { certificates, lines } = start(certificateSecret(target, { api, clock, random: () => 0 }), clock);
  await until("it is missed", () => certificates.trouble === "Secret default/gateway-cert does not exist");
  await admin.create(type, secret(first));
  await until("it is served", () => certificates.serving()?.certPem === first.certPem);
  await admin.mergePatch(type, target, { data: dataOf(second) });
  await until("both CAs are to be published", () => certificates.caBundle() === second.caPem + first.caPem);
  certificates.confirmPublished(certificates.caBundle());
  await clock.advance(30_000);
  await until("the next one is served", () => certificates.serving()?.certPem === second.certPem);
  await admin.delete(type, target);
  await until(
    "it is missed again",
    () => lines.at(-1) === "warn: Secret default/gateway-cert does not exist; the one before is served",
  );
  assert.deepEqual(certificates.serving(), pair(second));
  await certificates.stop();
  for (const one of [admin, api]) one.close();
  await sandbox.stop();
});
