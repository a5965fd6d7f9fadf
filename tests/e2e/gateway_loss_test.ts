/** What is left of a Gateway can be lost in any order, and repaired in any order, with strict protection on. */
import assert from "node:assert/strict";
import type { JsonMap } from "../../src/base/json.ts";
import { builtInType } from "../../src/k8s/resource_types.ts";
import { isFull } from "../chaos/extent.ts";
import { clientFor } from "../support/client.ts";
import type { GatewayProcess } from "../support/gateway_binary.ts";
import { type ClusterTest, clusterTest } from "../support/on_cluster.ts";
import { runBinary } from "../support/run_binary.ts";
import { runtimeCommand } from "../support/runtime_binary.ts";
import { waitFor } from "../support/wait_for.ts";
import { GatewayPlace } from "./gateway_place.ts";

const entry = `mutation:
  rules: [{field: spec.tier, default: standard}]
validation:
  rules:
    - {field: spec.size, max: 3, message: at most 3}
    - {field: spec.tier, in: "standard,gold", message: no such tier}
operatorBox: {}
`;
const admission = "gateway: {}\nsecurity:\n  webhooks: {admission: {enabled: true}}\n";
const everything = `${admission}  deletionProtection: {strictMode: true}\n` +
  "  namespaceProtection: {restrictedNamespaces: [kube-public]}\n";
const merge = "application/merge-patch+json";
const protectedLabels = { "orkestra.io/deletion-protection": "true" };

type Thing = "process" | "configurations" | "secret" | "workload";
const things: readonly Thing[] = ["process", "configurations", "secret", "workload"];

/** All orders; without `ORK_CHAOS=full` one for each thing that is lost first. */
function orders(): Thing[][] {
  const all = permutations(things);
  if (isFull) return all;
  return things.map((first) => {
    const alike = all.filter((order) => order[0] === first);
    return alike[Math.floor(Math.random() * alike.length)]!;
  });
}

function permutations(items: readonly Thing[]): Thing[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((first) => permutations(items.filter((item) => item !== first)).map((rest) => [first, ...rest]));
}

/** Names of the webhook configurations, without the suffix of the installation, and their resource. */
const configurations: readonly (readonly [name: string, plural: string])[] = [
  ["orkestra-admission-validation", "validatingwebhookconfigurations"],
  ["orkestra-admission-mutation", "mutatingwebhookconfigurations"],
  ["orkestra-deletion-protection", "validatingwebhookconfigurations"],
  ["orkestra-strict-mode-protection", "validatingwebhookconfigurations"],
  ["orkestra-namespace-protection", "validatingwebhookconfigurations"],
];

/** An installation whose parts are lost and repaired, as a cluster administrator. */
class Installation {
  readonly #test: ClusterTest;
  readonly #place: GatewayPlace;
  readonly #secret: string;
  /** The Deployment and the Service: path and object. */
  readonly #workload: readonly (readonly [path: string, object: JsonMap])[];
  /** Path → object, as they were when all was well. */
  readonly #backup = new Map<string, JsonMap>();
  #gateway: GatewayProcess | undefined;

