import assert from "node:assert/strict";
import { katalogVariables } from "./environment.ts";
import { loadKatalog, type LoadResult } from "./load.ts";

const shop = `
    shop:
      apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
      operatorBox: {reconciler: {resync: 1m}}`;
const store = `
    store:
      apiTypes: {group: shop.example.org, version: v1, kind: Store, plural: stores}`;

function load(set: Record<string, string>, files: Record<string, string> = { "a.yaml": "" }): LoadResult {
  const sources = Object.entries(files).map(([path, more], n) => {
    const crds = n === 0 ? shop : store;
    const text =
      `apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: k}\n${more}spec:\n  crds:${crds}\n`;
    return { path, bytes: new TextEncoder().encode(text) };
  });
  return loadKatalog(sources, () => undefined, undefined, (name) => set[name]);
}

function loaded(set: Record<string, string>, files?: Record<string, string>) {
  const { katalog, findings } = load(set, files);
  assert.deepEqual(findings, []);
  return katalog!;
}

const said = ({ findings }: LoadResult) =>
  findings.map(({ severity, file, line, column, message }) => `${severity} ${file}:${line}:${column} ${message}`);

const everything: Record<string, string> = {
  DEFAULT_WORKERS: "7",
  DEFAULT_RESYNC: "15",
  FAILURE_THRESHOLD: "9",
  QUEUE_DEPTH: "100",
  CLUSTER_NAME: "prod",
  ORK_SERVICE_NAME: "rt",
  ORK_GATEWAY_SERVICE_NAME: "gw",
  ENABLE_ADMISSION_WEBHOOK: "true",
  WEBHOOK_FAILURE_POLICY: "fail",
  WEBHOOK_CLEANUP_ON_SHUTDOWN: "1",
  ENABLE_DELETION_PROTECTION: "True",
  DELETION_PROTECTION_POLICY: "Ignore",
  DELETION_PROTECTION_CLEANUP_ON_SHUTDOWN: "true",
  ENABLE_NAMESPACE_PROTECTION: "true",
  NAMESPACE_PROTECTION_FAILURE_POLICY: "Ignore",
  NAMESPACE_PROTECTION_CLEANUP_ON_SHUTDOWN: "true",
  ENABLE_CONVERSION: "true",
  CONVERSION_WINDOW: "50",
  TLS_AUTO_ROTATE: "false",
  TLS_ROTATION_THRESHOLD: "12h",
  TLS_VALID_FOR: "2y",
};

Deno.test("variables complete what a Katalog leaves out", () => {
  assert.deepEqual(Object.keys(everything), katalogVariables.map(({ name }) => name));
  const { crds: [crd], gateway, security, metadata } = loaded(everything, { "a.yaml": "gateway: {}\n" });
  const { workers, resyncMs, failureThreshold } = crd!.reconciler;
  // What the Katalog says goes before them.
  assert.deepEqual([workers, resyncMs, failureThreshold], [7, 60_000, 9]);
  assert.equal(metadata["clusterName"], "prod");
  assert.deepEqual(
    [gateway.runtimeService, gateway.service, gateway.admission.enabled, gateway.admission.failurePolicy],
    ["rt", "gw", true, "Fail"],
  );
  assert.deepEqual([gateway.admission.cleanupOnShutdown, gateway.conversion.enabled], [true, true]);
  assert.deepEqual(gateway.certificates, {
    autoRotate: false,
    rotationThresholdMs: 12 * 3_600_000,
    validForMs: 2 * 365 * 24 * 3_600_000,
  });
  for (const hook of [security.deletionProtection, security.namespaceProtection]) {
    assert.deepEqual([hook?.enabled, hook?.failurePolicy, hook?.cleanupOnShutdown], [true, "Ignore", true]);
  }
  const { crds: [plain] } = loaded({ DEFAULT_RESYNC: "0.5m" }, { "a.yaml": "", "b.yaml": "" });
  assert.equal(plain!.reconciler.resyncMs, 60_000);
});

Deno.test("nothing that is set leaves a Katalog as it is", () => {
  const none = Object.fromEntries(Object.keys(everything).map((name) => [name, ""]));
  assert.deepEqual(loaded(none), loaded({}));
});

Deno.test("a block that the Katalog has goes before the variable that would make it", () => {
  const off = { "a.yaml": "gateway: {}\nsecurity: {deletionProtection: {enabled: false}}\n" };
  assert.equal(loaded({ ENABLE_DELETION_PROTECTION: "true" }, off).security.deletionProtection?.enabled, false);
  const on = { "a.yaml": "gateway: {}\nsecurity: {deletionProtection: {}}\n" };
  assert.equal(loaded({ ENABLE_DELETION_PROTECTION: "false" }, on).security.deletionProtection?.enabled, true);
  assert.equal(
    loaded({ DELETION_PROTECTION_POLICY: "Ignore" }, on).security.deletionProtection?.failurePolicy,
    "Ignore",
  );
  // A policy alone protects nothing, and says nothing.
  assert.equal(loaded({ DELETION_PROTECTION_POLICY: "Ignore" }).security.deletionProtection, undefined);
  assert.equal(loaded({ ENABLE_NAMESPACE_PROTECTION: "false" }).security.namespaceProtection, undefined);
});

Deno.test("what one of several files says holds for all of them", () => {
  const files = { "a.yaml": "gateway: {}\n", "b.yaml": "security: {webhooks: {admission: {enabled: false}}}\n" };
  const katalog = loaded({ ENABLE_ADMISSION_WEBHOOK: "true", DEFAULT_WORKERS: "5" }, files);
  assert.equal(katalog.gateway.admission.enabled, false);
  assert.deepEqual(katalog.crds.map(({ reconciler }) => reconciler.workers), [5, 5]);
});

Deno.test("a variable that cannot be used is an error that names it, never a silent default", () => {
  const wrong: Record<string, string> = {
    DEFAULT_WORKERS: "many",
    DEFAULT_RESYNC: "soon",
    WEBHOOK_FAILURE_POLICY: "ignored",
    ENABLE_CONVERSION: "yes",
    TLS_VALID_FOR: "0s",
    ORK_SERVICE_NAME: "A_b",
  };
  for (const [name, text] of Object.entries(wrong)) {
    assert.deepEqual(said(load({ [name]: text })), [`error $${name}:1:1 Cannot use "${text}" as ${name}`]);
  }
  assert.deepEqual(said(load({ DEFAULT_WORKERS: "51" })), [
    'error $DEFAULT_WORKERS:1:1 Cannot use "51" as DEFAULT_WORKERS',
  ]);
});

Deno.test("what a variable switches on is checked as if the Katalog said it", () => {
  assert.deepEqual(said(load({ ENABLE_ADMISSION_WEBHOOK: "true" })), [
    "error $ENABLE_ADMISSION_WEBHOOK:1:1 This needs a Gateway, and the Katalog has none",
  ]);
});
