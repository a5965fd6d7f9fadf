import assert from "node:assert/strict";
import { parse, parseAllDocuments } from "yaml";
import { isMap, type JsonMap } from "../../src/base/json.ts";
import { accountUsername } from "../../src/k8s/installation.ts";
import { projectRoot } from "../architecture/paths.ts";
import type { AuditMark } from "../support/audit_log.ts";
import type { DeploymentProcess } from "../support/deployment_process.ts";
import type { ClusterTest } from "../support/on_cluster.ts";
import { waitFor } from "../support/wait_for.ts";

/** Garbage collection looks for new kinds every 30 s. */
const garbageMs = 120_000;
const merge = { "content-type": "application/merge-patch+json" };

/** The example `guard-rails`, or another one, with a group of its own, in a folder, and commands in that folder. */
export class GuardRails implements AsyncDisposable {
  readonly test: ClusterTest;
  readonly folder: string;
  readonly group: string;
  /** Text of everything that was applied, removed in the end. */
  readonly #applied: string[] = [];

  constructor(test: ClusterTest, folder: string) {
    this.test = test;
    this.folder = folder;
    this.group = `${test.namespace}.example.com`;
  }

  static async open(test: ClusterTest, example = "guard-rails", group = "shop.example.com"): Promise<GuardRails> {
    const place = new GuardRails(test, await Deno.makeTempDir({ prefix: "ork-install-" }));
    for (const file of ["katalog.yaml", "crd.yaml", "cr.yaml"]) {
      const text = (await Deno.readTextFile(`${projectRoot}/katalogs/${example}/${file}`))
        .replaceAll(group, place.group)
        .replace("namespace: default", `namespace: ${test.namespace}`)
        // A glob stays one: the namespaces of the CRs are not known, so there is a ClusterRole.
        .replace('"shop-*"', `"${test.namespace}*"`);
      await Deno.writeTextFile(`${place.folder}/${file}`, text);
    }
    return place;
  }

  get storefronts(): string {
    return `/apis/${this.group}/v1/namespaces/${this.test.namespace}/storefronts`;
  }

  /** Runs `ork` from source in the folder, and returns what it prints. */
  async ork(...args: string[]): Promise<string> {
    const { code, out, err } = await this.orkCode(...args);
    assert.equal(code, 0, `ork ${args.join(" ")}: ${out}${err}`);
    return out;
  }

