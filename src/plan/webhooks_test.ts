import assert from "node:assert/strict";
import { planOf } from "../../tests/support/plans.ts";
import { defaultInstallation } from "../k8s/installation.ts";
import { type ProtectionConfiguration, protectionConfigurations } from "./webhooks.ts";

const crd = (kind: string, more = "") =>
  `${kind.toLowerCase()}: {apiTypes: {group: shop.example.org, version: v1, kind: ${kind}}${more}}\n`;

function configurationsOf(security: string, crds = crd("Shop"), installation = defaultInstallation) {
  const { protection } = planOf(crds, `security: {${security}}\n`);
  return protection === undefined ? [] : protectionConfigurations(protection, installation);
}

// deno-lint-ignore no-explicit-any -- what a webhook is, the API server checks
const webhooksOf = ({ object }: ProtectionConfiguration): any[] => [...object.webhooks];

/** `name: webhook failurePolicy [operations resources]`. */
function describe(configuration: ProtectionConfiguration): string[] {
  return webhooksOf(configuration).map(({ name, failurePolicy, rules }) =>
    `${name} ${failurePolicy} ` + (rules.length > 4 ? "(many)" : rules.map(
      // deno-lint-ignore no-explicit-any -- as above
      ({ apiGroups, resources, operations, scope }: any) =>
        `${operations.join(",")} ${resources.join(",")}.${apiGroups.join(",")} ${scope}`,
    ).join("; "))
  );
}

Deno.test("protectionConfigurations() has none where nothing is protected", () => {
  assert.deepEqual(configurationsOf(""), []);
  assert.deepEqual(configurationsOf("deletionProtection: {enabled: false}"), []);
  assert.deepEqual(configurationsOf("namespaceProtection: {}"), []);
  assert.deepEqual(
    configurationsOf("namespaceProtection: {restrictedNamespaces: [a]}", crd("Shop", ", namespaced: false")),
    [],
  );
  assert.deepEqual(configurationsOf("namespaceProtection: {enabled: false, restrictedNamespaces: [a]}"), []);
});

Deno.test("protectionConfigurations() has rules for the kinds of the Katalog alone", () => {
  const [deletion, ...rest] = configurationsOf(
    "deletionProtection: {}",
    crd("Shop") + crd("Depot", ", namespaced: false"),
  );
  assert.deepEqual(rest, []);
  assert.equal(deletion!.object.metadata.name, "orkestra-deletion-protection");
  assert.equal(deletion!.path, "/deletion-protection");
  assert.deepEqual(describe(deletion!), [
    "protect.crds.orkestra.orkspace.io Fail DELETE customresourcedefinitions.apiextensions.k8s.io Cluster",
    "protect.resources.orkestra.orkspace.io Fail DELETE depots.shop.example.org Cluster; " +
    "DELETE shops.shop.example.org Namespaced",
    "protect.overrides.orkestra.orkspace.io Fail (many)",
    "protect.installation.orkestra.orkspace.io Ignore (many)",
  ]);
  for (const webhook of webhooksOf(deletion!)) {
    const { matchPolicy, sideEffects, timeoutSeconds, admissionReviewVersions, clientConfig } = webhook;
    assert.deepEqual([matchPolicy, sideEffects, timeoutSeconds, admissionReviewVersions, clientConfig], [
      ...["Equivalent", "None", 5, ["v1"]],
      undefined,
    ]);
  }
});

Deno.test("protectionConfigurations() has strict mode for strict kinds alone", () => {
  const kiosk = crd("Kiosk", ", deletionProtection: {strictMode: false}");
  const [, strict] = configurationsOf("deletionProtection: {strictMode: true}", crd("Shop") + kiosk);
  assert.deepEqual(describe(strict!), [
    "strict-mode.orkestra.orkspace.io Fail UPDATE shops.shop.example.org Namespaced",
  ]);
  assert.equal(strict!.object.metadata.name, "orkestra-strict-mode-protection");
  assert.equal(configurationsOf("deletionProtection: {strictMode: true}", kiosk).length, 1);
});

Deno.test("protectionConfigurations() protects status of built-in kinds, whose metadata it may change", () => {
  const settings = "settings: {apiTypes: {kind: ConfigMap}, labelSelector: {a: b}}\n";
  const [, strict] = configurationsOf("deletionProtection: {strictMode: true}", settings);
  assert.deepEqual(describe(strict!), [
    "strict-mode.orkestra.orkspace.io Fail UPDATE configmaps,configmaps/status. Namespaced",
  ]);
});

Deno.test("protectionConfigurations() says what the Katalog says of failure, clean-up and Service", () => {
  const all = configurationsOf(
    "deletionProtection: {failurePolicy: Ignore, strictMode: true, cleanupOnShutdown: true, serviceName: gate}, " +
      "namespaceProtection: {failurePolicy: Ignore, restrictedNamespaces: [a]}",
  );
  assert.deepEqual(all.map(({ path, serviceName, cleanupOnShutdown }) => [path, serviceName, cleanupOnShutdown]), [
    ["/deletion-protection", "gate", true],
    ["/strict-mode-protection", "gate", true],
    ["/namespace-protection", undefined, false],
  ]);
  for (const webhook of all.flatMap(webhooksOf)) assert.equal(webhook.failurePolicy, "Ignore");
});

Deno.test("protectionConfigurations() of two installations have two names", () => {
  const security = "deletionProtection: {strictMode: true}, namespaceProtection: {restrictedNamespaces: [a]}";
  const elsewhere = { ...defaultInstallation, namespace: "ork-two" };
  const names = configurationsOf(security, crd("Shop"), elsewhere).map(({ object }) => object.metadata.name);
  assert.deepEqual(names, [
    "orkestra-deletion-protection-ork-two",
    "orkestra-strict-mode-protection-ork-two",
    "orkestra-namespace-protection-ork-two",
  ]);
});

Deno.test("protectionConfigurations() leaves a condition out that would be too long to parse", () => {
  const names = Array.from({ length: 4000 }, (_, i) => `namespace-with-a-long-name-${i}`);
  const [short, long] = [["a"], names].map((list) =>
    configurationsOf(`namespaceProtection: {allowedNamespaces: [${list.join(", ")}]}`)
  );
  assert.deepEqual(webhooksOf(short![0]!)[0].matchConditions.length, 3);
  assert.deepEqual(webhooksOf(long![0]!)[0].matchConditions.length, 2);
});
