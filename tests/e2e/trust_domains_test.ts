/** The Gateway and the Runtime, each under a role of its own: both work, and neither can do what the other one may. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import type { Json, JsonMap } from "../../src/base/json.ts";
import { isMap } from "../../src/base/json.ts";
import { namedFiles, readKatalogs, systemFiles } from "../../src/files/mod.ts";
import { loadKatalog } from "../../src/katalog/mod.ts";
import { defaultInstallation } from "../../src/k8s/installation.ts";
import { derivePlan } from "../../src/plan/mod.ts";
import { projectRoot } from "../architecture/paths.ts";
import { startGatewayBinary } from "../support/gateway_binary.ts";
import { type ClusterTest, clusterTest } from "../support/on_cluster.ts";
import { runBinary } from "../support/run_binary.ts";
import { runtimeCommand } from "../support/runtime_binary.ts";
import { waitFor } from "../support/wait_for.ts";
import { GatewayPlace } from "./gateway_place.ts";
import { gatewayGrants, Identity, runtimeGrants } from "./roles.ts";

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const merge = "application/merge-patch+json";
const security = `security:
  webhooks: {admission: {enabled: true}}
  deletionProtection: {strictMode: true}
  namespaceProtection: {restrictedNamespaces: [kube-public]}
`;
const rules = `      mutation:
        rules: [{field: spec.replicas, default: 1}]
      validation:
        rules: [{field: spec.replicas, max: 3, message: at most 3}]
`;

/** The example with three versions, with everything that a Gateway does switched on. */
class Scene implements AsyncDisposable {
  readonly place: GatewayPlace;
  readonly test: ClusterTest;
  /** Name of the CRD. */
  readonly definition: string;
  readonly galleries: string;

  constructor(test: ClusterTest, place: GatewayPlace) {
    this.test = test;
    this.place = place;
    this.definition = `galleries.${place.group}`;
    this.galleries = `/apis/${place.group}/v1/namespaces/${test.namespace}/galleries`;
  }

  static async open(test: ClusterTest): Promise<Scene> {
    const scene = new Scene(test, new GatewayPlace(test, await Deno.makeTempDir({ prefix: "ork-trust-" })));
    const { place } = scene;
    for (const file of ["katalog.yaml", "crd.yaml", "cr.yaml"]) {
      const text = (await Deno.readTextFile(`${projectRoot}/katalogs/three-versions/${file}`))
        .replaceAll("art.example.com", place.group).replace("namespace: default", `namespace: ${test.namespace}`)
        .replace("security:\n", security).replace("      operatorBox:\n", `${rules}      operatorBox:\n`);
      await Deno.writeTextFile(`${place.folder}/${file}`, text);
    }
    await place.ok("POST", definitions, parse(await Deno.readTextFile(`${place.folder}/crd.yaml`)));
    await waitFor("the kind is served", async () => await place.status("GET", scene.galleries) === 200);
    return scene;
  }

  async gallery(name: string, replicas: number): Promise<JsonMap> {
    const cr = parse(await Deno.readTextFile(`${this.place.folder}/cr.yaml`));
    return { ...cr, metadata: { name }, spec: { ...cr.spec, replicas } };
  }

  async asGateway(): Promise<Identity> {
    const grants = gatewayGrants(this.test.namespace, [this.definition]);
    return await Identity.open(this.test, defaultInstallation.gatewayAccount, grants);
  }

