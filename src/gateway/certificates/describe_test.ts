import assert from "node:assert/strict";
import { describeCertificate } from "./describe.ts";
import { issueCertificates } from "./issue.ts";

const source = { origin: "Secret team/tls", trouble: undefined, serving: () => undefined, caBundle: () => "" };

Deno.test("describeCertificate() has names and times of the certificate, and nothing of its key", async () => {
  const wallMs = Date.parse("2026-01-02T03:04:05Z");
  const names = { dns: ["gateway.team.svc"], addresses: ["127.0.0.1"] };
  const issued = await issueCertificates({ names, validForMs: 3600_000, wallMs });
  const described = describeCertificate({ ...source, serving: () => issued, caBundle: () => issued.caPem });
  const { sha256, ...rest } = described;
  assert.deepEqual(rest, {
    ...{ origin: "Secret team/tls", publishedCas: 1, names: ["gateway.team.svc", "127.0.0.1"] },
    ...{ notBefore: "2026-01-02T02:59:05Z", notAfter: "2026-01-02T04:04:05Z" },
  });
  assert.match(String(sha256), /^[0-9a-f]{64}$/);
  assert.doesNotMatch(JSON.stringify(described), /PRIVATE|BEGIN/);
});

Deno.test("describeCertificate() says what is wrong while there is no certificate", () => {
  const trouble = "Cannot keep Secret team/tls: forbidden";
  assert.deepEqual(describeCertificate({ ...source, trouble }), { origin: source.origin, publishedCas: 0, trouble });
});
