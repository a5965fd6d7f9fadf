/** The bundle on a real API server: it is accepted, and a Runtime under its ServiceAccount needs nothing else. */
import assert from "node:assert/strict";
import { parse, parseAllDocuments } from "yaml";
import { isMap, type JsonMap } from "../../src/base/json.ts";
import { generateBundle } from "../../src/dev/generate/install.ts";
import { systemFiles } from "../../src/files/mod.ts";
import { accountUsername } from "../../src/k8s/installation.ts";
import { projectRoot } from "../architecture/paths.ts";
import { type AuditMark, countByVerb } from "../support/audit_log.ts";
import { gatewayFromSource, startGatewayBinary } from "../support/gateway_binary.ts";
import { type ClusterTest, clusterTest } from "../support/on_cluster.ts";
import { openDefinition } from "../support/open_definition.ts";
import { runBinary, type RunningBinary } from "../support/run_binary.ts";
import { runtimeCommand } from "../support/runtime_binary.ts";
import { waitFor } from "../support/wait_for.ts";

const fromSource = [
  ...[Deno.execPath(), "run", "-A", "--no-prompt", "--no-check", "--unstable-worker-options"],
  `${projectRoot}/main_runtime.ts`,
];
const json = { "content-type": "application/json" };

/** An example with a group of its own, in a folder, and what was made for it in the cluster. */
class Installation implements AsyncDisposable {
  readonly test: ClusterTest;
  readonly folder: string;
  readonly group: string;
  readonly #clients: Deno.HttpClient[] = [];

  constructor(test: ClusterTest, folder: string) {
    this.test = test;
    this.folder = folder;
    this.group = `${test.namespace}.example.org`;
  }

  static async open(test: ClusterTest, example: string, group: string): Promise<Installation> {
    const installation = new Installation(test, await Deno.makeTempDir({ prefix: "ork-bundle-" }));
    for (const file of ["katalog.yaml", "crd.yaml", "cr.yaml"]) {
      const text = await Deno.readTextFile(`${projectRoot}/katalogs/${example}/${file}`);
      await installation.file(file, text.replaceAll(group, installation.group));
    }
    return installation;
  }

  async file(name: string, text: string): Promise<void> {
    await Deno.writeTextFile(`${this.folder}/${name}`, text);
  }

  /** Creates the CRD, and what the bundle has; then the Katalog is alone in a folder, as a Pod has it. */
  async install(collection: string): Promise<void> {
    await this.kubectl("apply", "-f", `${this.folder}/crd.yaml`);
    await this.kubectl("apply", "--server-side", "--validate=strict", "-f", await this.bundle(false));
    await waitFor("the kind is served", async () => await this.object(collection) !== undefined);
    const map = await this.object(`/api/v1/namespaces/${this.test.namespace}/configmaps/orkestra-katalog`);
    await Deno.mkdir(`${this.folder}/mounted`);
    await Deno.writeTextFile(this.mounted, (map!["data"] as Record<string, string>)["katalog.yaml"]!);
  }

  get mounted(): string {
    return `${this.folder}/mounted/katalog.yaml`;
  }

  /** The Runtime, from source, with a token of its ServiceAccount. */
  async runtime(command = [...fromSource, "run", "--isolation", "shared"]): Promise<RunningBinary> {
    return runBinary([
      ...[...command, "-f", this.mounted],
      ...["--namespace", this.test.namespace, "--kubeconfig", await this.tokenOf("orkestra")],
    ], { env: { LEADER_ELECTION: "true" } });
  }

  async delete(path: string): Promise<void> {
    const response = await this.test.plane.adminFetch(path, { method: "DELETE" });
    assert.ok(response.ok, `DELETE ${path}: ${await response.text()}`);
  }

