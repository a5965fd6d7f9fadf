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

const everything = "deletionProtection: {strictMode: true}, namespaceProtection: {restrictedNamespaces: [a]}";
const allKinds = crd("Shop") + crd("Depot", ", namespaced: false") +
  "settings: {apiTypes: {kind: ConfigMap}, labelSelector: {a: b}}\n";

/** Every rule of a webhook: `UPDATE group/v resource scope`. */
function rulesIn(configuration: ProtectionConfiguration, name: string): string[] {
  const { rules } = webhooksOf(configuration).find((webhook) => webhook.name === name);
  // deno-lint-ignore no-explicit-any -- as above
  return rules.map(({ operations, apiGroups, apiVersions, resources, scope }: any) =>
    `${operations.join(",")} ${apiGroups.join(",")}/${apiVersions.join(",")} ${resources.join(",")} ${scope}`
  );
}

Deno.test("protectionConfigurations() sees all that prepares a deletion, in whatever version it is written", () => {
  const [deletion] = configurationsOf(everything, allKinds);
  assert.deepEqual(rulesIn(deletion!, "protect.overrides.orkestra.orkspace.io"), [
    "CREATE /* configmaps Namespaced",
    "CREATE shop.example.org/* depots Cluster",
    "CREATE shop.example.org/* shops Namespaced",
    "UPDATE /* configmaps,configmaps/status Namespaced",
    "UPDATE shop.example.org/* depots Cluster",
    "UPDATE shop.example.org/* shops Namespaced",
    "UPDATE apiextensions.k8s.io/* customresourcedefinitions Cluster",
  ]);
});

Deno.test("protectionConfigurations() sees deletions and new owners of our own objects", () => {
  const [deletion] = configurationsOf(everything, allKinds);
  assert.deepEqual(rulesIn(deletion!, "protect.installation.orkestra.orkspace.io"), [
    "DELETE,UPDATE /* namespaces Cluster",
    "DELETE,UPDATE /* configmaps Namespaced",
    "DELETE,UPDATE /* secrets Namespaced",
    "DELETE,UPDATE /* serviceaccounts Namespaced",
    "DELETE,UPDATE /* services Namespaced",
    "DELETE,UPDATE apps/* deployments Namespaced",
    "DELETE,UPDATE autoscaling/* horizontalpodautoscalers Namespaced",
    "DELETE,UPDATE networking.k8s.io/* ingresses Namespaced",
    "DELETE,UPDATE networking.k8s.io/* networkpolicies Namespaced",
    "DELETE,UPDATE policy/* poddisruptionbudgets Namespaced",
    "DELETE,UPDATE rbac.authorization.k8s.io/* clusterrolebindings Cluster",
    "DELETE,UPDATE rbac.authorization.k8s.io/* clusterroles Cluster",
    "DELETE,UPDATE rbac.authorization.k8s.io/* rolebindings Namespaced",
    "DELETE,UPDATE rbac.authorization.k8s.io/* roles Namespaced",
  ]);
});

Deno.test("protectionConfigurations() sees CRs in namespaces, and none in cluster scope", () => {
  const all = configurationsOf(everything, allKinds);
  assert.deepEqual(rulesIn(all[2]!, "namespace-protect.orkestra.orkspace.io"), [
    "CREATE,UPDATE /* configmaps Namespaced",
    "CREATE,UPDATE shop.example.org/* shops Namespaced",
  ]);
});

Deno.test("protectionConfigurations() are objects of the API, named and labelled as ours", () => {
  for (const { object } of configurationsOf(everything, allKinds)) {
    assert.deepEqual([object.apiVersion, object.kind], [
      "admissionregistration.k8s.io/v1",
      "ValidatingWebhookConfiguration",
    ]);
    assert.deepEqual(object.metadata.labels, {
      "app.kubernetes.io/name": "orkestra",
      "app.kubernetes.io/tag": "orkestra-internal",
      "orkestra.io/deletion-protection": "true",
    });
  }
});

Deno.test("protectionConfigurations() names its conditions: the API server does in its messages and metrics", () => {
  const conditions = Object.fromEntries(
    configurationsOf(everything, allKinds).flatMap(webhooksOf).map(({ name, matchConditions }) => [
      name.split(".orkestra")[0],
      matchConditions.map(({ name }: { readonly name: string }) => name),
    ]),
  );
  assert.deepEqual(conditions, {
    "protect.crds": ["not-being-deleted", "not-trusted", "of-the-katalog"],
    "protect.resources": ["not-being-deleted", "not-trusted"],
    "protect.overrides": ["not-being-deleted", "prepares-a-deletion"],
    "protect.installation": ["not-being-deleted", "not-trusted", "deleted-or-owned", "our-own"],
    "strict-mode": ["not-being-deleted", "not-trusted", "label-is-removed"],
    "namespace-protect": ["not-being-deleted", "not-trusted", "namespace-may-be-refused"],
  });
});

Deno.test("protectionConfigurations() has no webhook without a rule", () => {
  const names = (more: string) =>
    configurationsOf("deletionProtection: {}", crd("Shop", more)).flatMap(webhooksOf).map(({ name }) =>
      name.split(".")[1]
    );
  assert.deepEqual(names(", deletionProtection: {protectCRs: false}"), ["crds", "overrides", "installation"]);
  assert.deepEqual(names(", deletionProtection: {protectCRD: false}"), ["resources", "overrides", "installation"]);
  assert.deepEqual(names(", deletionProtection: {protectCRD: false, protectCRs: false}"), ["installation"]);
  const [deletion] = configurationsOf(
    "deletionProtection: {}",
    crd("Shop", ", deletionProtection: {protectCRD: false}"),
  );
  assert.deepEqual(rulesIn(deletion!, "protect.overrides.orkestra.orkspace.io"), [
    "CREATE shop.example.org/* shops Namespaced",
    "UPDATE shop.example.org/* shops Namespaced",
  ]);
});
