import assert from "node:assert/strict";
import type { JsonMap } from "../../src/base/json.ts";
import { startGatewayBinary } from "../support/gateway_binary.ts";
import type { ClusterTest } from "../support/on_cluster.ts";
import { openDefinition } from "../support/open_definition.ts";
import { waitFor } from "../support/wait_for.ts";

const configurations = "/apis/admissionregistration.k8s.io/v1";

/** A kind of its own for each test, its Katalog in a folder, and requests as administrator. */
export class GatewayPlace implements AsyncDisposable {
  readonly group: string;
  readonly shops: string;
  readonly folder: string;
  readonly #test: ClusterTest;

  constructor(test: ClusterTest, folder: string) {
    this.#test = test;
    this.folder = folder;
    this.group = `${test.namespace}.example.org`;
    this.shops = `/apis/${this.group}/v1/namespaces/${test.namespace}/shops`;
  }

  static async open(test: ClusterTest, entry: string, security: string): Promise<GatewayPlace> {
    const place = new GatewayPlace(test, await Deno.makeTempDir({ prefix: "ork-gateway-" }));
    await place.ok("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
      ...openDefinition({ group: place.group, kind: "Shop" }),
    });
    await place.write(entry, security);
    await waitFor("the kind is served", async () => await place.status("GET", place.shops) === 200);
    return place;
  }

  get katalog(): string {
    return `${this.folder}/katalog.yaml`;
  }

  async write(entry: string, security: string): Promise<void> {
    const types = `apiTypes: {group: ${this.group}, version: v1, kind: Shop, plural: shops}`;
    await Deno.writeTextFile(
      this.katalog,
      `apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: demo}\n${security}` +
        `spec:\n  crds:\n    shop:\n      ${types}\n${entry.replace(/^(?=.)/gm, "      ")}`,
    );
  }

  /** A Gateway for the Katalog; replicas name the URL that they share. */
  async gateway({ advertiseUrl }: { readonly advertiseUrl?: string } = {}) {
    return await startGatewayBinary({
      katalog: this.katalog,
      kubeconfig: this.#test.plane.kubeconfigPath,
      namespace: this.#test.namespace,
      ...advertiseUrl === undefined ? {} : { advertiseUrl },
    });
  }

  configuration(name: string, kind = "validatingwebhookconfigurations"): string {
    return `${configurations}/${kind}/${name}-${this.#test.namespace}`;
  }

  async send(method: string, path: string, body?: unknown, type = "application/json"): Promise<Response> {
    return await this.#test.plane.adminFetch(path, {
      method,
      headers: { "content-type": type },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** Of a request whose response does not matter. */
  async status(method: string, path: string, body?: unknown, type?: string): Promise<number> {
    const response = await this.send(method, path, body, type);
    await response.body?.cancel();
    return response.status;
  }

  async ok(method: string, path: string, body?: unknown, type?: string): Promise<JsonMap> {
    const response = await this.send(method, path, body, type);
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${text}`);
    return JSON.parse(text);
  }

  shop(name: string, spec: JsonMap, metadata: JsonMap = {}): JsonMap {
    return { apiVersion: `${this.group}/v1`, kind: "Shop", metadata: { name, ...metadata }, spec };
  }

  async create(name: string, spec: JsonMap, query = ""): Promise<{ status: number; body: JsonMap; warning: string }> {
    const response = await this.send("POST", `${this.shops}${query}`, this.shop(name, spec));
    return { status: response.status, body: await response.json(), warning: response.headers.get("warning") ?? "" };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const kind of ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"]) {
      const list = await this.ok("GET", `${configurations}/${kind}`);
      for (const { metadata } of list["items"] as unknown as { metadata: { name: string } }[]) {
        if (metadata.name.endsWith(`-${this.#test.namespace}`)) {
          await this.status("DELETE", `${configurations}/${kind}/${metadata.name}`);
        }
      }
    }
    await Deno.remove(this.folder, { recursive: true });
  }
}
