/** The bundle on a real API server: it is accepted, and a Runtime under its ServiceAccount needs nothing else. */
import assert from "node:assert/strict";
import { parse, parseAllDocuments } from "yaml";
import { isMap, type JsonMap } from "../../src/base/json.ts";
import { generateBundle } from "../../src/dev/generate/install.ts";
import { systemFiles } from "../../src/files/mod.ts";
import { accountUsername } from "../../src/k8s/installation.ts";
import { projectRoot } from "../architecture/paths.ts";
import { countByVerb } from "../support/audit_log.ts";
import { type ClusterTest, clusterTest } from "../support/on_cluster.ts";
import { runBinary } from "../support/run_binary.ts";
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

  constructor(test: ClusterTest, folder: string) {
    this.test = test;
    this.folder = folder;
    this.group = `${test.namespace}.example.org`;
  }

  static async open(test: ClusterTest, example: string, group: string): Promise<Installation> {
    const installation = new Installation(test, await Deno.makeTempDir({ prefix: "ork-bundle-" }));
    for (const file of ["katalog.yaml", "crd.yaml", "cr.yaml"]) {
      const text = await Deno.readTextFile(`${projectRoot}/katalogs/${example}/${file}`);
      await Deno.writeTextFile(`${installation.folder}/${file}`, text.replaceAll(group, installation.group));
    }
    return installation;
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

  async [Symbol.asyncDispose](): Promise<void> {
    const { plane } = this.test;
    const made = parseAllDocuments(await Deno.readTextFile(await this.bundle(false)).catch(() => ""))
      .map((each) => each.toJS() as JsonMap).filter(({ metadata, kind }) =>
        kind !== "Namespace" && (metadata as JsonMap)["namespace"] === undefined
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

clusterTest("an API server accepts the bundle, with what runs the Runtime and the Gateway", async (test) => {
  await using installation = await Installation.open(test, "three-versions", "art.example.com");
  const bundle = await installation.bundle(true);
  const kinds = parseAllDocuments(await Deno.readTextFile(bundle)).map((each) => (each.toJS() as JsonMap)["kind"]);
  const out = await installation.kubectl(
    "apply",
    "--server-side",
    "--validate=strict",
    "--dry-run=server",
    "-f",
    bundle,
  );
  assert.equal(out.trim().split("\n").length, kinds.length, out);
  assert.ok(kinds.includes("Deployment") && kinds.includes("NetworkPolicy"));
});

clusterTest(
  "a Runtime under the ServiceAccount of the bundle carries an object through its life, and is refused nothing",
  async (test) => {
    const { namespace, plane } = test;
    await using installation = await Installation.open(test, "hello-website", "web.example.com");
    await installation.kubectl("apply", "-f", `${installation.folder}/crd.yaml`);
    await installation.kubectl("apply", "--server-side", "--validate=strict", "-f", await installation.bundle(false));
    const websites = `/apis/${installation.group}/v1/namespaces/${namespace}/websites`;
    await waitFor("the kind is served", async () => await installation.object(websites) !== undefined);

    // The Katalog as a Pod has it: alone in its folder.
    const map = await installation.object(`/api/v1/namespaces/${namespace}/configmaps/orkestra-katalog`);
    const mounted = `${installation.folder}/mounted`;
    await Deno.mkdir(mounted);
    await Deno.writeTextFile(`${mounted}/katalog.yaml`, (map!["data"] as Record<string, string>)["katalog.yaml"]!);

    const mark = await plane.auditLog.mark();
    const kubeconfig = await installation.tokenOf("orkestra");
    {
      await using runtime = runBinary([
        ...[...fromSource, "run", "-f", `${mounted}/katalog.yaml`, "--isolation", "shared"],
        ...["--namespace", namespace, "--kubeconfig", kubeconfig],
      ], { env: { LEADER_ELECTION: "true" } });
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
      await plane.adminFetch(service, { method: "DELETE" }).then((response) => response.body?.cancel());
      await waitFor("the Service is back", async () => await installation.object(service) !== undefined, { explain });
      await plane.adminFetch(`${websites}/one`, { method: "DELETE" }).then((response) => response.body?.cancel());
      await waitFor("the CR is gone, and its children", async () => {
        const left = await Promise.all(
          [`${websites}/one`, deployment, service].map((path) => installation.object(path)),
        );
        return left.every((object) => object === undefined);
      }, { explain });
      const { code } = await runtime.stop();
      assert.equal(code, 0, explain());
      assert.doesNotMatch(explain(), /forbidden/i);
    }

    const user = accountUsername({ namespace, name: "orkestra" });
    const requests = await plane.auditLog.requestsSince(mark, { user });
    assert.deepEqual(requests.filter(({ code }) => code === 403), []);
    const counts = countByVerb(requests);
    for (
      const what of [
        "watch websites",
        "watch customresourcedefinitions",
        "patch websites/status",
        "patch deployments",
        "patch services",
        "create events",
        "create leases",
        "patch leases",
      ]
    ) assert.ok((counts[what] ?? 0) > 0, `${what}: ${JSON.stringify(counts)}`);
  },
  { controllers: true, nodes: true },
);