  /** How often a ServiceAccount did what, `create leases`; it was refused nothing. */
  async requestsOf(account: string, mark: AuditMark): Promise<Record<string, number>> {
    const user = accountUsername({ namespace: this.test.namespace, name: account });
    const requests = await this.test.plane.auditLog.requestsSince(mark, { user });
    assert.deepEqual(requests.filter(({ code }) => code === 403), []);
    return countByVerb(requests);
  }

  /** Text of the bundle, in a file. */
  async bundle(workloads: boolean): Promise<string> {
    const output = `${this.folder}/bundle${workloads ? "-workloads" : ""}.yaml`;
    let err = "";
    const code = await generateBundle(
      {
        files: [`${this.folder}/katalog.yaml`],
        output,
        namespace: this.test.namespace,
        components: new Set(["runtime", "gateway", "controlcenter"]),
        leases: "process",
        workloads,
        image: "example.org/ork-runtime:1",
        imageGateway: "example.org/ork-gateway:1",
        apiServers: [{ address: "192.0.2.1", port: 6443 }],
      },
      { out: () => {}, err: (text) => void (err += text), colour: false },
      systemFiles(),
    );
    assert.equal(code, 0, err);
    return output;
  }

  async kubectl(...args: string[]): Promise<string> {
    const { kubectlPath, kubeconfigPath } = this.test.plane;
    const command = new Deno.Command(kubectlPath, {
      args: ["--kubeconfig", kubeconfigPath, ...args],
      stdin: "null",
    });
    const { success, stdout, stderr } = await command.output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.ok(success, `kubectl ${args.join(" ")}: ${out}${err}`);
    // kubectl reports unknown fields, deprecated versions and violated pod security levels as warnings.
    assert.equal(err, "", `kubectl ${args.join(" ")}`);
    return out!;
  }

  async object(path: string): Promise<JsonMap | undefined> {
    const response = await this.test.plane.adminFetch(path);
    const object = await response.json();
    return response.ok ? object : undefined;
  }

  async write(method: string, path: string, body: JsonMap, type = json): Promise<JsonMap> {
    const response = await this.test.plane.adminFetch(path, { method, headers: type, body: JSON.stringify(body) });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${text}`);
    return JSON.parse(text);
  }

  /** Path of a kubeconfig with a token of the ServiceAccount, as the kubelet would mount one. */
  async tokenOf(account: string): Promise<string> {
    const { namespace, plane } = this.test;
    const { status } = await this.write(
      "POST",
      `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
      { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
    );
    const config = parse(await plane.kubeconfig());
    const path = `${this.folder}/${account}.kubeconfig`;
    config.users = config.users.map(({ name }: { name: string }) => ({
      name,
      user: { token: (status as JsonMap)["token"] },
    }));
    await Deno.writeTextFile(path, JSON.stringify(config));
    return path;
  }

