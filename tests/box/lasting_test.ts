import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { conditionOf, demos, operatorFor } from "./operator.ts";

const secrets = "/api/v1/namespaces/default/secrets";
const generatedAt = "orkestra.orkspace.io/generated-at";

const textOf = (secret: { data?: Record<string, string> }, key: string) => atob(secret["data"]![key]!);

Deno.test("a Secret with once keeps its random values, and one that is deleted gets others", async () => {
  await using operator = await operatorFor({
    box: 'onCreate: { secrets: [{ once: true, data: { password: "{{ randomAlphanumeric 24 }}" } }] }',
  });
  await operator.demo("a", { v: 1 });
  const path = `${secrets}/a-secret`;
  const before = textOf(await operator.until(path, () => true) as never, "password");
  assert.match(before, /^[A-Za-z0-9]{24}$/);
  await operator.demo("a", { v: 2 });
  await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Synced")?.observedGeneration === 2);
  assert.equal(textOf(await operator.get(path) as never, "password"), before);
  await operator.request("DELETE", path);
  const after = await operator.until(path, (secret) => textOf(secret as never, "password") !== before);
  assert.match(textOf(after as never, "password"), /^[A-Za-z0-9]{24}$/);
});

Deno.test("a Secret that is older than rotateAfter gets other values in place", async () => {
  await using operator = await operatorFor({
    box: 'onCreate: { secrets: [{ once: true, rotateAfter: 1h, data: { key: "{{ randomHex 8 }}" } }] }',
  });
  await operator.demo("a", {});
  const path = `${secrets}/a-secret`;
  const first = await operator.until(path, () => true);
  assert.equal(first.metadata.annotations!["orkestra.orkspace.io/rotate-after"], "1h");
  await operator.idle(2);
  assert.equal((await operator.get(path))!["data"].key, first["data"].key, "it is young");
  const old = { metadata: { annotations: { [generatedAt]: "2020-01-01T00:00:00Z" } } };
  await operator.request("PATCH", path, old, "application/merge-patch+json");
  const rotated = await operator.until(path, (secret) => secret["data"].key !== first["data"].key);
  assert.equal(rotated.metadata.uid, first.metadata.uid, "mounts and references see no gap");
  assert.ok(Date.parse(rotated.metadata.annotations![generatedAt]!) > Date.UTC(2025, 0, 1));
  // Its age is not known: it counts from now.
  const unknown = { metadata: { annotations: { [generatedAt]: null } } };
  await operator.request("PATCH", path, unknown, "application/merge-patch+json");
  const marked = await operator.until(path, (secret) => secret.metadata.annotations?.[generatedAt] !== undefined);
  assert.equal(marked["data"].key, rotated["data"].key);
});

const rotated = 'onCreate: { secrets: [{ once: true, rotateAfter: 1h, data: { key: "{{ randomHex 8 }}" } }] }';
const made = (at: string | null) => ({ metadata: { annotations: { [generatedAt]: at } } });
const merge = "application/merge-patch+json";

Deno.test("a Secret that was made in a time to come counts as made now", async () => {
  await using operator = await operatorFor({ box: rotated });
  await operator.demo("a", {});
  const path = `${secrets}/a-secret`;
  const first = await operator.until(path, () => true);
  await operator.request("PATCH", path, made("2999-01-01T00:00:00Z"), merge);
  const marked = await operator.until(path, (secret) => !secret.metadata.annotations![generatedAt]!.startsWith("2999"));
  assert.equal(marked["data"].key, first["data"].key);
});

Deno.test("a Secret is rotated once, in the state that was read", async () => {
  let overtakes: (() => Promise<unknown>) | undefined;
  let refused = 0;
  await using operator = await operatorFor({ box: rotated }, {}, async (request, forward) => {
    if (request.method !== "PATCH" || !request.url.includes("/secrets/")) return await forward();
    const overtake = overtakes;
    overtakes = undefined;
    await overtake?.();
    const response = await forward();
    if (response.status === 409) refused++;
    return response;
  });
  await operator.demo("a", {});
  const path = `${secrets}/a-secret`;
  await operator.until(path, () => true);
  await operator.idle(1);
  // Another Runtime, which was faster.
  const other = { ...made(new Date().toISOString()), data: { key: btoa("other") } };
  overtakes = () => operator.request("PATCH", path, other, merge);
  await operator.request("PATCH", path, made("2020-01-01T00:00:00Z"), merge);
  await operator.until(path, (secret) => secret["data"].key === btoa("other"));
  await operator.idle(2);
  assert.equal(textOf(await operator.get(path) as never, "key"), "other");
  assert.equal(refused, 1);
});

Deno.test("a Secret that a former CR of the name has left is rotated, and stays otherwise", async () => {
  await using operator = await operatorFor({ box: rotated });
  await operator.demo("a", {});
  const path = `${secrets}/a-secret`;
  const first = await operator.until(path, () => true);
  await operator.request("DELETE", `${demos}/a?propagationPolicy=Orphan`);
  await operator.untilGone(`${demos}/a`);
  await operator.demo("a", {});
  await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Synced")?.status === "True");
  await operator.idle(1);
  assert.deepEqual((await operator.get(path))!["data"], first["data"]);
  await operator.request("PATCH", path, made("2020-01-01T00:00:00Z"), merge);
  const second = await operator.until(path, (secret) => secret["data"].key !== first["data"].key);
  assert.deepEqual([second.metadata.uid, second.metadata.ownerReferences ?? []], [first.metadata.uid, []]);
});

