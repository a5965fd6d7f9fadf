import assert from "node:assert/strict";
import { inspectLeaf } from "./inspect.ts";
import { issueCertificates } from "./issue.ts";

const names = {
  dns: ["gateway", "gateway.ork", "gateway.ork.svc", "hooks.example.com"],
  addresses: ["192.0.2.7", "2001:db8::1"],
};
const wallMs = Date.parse("2026-01-02T03:04:05Z");
const hourMs = 3600_000;

Deno.test("issueCertificates() issues a leaf for all names, signed by a CA that is not kept", async () => {
  const { caPem, ...pair } = await issueCertificates({ names, validForMs: hourMs, wallMs });
  const leaf = inspectLeaf(pair, caPem);
  assert.ok(!("trouble" in leaf), Deno.inspect(leaf));
  assert.deepEqual(leaf.names, names);
  assert.equal(leaf.notBeforeMs, wallMs - 300_000);
  assert.equal(leaf.notAfterMs, wallMs + hourMs);
  assert.equal(leaf.caPem, caPem);
  assert.equal(leaf.isP256, true);
  assert.equal(pair.keyPem.match(/PRIVATE KEY/g)!.length, 2);
});

Deno.test("inspectLeaf() says what is wrong with a leaf", async () => {
  const one = await issueCertificates({ names, validForMs: hourMs, wallMs });
  const other = await issueCertificates({ names, validForMs: hourMs, wallMs });
  const trouble = (certPem: string, keyPem: string, ca: string) => {
    const read = inspectLeaf({ certPem, keyPem }, ca);
    return "trouble" in read ? read.trouble : undefined;
  };
  const { certPem, keyPem, caPem } = one;
  const cut = certPem.replace(/\n[^\n]+\n-----END/, "\n-----END");
  assert.equal(trouble(certPem, keyPem, other.caPem + caPem), undefined);
  assert.match(trouble("", keyPem, caPem)!, /cannot be parsed: there is no PEM certificate/);
  assert.match(trouble("x".repeat(1e6), keyPem, caPem)!, /cannot be parsed/);
  assert.match(trouble(cut, keyPem, caPem)!, /cannot be parsed/);
  assert.match(trouble(certPem, "", caPem)!, /private key that cannot be parsed/);
  assert.match(trouble(certPem, other.keyPem, caPem)!, /private key of another certificate/);
  // Both CAs have one name: only the signature distinguishes them.
  assert.match(trouble(certPem, keyPem, other.caPem)!, /not signed by a CA/);
  assert.match(trouble(certPem, keyPem, "")!, /not signed by a CA/);
});

const opensslIsThere = await new Deno.Command("openssl", { args: ["version"], stdout: "null", stderr: "null" })
  .output().then(({ success }) => success, () => false);

Deno.test({
  name: "OpenSSL verifies a leaf by its CA, also beside the CA of another, for each of its names and no other",
  ignore: !opensslIsThere,
  async fn() {
    const { caPem, certPem } = await issueCertificates({ names, validForMs: hourMs, wallMs });
    const other = await issueCertificates({ names, validForMs: hourMs, wallMs });
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/leaf.pem`, certPem);
      await Deno.writeTextFile(`${folder}/both.pem`, other.caPem + caPem);
      await Deno.writeTextFile(`${folder}/other.pem`, other.caPem);
      const verify = async (bundle: string, ...flags: string[]): Promise<boolean> => {
        const at = ["-attime", String(wallMs / 1000), "-purpose", "sslserver", "-x509_strict"];
        const args = ["verify", ...at, ...flags, "-CAfile", `${folder}/${bundle}`, `${folder}/leaf.pem`];
        return (await new Deno.Command("openssl", { args, stdout: "null", stderr: "null" }).output()).success;
      };
      for (const name of names.dns) assert.equal(await verify("both.pem", "-verify_hostname", name), true, name);
      for (const ip of names.addresses) assert.equal(await verify("both.pem", "-verify_ip", ip), true, ip);
      assert.equal(await verify("both.pem", "-verify_hostname", "example.com"), false);
      assert.equal(await verify("both.pem", "-verify_ip", "2001:db8::2"), false);
      assert.equal(await verify("other.pem"), false);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