  /** Sends requests with a token of the ServiceAccount; returns the status code. */
  async clientOf(account: string): Promise<(method: string, path: string, body?: JsonMap) => Promise<number>> {
    const config = parse(await Deno.readTextFile(await this.tokenOf(account)));
    const { cluster } = config.clusters[0];
    const { token } = config.users[0].user;
    const client = Deno.createHttpClient({ caCerts: [atob(cluster["certificate-authority-data"])] });
    this.#clients.push(client);
    return async (method, path, body) => {
      const response = await fetch(`${cluster.server}${path}`, {
        method,
        client,
        headers: {
          authorization: `Bearer ${token}`,
          "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
        },
        ...body === undefined ? {} : { body: JSON.stringify(body) },
      });
      await response.body?.cancel();
      return response.status;
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    const { plane } = this.test;
    const made = parseAllDocuments(await Deno.readTextFile(await this.bundle(false)).catch(() => ""))
      .map((each) => each.toJS() as JsonMap).filter(({ metadata, kind }) =>
        kind !== "Namespace" && (metadata as JsonMap)["namespace"] !== this.test.namespace
      );
    await Deno.writeTextFile(
      `${this.folder}/made.json`,
      JSON.stringify({ apiVersion: "v1", kind: "List", items: made }),
    );
    for (const file of ["made.json", "crd.yaml"]) {
      await new Deno.Command(plane.kubectlPath, {
        args: ["--kubeconfig", plane.kubeconfigPath, "delete", "--ignore-not-found", "-f", `${this.folder}/${file}`],
        ...{ stdin: "null", stdout: "null", stderr: "null" },
      }).output();
    }
    await Deno.remove(this.folder, { recursive: true });
  }
}

function includes(counts: Readonly<Record<string, number>>, ...expected: readonly string[]): void {
  for (const what of expected) assert.ok((counts[what] ?? 0) > 0, `${what}: ${JSON.stringify(counts)}`);
}

/** Garbage collection looks for new kinds every 30 s. */
const garbageMs = 120_000;

clusterTest("an API server accepts the bundle, with what runs the Runtime and the Gateway", async (test) => {
  await using installation = await Installation.open(test, "three-versions", "art.example.com");
  // Pods that could do more than they must cause a warning, which fails the test.
  await installation.kubectl("label", "namespace", test.namespace, "pod-security.kubernetes.io/warn=restricted");
  const bundle = await installation.bundle(true);
  const kinds = parseAllDocuments(await Deno.readTextFile(bundle)).map((each) => (each.toJS() as JsonMap)["kind"]);
  const strict = ["--server-side", "--validate=strict", "--dry-run=server"];
  const out = await installation.kubectl("apply", ...strict, "-f", bundle);
  assert.equal(out.trim().split("\n").length, kinds.length, out);
  assert.ok(kinds.includes("Deployment") && kinds.includes("NetworkPolicy"));
});

clusterTest(
  "a Runtime under the ServiceAccount of the bundle carries an object through its life, and is refused nothing",
  async (test) => {
    const { namespace, plane } = test;
    await using installation = await Installation.open(test, "hello-website", "web.example.com");
    const websites = `/apis/${installation.group}/v1/namespaces/${namespace}/websites`;
    await installation.install(websites);
    const mark = await plane.auditLog.mark();
    {
      await using runtime = await installation.runtime();
      const explain = () => runtime.stdout + runtime.stderr;
      const example = parse(await Deno.readTextFile(`${installation.folder}/cr.yaml`)) as JsonMap;
      const spec = example["spec"] as JsonMap;
      await installation.write("POST", websites, { ...example, metadata: { name: "one" } });
      const deployment = `/apis/apps/v1/namespaces/${namespace}/deployments/one`;
      const service = `/api/v1/namespaces/${namespace}/services/one`;
      await waitFor("the CR is ready", async () => {
        const status = (await installation.object(`${websites}/one`))?.["status"];
        return isMap(status) && status["phase"] === "Ready";
      }, { explain });
      await installation.write("PATCH", `${websites}/one`, { spec: { ...spec, replicas: 3 } }, {
        "content-type": "application/merge-patch+json",
      });
      await waitFor("the Deployment follows", async () => {
        const object = await installation.object(deployment);
        return (object?.["spec"] as JsonMap | undefined)?.["replicas"] === 3;
      }, { explain });
      await installation.delete(service);
      await waitFor("the Service is back", async () => await installation.object(service) !== undefined, { explain });
      await installation.delete(`${websites}/one`);
      await waitFor("the CR is gone, and its children", async () => {
        const paths = [`${websites}/one`, deployment, service];
        const left = await Promise.all(paths.map((path) => installation.object(path)));
        return left.every((object) => object === undefined);
      }, { explain, timeoutMs: garbageMs });
      assert.equal((await runtime.stop()).code, 0, explain());
      assert.doesNotMatch(explain(), /forbidden/i);
    }
    includes(
      await installation.requestsOf("orkestra", mark),
      ...["watch websites", "watch customresourcedefinitions", "patch websites/status"],
      ...["patch deployments", "patch services", "create events", "create leases", "patch leases"],
    );
  },
  { controllers: true, nodes: true },
);

clusterTest(
  "a Runtime with Roles alone, bound to names, carries an object through its life, and is refused nothing",
  async (test) => {
    const { namespace, plane } = test;
    await using installation = new Installation(test, await Deno.makeTempDir({ prefix: "ork-bundle-" }));
    const { group } = installation;
    await installation.file("crd.yaml", JSON.stringify(openDefinition({ group, kind: "Shop" })));
    await installation.file(
      "katalog.yaml",
      `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: {name: bound}
spec:
  crds:
    shop:
      apiTypes: {group: ${group}, version: v1, kind: Shop, plural: shops}
      namespace: ${namespace}
      fieldSelector: {metadata.name: one}
      labels: {tier: gold}
      operatorBox:
        onReconcile:
          configMaps: [{name: settings, data: {size: "{{ .spec.size }}"}}]
          secrets: [{name: copy, fromSecret: source}]
`,
    );
    const shops = `/apis/${group}/v1/namespaces/${namespace}/shops`;
    await installation.install(shops);
    const roles = (await Deno.readTextFile(await installation.bundle(false))).split("---\n")
      .map((text) => parse(text) as JsonMap).filter(({ kind }) => kind === "ClusterRole");
    const bound = roles.flatMap(({ rules }) => (rules as JsonMap[]).flatMap(({ resources }) => resources as string[]));
    assert.deepEqual(bound, ["customresourcedefinitions"]);

    const core = `/api/v1/namespaces/${namespace}`;
    const source = { apiVersion: "v1", kind: "Secret", metadata: { name: "source" }, data: { a: "YQ==" } };
    await installation.write("POST", `${core}/secrets`, source);
    const mark = await plane.auditLog.mark();
    {
      await using runtime = await installation.runtime();
      const explain = () => runtime.stdout + runtime.stderr;
      const shop = { apiVersion: `${group}/v1`, kind: "Shop", metadata: { name: "one" }, spec: { size: 1 } };
      await installation.write("POST", shops, shop);
      const children = [`${core}/configmaps/settings`, `${core}/secrets/copy`];
      await waitFor("the children are there", async () => {
        const [map, secret] = await Promise.all(children.map((path) => installation.object(path)));
        return (map?.["data"] as JsonMap | undefined)?.["size"] === "1" && secret !== undefined;
      }, { explain });
      await installation.delete(children[1]!);
      await waitFor("the copy is back", async () => await installation.object(children[1]!) !== undefined, { explain });
      await installation.delete(`${shops}/one`);
      await waitFor("everything is gone", async () => {
        const left = await Promise.all([`${shops}/one`, ...children].map((path) => installation.object(path)));
        return left.every((object) => object === undefined);
      }, { explain, timeoutMs: garbageMs });
      assert.equal((await runtime.stop()).code, 0, explain());
      assert.doesNotMatch(explain(), /forbidden/i);
    }
    includes(
      await installation.requestsOf("orkestra", mark),
      ...["watch shops", "patch shops", "patch configmaps", "patch secrets", "watch secrets", "create events"],
    );
  },
  { controllers: true },
);

clusterTest("ork validate --live finds what a cluster grants too much and too little", async (test) => {
  const { namespace } = test;
  await using installation = await Installation.open(test, "hello-website", "web.example.com");
  await installation.install(`/apis/${installation.group}/v1/namespaces/${namespace}/websites`);
  const live = async () => {
    const ork = runBinary([
      ...[Deno.execPath(), "run", "-A", "--no-prompt", "--no-check", `${projectRoot}/main_dev.ts`],
      ...["validate", "--live", "-f", `${installation.folder}/katalog.yaml`, "-n", namespace, "-o", "json"],
      ...["--kubeconfig", test.plane.kubeconfigPath],
    ]);
    const { code } = await ork.ended;
    const { accounts } = JSON.parse(ork.stdout) as { accounts: Record<string, JsonMap[]>[] };
    return { code, accounts };
  };
  assert.deepEqual(await live(), { code: 0, accounts: [{ account: "orkestra", missing: [], excess: [] }] });

  const role = `/apis/rbac.authorization.k8s.io/v1/clusterroles/orkestra-${namespace}`;
  const rules = (await installation.object(role))!["rules"] as { resources: string[] }[];
  await installation.write("PATCH", role, {
    rules: [
      ...rules.filter(({ resources }) => !resources.includes("services")),
      { apiGroups: [""], resources: ["pods"], verbs: ["delete"] },
    ],
  }, { "content-type": "application/merge-patch+json" });
  const { code, accounts } = await live();
  assert.equal(code, 1);
  const [{ missing, excess }] = accounts as [Record<string, JsonMap[]>];
  assert.deepEqual(missing!.map(({ resource, verbs }) => [resource, (verbs as string[]).includes("create")]), [
    ["services", true],
  ]);
  assert.deepEqual(excess, [
    { verbs: ["delete"], resource: "pods", reasons: [], via: `ClusterRoleBinding orkestra-${namespace}` },
  ]);
});

clusterTest(
  "operators with an identity of their own reach what is theirs, and neither what is another's nor more tokens",
  async (test) => {
    const { namespace, plane } = test;
    await using installation = new Installation(test, await Deno.makeTempDir({ prefix: "ork-bundle-" }));
    const { group } = installation;
    const definitions = ["Shop", "Bin"].map((kind) => JSON.stringify(openDefinition({ group, kind })));
    await installation.file("crd.yaml", definitions.join("\n---\n"));
    const entry = (kind: string, children: string) =>
      `    ${kind.toLowerCase()}:
      apiTypes: {group: ${group}, version: v1, kind: ${kind}, plural: ${kind.toLowerCase()}s}
      namespace: ${namespace}
      operatorBox: {onReconcile: {${children}}}
`;
    await installation.file(
      "katalog.yaml",
      `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: {name: apart}
security: {identity: perBox}
spec:
  crds:
${entry("Shop", 'configMaps: [{name: "{{ .metadata.name }}-shop", data: {a: b}}]')}${
        entry("Bin", 'secrets: [{name: "{{ .metadata.name }}-bin", data: {a: b}}]')
      }`,
    );
    const core = `/api/v1/namespaces/${namespace}`;
    const crs = (plural: string) => `/apis/${group}/v1/namespaces/${namespace}/${plural}`;
    await installation.install(crs("shops"));
    await waitFor("the kinds are served", async () => await installation.object(crs("bins")) !== undefined);
    const mark = await plane.auditLog.mark();
    {
      await using runtime = await installation.runtime([...runtimeCommand, "run", "--isolation", "cells"]);
      const explain = () => runtime.stdout + runtime.stderr;
      for (const [kind, plural] of [["Shop", "shops"], ["Bin", "bins"]] as const) {
        await installation.write("POST", crs(plural), { apiVersion: `${group}/v1`, kind, metadata: { name: "one" } });
      }
      const children = [`${core}/configmaps/one-shop`, `${core}/secrets/one-bin`];
      const areThere = async () =>
        (await Promise.all(children.map((path) => installation.object(path)))).every(Boolean);
      await waitFor("the children are there", areThere, { explain });
      for (const path of children) await installation.delete(path);
      await waitFor("the children are back", areThere, { explain });
      for (const plural of ["shops", "bins"]) await installation.delete(`${crs(plural)}/one`);
      await waitFor("everything is gone", async () => {
        const paths = [...["shops", "bins"].map((plural) => `${crs(plural)}/one`), ...children];
        return (await Promise.all(paths.map((path) => installation.object(path)))).every((object) =>
          object === undefined
        );
      }, { explain, timeoutMs: garbageMs });
      assert.equal((await runtime.stop()).code, 0, explain());
      assert.doesNotMatch(explain(), /forbidden/i);
    }
    const [process, shop, bin] = await Promise.all(
      ["orkestra", "orkestra-box-shop", "orkestra-box-bin"].map((account) => installation.requestsOf(account, mark)),
    );
    includes(process!, "create serviceaccounts/token", "create leases");
    includes(shop!, "watch shops", "patch shops/status", "patch configmaps", "create events");
    includes(bin!, "watch bins", "patch bins/status", "patch secrets", "create events");
    const own = new Set(["create serviceaccounts/token", "create events"]);
    const foreign = Object.keys(process!).filter((what) => !own.has(what) && !what.endsWith(" leases"));
    assert.deepEqual(foreign, [], "the process itself does nothing for an operator");

    // By hand, with the token of one operator, or of the process.
    const [asShop, asProcess] = await Promise.all(
      ["orkestra-box-shop", "orkestra"].map((account) => installation.clientOf(account)),
    );
    await installation.write("POST", crs("bins"), {
      apiVersion: `${group}/v1`,
      kind: "Bin",
      metadata: { name: "two" },
    });
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "two-bin" } };
    const token = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
    type Attempt = [NonNullable<typeof asShop>, string, string, JsonMap?];
    const refused: Attempt[] = [
      ...["", "/two"].map((name): Attempt => [asShop!, "GET", `${crs("bins")}${name}`]),
      [asShop!, "PATCH", `${crs("bins")}/two/status`, { status: { a: 1 } }],
      [asShop!, "DELETE", `${crs("bins")}/two`],
      [asShop!, "GET", `${core}/secrets`],
      [asShop!, "POST", `${core}/secrets`, secret],
      ...["orkestra-box-bin", "orkestra-box-shop", "orkestra"].map((name): Attempt => [
        asShop!,
        "POST",
        `${core}/serviceaccounts/${name}/token`,
        token,
      ]),
      [asProcess!, "GET", crs("shops")],
      [asProcess!, "GET", `${core}/secrets`],
      [asProcess!, "POST", `${core}/serviceaccounts/default/token`, token],
      [asProcess!, "POST", `${core}/serviceaccounts/orkestra/token`, token],
    ];
    for (const [send, method, path, body] of refused) {
      assert.equal(await send(method, path, body), 403, `${method} ${path}`);
    }
    assert.equal(await asShop!("GET", crs("shops")), 200);
    assert.equal(await asProcess!("POST", `${core}/serviceaccounts/orkestra-box-bin/token`, token), 201);
  },
  { controllers: true },
);

clusterTest("a Gateway under the ServiceAccount of the bundle becomes ready, and is refused nothing", async (test) => {
  const { namespace, plane } = test;
  await using installation = await Installation.open(test, "three-versions", "art.example.com");
  await installation.install(`/apis/${installation.group}/v1/namespaces/${namespace}/galleries`);
  const mark = await plane.auditLog.mark();
  {
    await using gateway = await startGatewayBinary({
      katalog: installation.mounted,
      kubeconfig: await installation.tokenOf("orkestra-gateway"),
      namespace,
      program: gatewayFromSource,
    });
    await gateway.ready();
    const definition = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/galleries.${installation.group}`;
    await waitFor("the CRD names its converter", async () => {
      const spec = (await installation.object(definition))?.["spec"] as JsonMap;
      return (spec["conversion"] as JsonMap)["strategy"] === "Webhook";
    });
    await gateway.process.stop();
    assert.doesNotMatch(gateway.process.stdout + gateway.process.stderr, /forbidden/i);
  }
  includes(
    await installation.requestsOf("orkestra-gateway", mark),
    ...["create secrets", "patch customresourcedefinitions", "watch validatingwebhookconfigurations"],
  );
});