Deno.test("a Secret that another CR made and took with it is made again by the next one", async () => {
  await using operator = await operatorFor({
    box: 'onCreate: { secrets: [{ name: shared, once: true, data: { key: "{{ .metadata.name }}" } }] }',
    resync: "1s",
  });
  await operator.demo("a", {});
  await operator.until(`${secrets}/shared`, () => true);
  await operator.demo("b", {});
  await operator.until(`${demos}/b`, (cr) => conditionOf(cr, "Synced")?.status === "True");
  await operator.idle(3);
  await operator.request("DELETE", `${demos}/a`);
  const next = await operator.until(`${secrets}/shared`, (secret) => textOf(secret as never, "key") === "b");
  assert.equal(next.metadata.ownerReferences![0]!.name, "b");
});

Deno.test("a certificate without dnsNames is for its common name", async () => {
  await using operator = await operatorFor({ box: "onReconcile: { secrets: [{ tls: {} }] }" });
  await operator.demo("a", {});
  const secret = await operator.until(`${secrets}/a-orkestra-tls`, () => true);
  assert.equal(
    new X509Certificate(textOf(secret as never, "tls.crt")).subjectAltName,
    "DNS:a-orkestra-tls.default.svc",
  );
});

Deno.test("a Secret with tls has a certificate that is made once, and another one after its time", async () => {
  await using operator = await operatorFor({
    box: `onReconcile:
  secrets:
    - tls: { dnsNames: ["{{ .metadata.name }}-svc", "{{ .spec.host }}"] }
      rotateAfter: 90d`,
  });
  await operator.demo("a", { host: "a.example.org" });
  const path = `${secrets}/a-orkestra-tls`;
  const first = await operator.until(path, () => true);
  assert.equal(first["type"], "kubernetes.io/tls");
  const leaf = new X509Certificate(textOf(first as never, "tls.crt"));
  assert.equal(leaf.subject, "O=Orkestra\nCN=a-orkestra-tls.default.svc");
  assert.equal(leaf.subjectAltName, "DNS:a-svc, DNS:a.example.org");
  assert.equal(
    Math.round((Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)) / 86_400_000),
    99,
    "still valid when it is due",
  );
  assert.ok(leaf.verify(new X509Certificate(textOf(first as never, "ca.crt")).publicKey));
  await operator.demo("a", { host: "b.example.org" });
  await operator.until(`${demos}/a`, (cr) => conditionOf(cr, "Synced")?.observedGeneration === 2);
  assert.deepEqual((await operator.get(path))!["data"], first["data"]);
  const old = { metadata: { annotations: { [generatedAt]: "2020-01-01T00:00:00Z" } } };
  await operator.request("PATCH", path, old, "application/merge-patch+json");
  const second = await operator.until(path, (secret) => secret["data"]["tls.crt"] !== first["data"]["tls.crt"]);
  assert.match(new X509Certificate(textOf(second as never, "tls.crt")).subjectAltName!, /b\.example\.org/);
});

Deno.test("an Ingress with tls.create gets a certificate, and uses one that is there already", async () => {
  const box = `onReconcile:
  ingresses: [{ host: "{{ .spec.host }}", serviceName: a, servicePort: 80, tls: { create: true } }]`;
  await using operator = await operatorFor({ box });
  const own = { apiVersion: "v1", kind: "Secret", metadata: { name: "b-tls" }, type: "Opaque", data: {} };
  await operator.request("POST", secrets, own);
  await operator.demo("a", { host: "a.example.org" });
  await operator.demo("b", { host: "b.example.org" });
  const made = await operator.until(`${secrets}/a-tls`, () => true);
  const leaf = new X509Certificate(textOf(made as never, "tls.crt"));
  assert.equal(leaf.subject, "O=Orkestra\nCN=a.example.org");
  const ingress = await operator.until("/apis/networking.k8s.io/v1/namespaces/default/ingresses/b-ingress", () => true);
  assert.deepEqual(ingress["spec"].tls, [{ hosts: ["b.example.org"], secretName: "b-tls" }]);
  await operator.until(`${demos}/b`, (cr) => conditionOf(cr, "Synced")?.status === "True");
  assert.equal((await operator.get(`${secrets}/b-tls`))!["type"], "Opaque");
});

Deno.test("an entry with sleep is written later than those beside it", async () => {
  const box = `onReconcile:
  configMaps:
    - { name: "{{ .metadata.name }}-slow", sleep: 300ms, data: { a: b } }
    - { name: "{{ .metadata.name }}-fast", data: { a: b } }`;
  await using operator = await operatorFor({ box });
  await operator.demo("a", {});
  await operator.until("/api/v1/namespaces/default/configmaps/a-slow", () => true);
  const written = operator.calls().filter((call) => call.startsWith("patch configmaps"));
  assert.deepEqual(written, ["patch configmaps a-fast", "patch configmaps a-slow"]);
});