  async asRuntime(): Promise<Identity> {
    const files = systemFiles();
    const { sources } = await readKatalogs([this.place.katalog], files);
    const { katalog } = loadKatalog(sources, namedFiles(files));
    assert.ok(katalog !== undefined);
    return await Identity.open(this.test, defaultInstallation.runtimeAccount, runtimeGrants(derivePlan(katalog)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The configurations first: with the Gateway gone they keep the CRD.
    await this.place[Symbol.asyncDispose]();
    await this.place.status("DELETE", `${definitions}/${this.definition}`);
  }
}

/** Kind of objects that an identity must not reach: path of the collection, a name, and an object of that kind. */
interface Target {
  readonly collection: string;
  readonly name: string;
  readonly object: JsonMap;
  /** Verbs to try; absent: all. */
  readonly verbs?: readonly Verb[];
}

const allVerbs = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"] as const;
type Verb = typeof allVerbs[number];
/** RBAC binds neither of them to a name. */
const notCreate = allVerbs.filter((verb) => verb !== "create");

function requestOf(verb: Verb, { collection, name, object }: Target): readonly [path: string, init: RequestInit] {
  const one = `${collection}/${name}`;
  const json = { "content-type": "application/json" };
  const body = JSON.stringify({ ...object, metadata: { name } });
  switch (verb) {
    case "get":
      return [one, {}];
    case "list":
      return [collection, {}];
    case "watch":
      return [`${collection}?watch=true&timeoutSeconds=1`, {}];
    case "create":
      return [`${collection}?dryRun=All`, { method: "POST", headers: json, body }];
    case "update":
      return [`${one}?dryRun=All`, { method: "PUT", headers: json, body }];
    case "patch":
      return [`${one}?dryRun=All`, { method: "PATCH", headers: { "content-type": merge }, body: "{}" }];
    case "delete":
      return [`${one}?dryRun=All`, { method: "DELETE" }];
    case "deletecollection":
      return [`${collection}?dryRun=All`, { method: "DELETE" }];
  }
}

/** Refused by RBAC, and not by anything behind it. */
const isForbidden = /is forbidden: User \\?"[^"]+" cannot /;

/** Each verb is refused to the identity, and the same request is not to an administrator. */
async function isRefused(test: ClusterTest, identity: Identity, targets: readonly Target[]): Promise<void> {
  for (const target of targets) {
    for (const verb of target.verbs ?? allVerbs) {
      const [path, init] = requestOf(verb, target);
      const response = await identity.fetch(path, init);
      const text = await response.text();
      assert.equal(response.status, 403, `${verb} ${path}: ${text}`);
      assert.match(text, isForbidden, `${verb} ${path}`);
      const admin = await test.plane.adminFetch(path, init);
      assert.doesNotMatch(await admin.text(), isForbidden, `${verb} ${path}`);
      assert.ok(
        ![404, 405, 415].includes(admin.status) || target.name === "absent",
        `${verb} ${path}: ${admin.status}`,
      );
    }
  }
}

const simple = (apiVersion: string, kind: string, rest: JsonMap = {}): JsonMap => ({ apiVersion, kind, ...rest });
const labelled = { labels: { app: "x" } };
const deployment = simple("apps/v1", "Deployment", {
  spec: {
    selector: { matchLabels: { app: "x" } },
    template: { metadata: labelled, spec: { containers: [{ name: "x", image: "example.com/x" }] } },
  },
});

clusterTest("the Gateway works under its role, which reaches neither CRs nor children", async (test) => {
  await using scene = await Scene.open(test);
  const { place } = scene;
  const { namespace } = test;
  await using identity = await scene.asGateway();
  await using gateway = await startGatewayBinary({
    katalog: place.katalog,
    kubeconfig: await identity.kubeconfig(),
    namespace,
  });
  await gateway.ready();

  await waitFor("the CRD names its converter", async () => {
    const { spec } = await place.ok("GET", `${definitions}/${scene.definition}`);
    return ((spec as JsonMap)["conversion"] as JsonMap)["strategy"] === "Webhook";
  });
  for (
    const name of ["deletion-protection", "strict-mode-protection", "namespace-protection", "admission-validation"]
  ) {
    const path = place.configuration(`orkestra-${name}`);
    await place.ok("DELETE", path);
    await waitFor(`${name} is back`, async () => await place.status("GET", path) === 200);
  }
  const mutating = place.configuration("orkestra-admission-mutation", "mutatingwebhookconfigurations");
  await place.ok("PATCH", mutating, { webhooks: [] }, merge);
  await waitFor("the emptied configuration is whole again", async () => {
    const { webhooks } = await place.ok("GET", mutating);
    return Array.isArray(webhooks) && webhooks.length === 1;
  });
  const secret = `/api/v1/namespaces/${namespace}/secrets/orkestra-internal-tls`;
  const uid = ({ metadata }: JsonMap): Json => (metadata as JsonMap)["uid"]!;
  const before = await place.ok("GET", secret);
  await using collector = new Identity(test, "system:serviceaccount:kube-system:namespace-controller", [
    "system:serviceaccounts:kube-system",
    "system:masters",
  ]);
  const deleted = await collector.fetch(secret, { method: "DELETE" });
  assert.equal(deleted.status, 200, await deleted.text());
  const restored = await waitFor("the deleted Secret is back", async () => {
    const now = await place.ok("GET", secret);
    return uid(now) !== uid(before) && now;
  });
  // What cannot be patched is deleted and created again.
  await place.ok("PATCH", secret, { immutable: true, data: { "tls.crt": btoa("no certificate") } }, merge);
  await waitFor("the immutable Secret is replaced", async () => uid(await place.ok("GET", secret)) !== uid(restored));
  await gateway.ready();
  await waitFor("objects are judged", async () => {
    const response = await place.send("POST", `${scene.galleries}?dryRun=All`, await scene.gallery("bad", 4));
    assert.match(await response.text(), /at most 3/);
    return response.status === 400;
  });
  assert.doesNotMatch(gateway.process.stdout, /forbidden/i);

  await place.ok("POST", scene.galleries, await scene.gallery("one", 1));
  await place.ok(
    "POST",
    `/api/v1/namespaces/${namespace}/secrets`,
    simple("v1", "Secret", { metadata: { name: "x" } }),
  );
  const inNamespace = `/api/v1/namespaces/${namespace}`;
  const absent = "absent";
  await isRefused(test, identity, [
    { collection: scene.galleries, name: "one", object: await scene.gallery("one", 1) },
    { collection: `/apis/apps/v1/namespaces/${namespace}/deployments`, name: absent, object: deployment },
    {
      collection: `${inNamespace}/services`,
      name: absent,
      object: simple("v1", "Service", { spec: { ports: [{ port: 80 }] } }),
    },
    { collection: `${inNamespace}/configmaps`, name: absent, object: simple("v1", "ConfigMap") },
    // In its own namespace it makes Secrets, and reaches one of them.
    { collection: `${inNamespace}/secrets`, name: "x", object: simple("v1", "Secret"), verbs: notCreate },
    { collection: "/api/v1/namespaces/default/secrets", name: absent, object: simple("v1", "Secret") },
    {
      collection: definitions,
      name: scene.definition,
      object: parse(await Deno.readTextFile(`${place.folder}/crd.yaml`)),
      verbs: ["get", "list", "watch", "create", "update", "delete", "deletecollection"],
    },
    { collection: definitions, name: absent, object: simple("apiextensions.k8s.io/v1", "CustomResourceDefinition") },
    ...["validating", "mutating"].map((kind): Target => ({
      collection: `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations`,
      name: absent,
      object: simple(
        "admissionregistration.k8s.io/v1",
        `${kind[0]!.toUpperCase()}${kind.slice(1)}WebhookConfiguration`,
      ),
      verbs: notCreate,
    })),
    {
      collection: "/apis/rbac.authorization.k8s.io/v1/clusterroles",
      name: absent,
      object: simple("rbac.authorization.k8s.io/v1", "ClusterRole", { rules: [] }),
    },
  ]);
  const subresources = ["status", "scale"].map((name) => `${scene.galleries}/one/${name}`);
  for (const path of [...subresources, `${scene.galleries}/one/finalizers`]) {
    for (const method of ["GET", "PUT", "PATCH"]) {
      const headers = { "content-type": method === "PATCH" ? merge : "application/json" };
      const response = await identity.fetch(path, { method, headers, ...(method === "GET" ? {} : { body: "{}" }) });
      assert.equal(response.status, 403, `${method} ${path}: ${await response.text()}`);
    }
  }
});

clusterTest(
  "the Runtime works under the role of its Plan, which reaches neither webhooks nor certificates",
  async (test) => {
    await using scene = await Scene.open(test);
    const { place } = scene;
    const { namespace } = test;
    await using gateway = await startGatewayBinary({
      katalog: place.katalog,
      kubeconfig: test.plane.kubeconfigPath,
      namespace,
    });
    await gateway.ready();
    await using identity = await scene.asRuntime();
    await using runtime = runBinary([
      ...[...runtimeCommand, "run", "-f", place.katalog, "--isolation", "shared"],
      ...["--kubeconfig", await identity.kubeconfig()],
    ]);
    await place.ok("POST", scene.galleries, await scene.gallery("one", 2));
    await waitFor("the CR is reconciled", async () => {
      const { status, metadata } = await place.ok("GET", `${scene.galleries}/one`);
      const { labels = {} } = metadata as JsonMap;
      assert.ok(isMap(status) && isMap(labels));
      const synced = (status["conditions"] as JsonMap[]).find(({ type }) => type === "Synced");
      return synced?.["status"] === "True" && labels["orkestra.io/deletion-protection"] === "true";
    }, { explain: () => runtime.stdout + runtime.stderr });
    await place.ok("GET", `/apis/apps/v1/namespaces/${namespace}/deployments/one`);
    await waitFor("its Events are there", async () => {
      const { items } = await place.ok("GET", `/apis/events.k8s.io/v1/namespaces/${namespace}/events`);
      return (items as JsonMap[]).some(({ regarding }) => isMap(regarding) && regarding["kind"] === "Gallery");
    }, { explain: () => runtime.stdout + runtime.stderr });
    assert.doesNotMatch(runtime.stdout + runtime.stderr, /forbidden/i);

    const own = (base: string) => `${base}-${namespace}`;
    await isRefused(test, identity, [
      ...[["validating", "orkestra-deletion-protection"], ["mutating", "orkestra-admission-mutation"]].map((
        [kind, name],
      ): Target => ({
        collection: `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations`,
        name: own(name!),
        object: simple(
          "admissionregistration.k8s.io/v1",
          `${kind![0]!.toUpperCase()}${kind!.slice(1)}WebhookConfiguration`,
        ),
      })),
      {
        collection: `/api/v1/namespaces/${namespace}/secrets`,
        name: "orkestra-internal-tls",
        object: simple("v1", "Secret"),
      },
      {
        collection: definitions,
        name: scene.definition,
        object: parse(await Deno.readTextFile(`${place.folder}/crd.yaml`)),
        // The definition of its CRs is read, by name.
        verbs: ["list", "watch", "create", "update", "patch", "delete", "deletecollection"],
      },
      {
        collection: "/apis/rbac.authorization.k8s.io/v1/clusterroles",
        name: "absent",
        object: simple("rbac.authorization.k8s.io/v1", "ClusterRole", { rules: [] }),
      },
    ]);
  },
);
