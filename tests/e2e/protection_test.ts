import assert from "node:assert/strict";
import type { KubeObject } from "../../src/k8s/object.ts";
import { defaultInstallation } from "../../src/k8s/installation.ts";
import { protectionConfigurations } from "../../src/plan/mod.ts";
import { type ClusterTest, clusterTest } from "../support/on_cluster.ts";
import { openDefinition } from "../support/open_definition.ts";
import { planOf } from "../support/plans.ts";
import { waitFor } from "../support/wait_for.ts";

// A real API server evaluates the matchConditions. Nothing serves the webhooks: a request that the Gateway would be asked
// about is refused, as with the Gateway down, and every other must pass.

const label = "orkestra.io/deletion-protection";
const override = "orkestra.io/deletion-override";
const registrations = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const collector = "system:serviceaccount:kube-system:generic-garbage-collector";

type Metadata = Record<string, unknown>;

class Attempts {
  readonly #test: ClusterTest;
  readonly group: string;
  readonly path: string;

  constructor(test: ClusterTest) {
    this.#test = test;
    this.group = `${test.namespace}.example.org`;
    this.path = `/apis/${this.group}/v1/namespaces/${test.namespace}/shops`;
  }

  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return await this.#test.plane.adminFetch(path, {
      method,
      headers: { "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async must(method: string, path: string, body?: unknown): Promise<void> {
    const response = await this.send(method, path, body);
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${text}`);
  }

  shop(metadata: Metadata): unknown {
    return { apiVersion: `${this.group}/v1`, kind: "Shop", metadata, spec: {} };
  }

  /** Whether a webhook would be called; the request is a dry run. Fails when it ends in any other way. */
  async isAsked(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<boolean> {
    const dry = `${path}${path.includes("?") ? "&" : "?"}dryRun=All`;
    const type: Record<string, string> = method === "PATCH" ? { "content-type": "application/merge-patch+json" } : {};
    const response = await this.send(method, dry, body, { ...type, ...headers });
    const text = await response.text();
    if (response.ok) return false;
    assert.match(text, /failed calling webhook/, `${method} ${path}: HTTP ${response.status}`);
    return true;
  }
}

clusterTest("the API server asks about what protection may refuse, and about nothing else", async (test) => {
  const { namespace } = test;
  const attempts = new Attempts(test);
  const { group, path } = attempts;
  const plan = planOf(
    `shop: {apiTypes: {group: ${group}, version: v1, kind: Shop}, restrictedNamespaces: [${namespace}-x]}\n`,
    "security: {deletionProtection: {strictMode: true}, namespaceProtection: {}}\n",
  );
  const crd = openDefinition({ group, kind: "Shop" });
  await attempts.must("POST", definitions, crd);
  const elsewhere = path.replace(`/${namespace}/shops`, `/${namespace}-x/shops`);
  await attempts.must("POST", "/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: `${namespace}-x` },
  });
  await waitFor("Shops are served", async () => {
    const response = await attempts.send("GET", path);
    await response.body?.cancel();
    return response.ok;
  });
  await attempts.must("POST", path, attempts.shop({ name: "on", labels: { [label]: "true" } }));
  await attempts.must("POST", path, attempts.shop({ name: "off" }));
  await attempts.must("POST", elsewhere, attempts.shop({ name: "astray" }));

  const installation = { ...defaultInstallation, namespace };
  const configurations = protectionConfigurations(plan.protection!, installation).map(({ object }) => object);
  // Nobody listens on port 9 (discard).
  const clientConfig = { url: "https://127.0.0.1:9/" };
  try {
    for (const object of configurations) {
      const webhooks = object.webhooks.map((webhook) => ({ ...webhook, clientConfig }));
      await attempts.must("POST", registrations, { ...object, webhooks });
    }
    await waitFor("the webhooks are known", () => attempts.isAsked("DELETE", `${path}/on`));

    const owners = [{ apiVersion: "v1", kind: "ConfigMap", name: "bait", uid: "u-1" }];
    const change = (metadata: Metadata) => ({ metadata });
    const cases: [what: string, asked: boolean, method: string, at: string, body?: unknown, as?: string][] = [
      ["DELETE of a labelled CR", true, "DELETE", `${path}/on`],
      ["DELETE of a collection with a labelled CR", true, "DELETE", path],
      ["DELETE of a CR without the label", false, "DELETE", `${path}/off`],
      ["DELETE by the collector", false, "DELETE", `${path}/on`, undefined, collector],
      ["the label is removed", true, "PATCH", `${path}/on`, change({ labels: { [label]: null } })],
      ["the label is edited", true, "PATCH", `${path}/on`, change({ labels: { [label]: "True" } })],
      ["all labels are removed", true, "PATCH", `${path}/on`, change({ labels: null })],
      ["the label is added", false, "PATCH", `${path}/off`, change({ labels: { [label]: "true" } })],
      ["another label is added", false, "PATCH", `${path}/on`, change({ labels: { a: "b" } })],
      ["spec is changed", false, "PATCH", `${path}/on`, { spec: { a: 1 } }],
      ["status is changed", false, "PATCH", `${path}/on/status`, { status: { a: 1 } }],
      ["a finalizer is added", false, "PATCH", `${path}/on`, change({ finalizers: ["a.example.org/b"] })],
      ["an owner is added", true, "PATCH", `${path}/on`, change({ ownerReferences: owners })],
      ["an owner of a CR without the label", false, "PATCH", `${path}/off`, change({ ownerReferences: owners })],
      ["the override is added", true, "PATCH", `${path}/off`, change({ annotations: { [override]: "x" } })],
      ["another annotation is added", false, "PATCH", `${path}/on`, change({ annotations: { a: "b" } })],
      ["a new CR", false, "POST", path, attempts.shop({ name: "new" })],
      ["a new CR by generateName", false, "POST", path, attempts.shop({ generateName: "new-" })],
      [
        "a new CR with the override",
        true,
        "POST",
        path,
        attempts.shop({ name: "new", annotations: { [override]: "" } }),
      ],
      [
        "a new CR by generateName with the override",
        true,
        "POST",
        path,
        attempts.shop({ generateName: "new-", annotations: { [override]: "x" } }),
      ],
      ["a new CR in a restricted namespace", true, "POST", elsewhere, attempts.shop({ generateName: "new-" })],
      ["a CR there is changed", true, "PATCH", `${elsewhere}/astray`, { spec: { a: 1 } }],
      ["a CR there is deleted", false, "DELETE", `${elsewhere}/astray`],
      ["DELETE of the CRD", true, "DELETE", `${definitions}/${crd.metadata.name}`],
      ["the CRD is changed", false, "PATCH", `${definitions}/${crd.metadata.name}`, change({ labels: { a: "b" } })],
      [
        "an owner of the CRD",
        true,
        "PATCH",
        `${definitions}/${crd.metadata.name}`,
        change({ ownerReferences: owners }),
      ],
      ["DELETE of our Namespace, with the Gateway down", false, "DELETE", `/api/v1/namespaces/${namespace}`],
    ];
    for (const [what, asked, method, at, body, as] of cases) {
      // Impersonation adds the groups of a ServiceAccount.
      const headers: Record<string, string> = as === undefined ? {} : { "impersonate-user": as };
      assert.equal(await attempts.isAsked(method, at, body, headers), asked, what);
    }
  } finally {
    for (const { metadata } of configurations as unknown as KubeObject[]) {
      await (await attempts.send("DELETE", `${registrations}/${metadata.name}`)).body?.cancel();
    }
    for (const name of ["on", "off"]) await (await attempts.send("DELETE", `${path}/${name}`)).body?.cancel();
    await (await attempts.send("DELETE", `${definitions}/${crd.metadata.name}`)).body?.cancel();
    await (await attempts.send("DELETE", `/api/v1/namespaces/${namespace}-x`)).body?.cancel();
  }
});