  constructor(test: ClusterTest, place: GatewayPlace) {
    this.#test = test;
    this.#place = place;
    const { namespace } = test;
    this.#secret = `/api/v1/namespaces/${namespace}/secrets/orkestra-internal-tls`;
    const labels = { app: "orkestra-gateway" };
    const metadata = { name: "orkestra-gateway" };
    const template = {
      metadata: { labels },
      spec: { containers: [{ name: "gateway", image: "example.com/gateway" }] },
    };
    this.#workload = [
      [`/apis/apps/v1/namespaces/${namespace}/deployments/orkestra-gateway`, {
        ...{ apiVersion: "apps/v1", kind: "Deployment", metadata },
        spec: { replicas: 0, selector: { matchLabels: labels }, template },
      }],
      [`/api/v1/namespaces/${namespace}/services/orkestra-gateway`, {
        ...{ apiVersion: "v1", kind: "Service", metadata },
        spec: { selector: labels, ports: [{ port: 8443 }] },
      }],
    ];
  }

  async start(): Promise<void> {
    for (const [path, object] of this.#workload) await this.#place.ok("POST", collectionOf(path), object);
    await this.#startGateway();
    for (const path of [...this.#configurations(), this.#secret]) {
      this.#backup.set(path, await this.#place.ok("GET", path));
    }
  }

  async lose(order: readonly Thing[]): Promise<void> {
    const healed: Thing[] = [];
    for (const thing of order) {
      if (thing === "process") {
        await this.#gateway!.process.stop({ signal: "SIGKILL" });
        this.#gateway = undefined;
        for (const one of healed) await this.#remove(this.#pathsOf(one));
      } else if (this.#gateway === undefined) {
        await this.#remove(this.#pathsOf(thing));
      } else {
        await this.#loseWithGateway(thing);
        if (thing !== "workload") healed.push(thing);
      }
      await this.#worksWithout(thing);
    }
    for (const path of things.flatMap((thing) => this.#pathsOf(thing))) {
      assert.equal(await this.#place.status("GET", path), 404, path);
    }
    const unchecked = await this.#place.create("unchecked", { size: 9, tier: "x" }, "?dryRun=All");
    assert.equal(unchecked.status, 201, JSON.stringify(unchecked.body));
  }

  async repair(order: readonly Thing[]): Promise<void> {
    for (const thing of order) {
      if (thing === "process") await this.#startGateway();
      else if (thing === "workload") {
        for (const [path, object] of this.#workload) await this.#place.ok("POST", collectionOf(path), object);
      } else for (const path of this.#pathsOf(thing)) await this.#restore(path);
      await this.#worksWithout(thing);
    }
  }

  /** Everything is as at the start: what is registered, and what is decided. */
  async isWhole(): Promise<void> {
    await this.#gateway!.ready();
    const place = this.#place;
    await waitFor("the configurations are those of the start", async () => {
      for (const path of this.#configurations()) {
        assert.deepEqual(rulesOf(await place.ok("GET", path)), rulesOf(this.#backup.get(path)!), path);
      }
      return true;
    });
    await waitFor("objects are judged", async () => {
      const bad = await place.create("bad", { size: 4, tier: "x" }, "?dryRun=All");
      assert.equal(bad.status, 400, JSON.stringify(bad.body));
      assert.match(String(bad.body["message"]), /\/bad: spec\.size: at most 3; spec\.tier: no such tier$/);
      const good = await place.create("good", { size: 1 }, "?dryRun=All");
      assert.equal(good.status, 201, JSON.stringify(good.body));
      assert.deepEqual(good.body["spec"], { size: 1, tier: "standard" });
      await this.#isRefused("DELETE", `${place.shops}/protected?dryRun=All`);
      const astray = place.shops.replace(`${this.#test.namespace}/shops`, "kube-public/shops?dryRun=All");
      await this.#isRefused("POST", astray, place.shop("astray", { size: 1 }));
      for (const path of [this.#secret, ...this.#pathsOf("workload")]) {
        await this.#isRefused("DELETE", `${path}?dryRun=All`);
      }
      return true;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gateway?.[Symbol.asyncDispose]();
  }

  async #startGateway(): Promise<void> {
    this.#gateway = await this.#place.gateway();
    await this.#gateway.ready();
  }

  /** What the Gateway protects is refused to people; what it keeps itself is there again. */
  async #loseWithGateway(thing: Exclude<Thing, "process">): Promise<void> {
    if (thing === "configurations") {
      await this.#remove(this.#configurations());
    } else {
      for (const path of this.#pathsOf(thing)) await this.#isRefused("DELETE", path);
      using collector = await clientFor(this.#test.plane, {
        user: "system:serviceaccount:kube-system:namespace-controller",
        groups: ["system:serviceaccounts:kube-system", "system:masters"],
      });
      const { namespace } = this.#test;
      const kinds = thing === "secret" ? ["Secret"] : ["Deployment", "Service"];
      for (const kind of kinds) {
        const name = thing === "secret" ? "orkestra-internal-tls" : "orkestra-gateway";
        await collector.delete(builtInType(kind, kind === "Deployment" ? "apps" : "")!, { name, namespace }, {});
      }
    }
    if (thing === "workload") return;
    await waitFor(`the Gateway restores ${thing}`, async () => {
      for (const path of this.#pathsOf(thing)) await this.#place.ok("GET", path);
      return true;
    });
    await this.#gateway!.ready();
  }

  /** CRs are created and changed, whatever is missing. */
  async #worksWithout(thing: Thing): Promise<void> {
    const place = this.#place;
    const { status, body } = await place.create("ordinary", { size: 1 }, "?dryRun=All");
    assert.equal(status, 201, `after ${thing}: ${JSON.stringify(body)}`);
    await place.ok("PATCH", `${place.shops}/protected`, { spec: { note: thing } }, merge);
  }

  async #remove(paths: readonly string[]): Promise<void> {
    for (const path of paths) await this.#place.ok("DELETE", path);
  }

  /** From the backup, over what a Gateway may have made meanwhile. */
  async #restore(path: string): Promise<void> {
    const { metadata, ...rest } = this.#backup.get(path)!;
    const { name, labels, annotations } = metadata as JsonMap;
    const object = { ...rest, metadata: { name, labels: labels ?? {}, annotations: annotations ?? {} } };
    const response = await this.#place.send("POST", collectionOf(path), object);
    const text = await response.text();
    if (response.status === 409) await this.#place.ok("PATCH", path, object, merge);
    else assert.ok(response.ok, `POST ${path}: ${text}`);
  }

  async #isRefused(method: string, path: string, body?: unknown): Promise<void> {
    const response = await this.#place.send(method, path, body);
    assert.equal(response.status, 403, `${method} ${path}: ${await response.text()}`);
  }

  #configurations(): string[] {
    return configurations.map(([name, plural]) => this.#place.configuration(name, plural));
  }

  #pathsOf(thing: Thing): string[] {
    switch (thing) {
      case "process":
        return [];
      case "configurations":
        return this.#configurations();
      case "secret":
        return [this.#secret];
      case "workload":
        return this.#workload.map(([path]) => path);
    }
  }
}

function collectionOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

/** Webhooks, but for the port and the CAs of the process that serves them. */
function rulesOf({ webhooks }: JsonMap): unknown {
  return (webhooks as JsonMap[]).map(({ clientConfig: _where, ...webhook }) => webhook);
}

clusterTest(
  "a Gateway is lost and restored in any order, whatever strict protection refuses meanwhile",
  async (test) => {
    await using place = await GatewayPlace.open(test, entry, everything);
    await using installation = new Installation(test, place);
    await installation.start();
    await place.ok("POST", place.shops, place.shop("protected", { size: 1 }, { labels: protectedLabels }));
    for (const order of orders()) {
      try {
        await installation.isWhole();
        await installation.lose(order);
        await installation.repair(order);
        await installation.isWhole();
      } catch (cause) {
        throw new Error(`In the order ${order.join(", ")}: ${cause}`, { cause });
      }
    }
  },
);

clusterTest(
  "what was admitted while the Gateway was killed is refused by the Runtime with the same words",
  async (test) => {
    await using place = await GatewayPlace.open(test, entry, admission);
    const bad = { size: 4, tier: "x" };
    await using gateway = await place.gateway();
    await gateway.ready();
    const denied = await place.create("bad", bad);
    assert.equal(denied.status, 400, JSON.stringify(denied.body));
    const said = String(denied.body["message"]);
    await gateway.process.stop({ signal: "SIGKILL" });
    assert.equal((await place.create("bad", bad)).status, 201);

    await using runtime = runBinary([
      ...[...runtimeCommand, "run", "-f", place.katalog, "--isolation", "shared"],
      ...["--kubeconfig", test.plane.kubeconfigPath],
    ]);
    const message = await waitFor("the Runtime refuses it", async () => {
      const { status } = await place.ok("GET", `${place.shops}/bad`);
      const conditions = ((status as JsonMap)["conditions"] ?? []) as JsonMap[];
      const condition = conditions.find(({ type, status }) => type === "ValidationFailed" && status === "True");
      return condition === undefined ? undefined : String(condition["message"]);
    }, { explain: () => runtime.stdout + runtime.stderr });
    const webhook = 'admission webhook "validate.orkestra.orkspace.io" denied the request: ';
    assert.equal(said, `${webhook}Shop ${test.namespace}/bad: ${message}`);
  },
);