  /** The same, with any exit code. */
  async orkCode(...args: string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
    const command = ["run", "-A", "--no-prompt", "--no-check", "--config", `${projectRoot}/deno.json`];
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...command, `${projectRoot}/main_dev.ts`, ...args],
      cwd: this.folder,
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { code, out: out!, err: err! };
  }

  /** Text of the Katalog in the ConfigMap, as a Pod has it. */
  async installedKatalog(): Promise<string> {
    const map = await this.object(`/api/v1/namespaces/${this.test.namespace}/configmaps/orkestra-katalog`);
    return (map!["data"] as Record<string, string>)["katalog.yaml"]!;
  }

  /** Path of a kubeconfig with a token of a ServiceAccount. */
  async tokenOf(account: string): Promise<string> {
    const { namespace, plane } = this.test;
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
    const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
    const { status, text } = await this.send("POST", path, request);
    assert.equal(status, 201, text);
    const config = parse(await plane.kubeconfig());
    const { token } = JSON.parse(text).status;
    config.users = config.users.map(({ name }: { name: string }) => ({ name, user: { token } }));
    await Deno.writeTextFile(`${this.folder}/${account}.kubeconfig`, JSON.stringify(config));
    return `${this.folder}/${account}.kubeconfig`;
  }

  /** kubectl as administrator, with no warning allowed; applied objects are removed in the end. */
  async kubectl(args: readonly string[], stdin?: string): Promise<string> {
    const { kubectlPath, kubeconfigPath } = this.test.plane;
    if (stdin !== undefined && args[0] === "apply") this.#applied.push(stdin);
    return await this.run([kubectlPath, "--kubeconfig", kubeconfigPath, ...args], stdin, true);
  }

  async run(command: readonly string[], stdin?: string, quiet = false): Promise<string> {
    const child = new Deno.Command(command[0]!, {
      args: command.slice(1),
      cwd: this.folder,
      stdin: stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    if (stdin !== undefined) {
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(stdin));
      await writer.close();
    }
    const { success, stdout, stderr } = await child.output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.ok(success, `${command.join(" ")}: ${out}${err}`);
    // kubectl reports unknown fields, deprecated versions and violated pod security levels as warnings. The namespace was
    // there before.
    const warnings = err!.split("\n").filter((line) =>
      line !== "" && !/^Warning: resource namespaces\/.*last-applied-configuration/.test(line)
    );
    if (quiet) assert.deepEqual(warnings, [], command.join(" "));
    return out!;
  }

  async object(path: string): Promise<JsonMap | undefined> {
    const response = await this.test.plane.adminFetch(path);
    const object = await response.json();
    if (response.ok) return object;
    assert.equal(response.status, 404, `${path}: ${JSON.stringify(object)}`);
    return undefined;
  }

  async send(
    method: string,
    path: string,
    body?: JsonMap,
    headers: Record<string, string> = { "content-type": "application/json" },
  ): Promise<{ readonly status: number; readonly text: string }> {
    const response = await this.test.plane.adminFetch(path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  }

  async ok(method: string, path: string, body?: JsonMap, headers?: Record<string, string>): Promise<void> {
    const { status, text } = await this.send(method, path, body, headers);
    assert.ok(status < 300, `${method} ${path}: ${status} ${text}`);
  }

  /** Creates, changes and deletes the example's CR, while Runtime and Gateway run. */
  async life(runtime: DeploymentProcess, gateway: DeploymentProcess): Promise<void> {
    const { namespace } = this.test;
    const explain = () => [runtime, gateway].map(({ process }) => process.stdout + process.stderr).join("\n");
    const cr = parse(await Deno.readTextFile(`${this.folder}/cr.yaml`)) as JsonMap & { spec: JsonMap };
    const bad = { ...cr, spec: { ...cr.spec, image: "docker.io/storefront:latest" } };
    await waitFor("the Gateway refuses what the rules forbid", async () => {
      const { status, text } = await this.send("POST", `${this.storefronts}?dryRun=All`, bad);
      return status === 400 && text.includes("images come from registry.example.com");
    }, { explain, timeoutMs: 60_000 });
    await this.ok("POST", this.storefronts, cr);
    const stored = (await this.object(`${this.storefronts}/garden`))!["spec"] as JsonMap;
    assert.equal(stored["replicas"], 3, "the Gateway completed the object before it was stored");

    const deployment = `/apis/apps/v1/namespaces/${namespace}/deployments/garden`;
    const children = [deployment, `/api/v1/namespaces/${namespace}/services/garden`];
    await waitFor("the CR is ready", async () => {
      const status = (await this.object(`${this.storefronts}/garden`))?.["status"];
      return isMap(status) && status["phase"] === "Serving";
    }, { explain, timeoutMs: 60_000 });
    await this.ok("PATCH", `${this.storefronts}/garden`, { spec: { replicas: 4 } }, merge);
    await waitFor("the Deployment follows", async () => {
      return ((await this.object(deployment))?.["spec"] as JsonMap)["replicas"] === 4;
    }, { explain });
    await this.ok("DELETE", children[1]!);
    await waitFor("the Service is back", async () => await this.object(children[1]!) !== undefined, { explain });

    const refused = await this.send("DELETE", `${this.storefronts}/garden`);
    assert.equal(refused.status, 403, refused.text);
    const label = { metadata: { labels: { "orkestra.io/deletion-protection": null } } };
    await this.ok("PATCH", `${this.storefronts}/garden`, label, merge);
    await this.ok("DELETE", `${this.storefronts}/garden`);
    await waitFor("the CR is gone, and its children", async () => {
      const left = await Promise.all([`${this.storefronts}/garden`, ...children].map((path) => this.object(path)));
      return left.every((object) => object === undefined);
    }, { explain, timeoutMs: garbageMs });
  }

  /** None of the ServiceAccounts was refused anything. */
  async refusedNothing(mark: AuditMark): Promise<void> {
    for (const name of ["orkestra", "orkestra-gateway"]) {
      const user = accountUsername({ namespace: this.test.namespace, name });
      const requests = await this.test.plane.auditLog.requestsSince(mark, { user });
      assert.ok(requests.length > 0, name);
      assert.deepEqual(requests.filter(({ code }) => code === 403), [], name);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { kubectlPath, kubeconfigPath, adminFetch } = this.test.plane;
    // Webhooks first: their Gateway is gone.
    for (const kind of ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"]) {
      const collection = `/apis/admissionregistration.k8s.io/v1/${kind}`;
      const { items } = await (await adminFetch(collection)).json();
      for (const { metadata } of items as { metadata: { name: string } }[]) {
        if (!metadata.name.endsWith(`-${this.test.namespace}`)) continue;
        await (await adminFetch(`${collection}/${metadata.name}`, { method: "DELETE" })).body?.cancel();
      }
    }
    const made = this.#applied.flatMap((text) => parseAllDocuments(text).map((each) => each.toJS() as JsonMap | null))
      .filter((each) => each !== null && each["kind"] !== "Namespace");
    await this.run(
      [kubectlPath, "--kubeconfig", kubeconfigPath, "delete", "--ignore-not-found", "--wait=false", "-f", "-"],
      JSON.stringify({ apiVersion: "v1", kind: "List", items: made }),
    );
    await Deno.remove(this.folder, { recursive: true });
  }
}
