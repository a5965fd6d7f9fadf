import assert from "node:assert/strict";
import { parse } from "yaml";
import type { JsonMap } from "../../src/base/json.ts";
import { type ClusterConfig, createClusterApi } from "../../src/cluster/mod.ts";
import type { ClusterApi } from "../../src/cluster/ports.ts";
import { upgradeCrds, type UpgradeCrdsOptions } from "../../src/dev/upgrade/crds.ts";
import { systemFiles } from "../../src/files/mod.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import { projectRoot } from "../architecture/paths.ts";
import { realClock } from "./clock.ts";

const example = `${projectRoot}/katalogs/three-versions`;
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

export type SendTo = (path: string, init: RequestInit) => Promise<Response>;

export interface UpgradeRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `katalogs/three-versions` in a group of its own, on any API server, and `ork upgrade crds` for it. */
export class Galleries implements AsyncDisposable {
  readonly name: string;

  constructor(
    readonly group: string,
    readonly folder: string,
    readonly definition: KubeObject,
    readonly fetch: SendTo,
  ) {
    this.name = definition.metadata.name;
  }

  /** Copies the example; the CRD is not applied yet. */
  static async open(group: string, fetch: SendTo): Promise<Galleries> {
    const folder = await Deno.makeTempDir({ prefix: "ork-galleries-" });
    for (const file of ["katalog.yaml", "crd.yaml", "cr.yaml"]) {
      const text = await Deno.readTextFile(`${example}/${file}`);
      await Deno.writeTextFile(`${folder}/${file}`, text.replaceAll("art.example.com", group));
    }
    return new Galleries(group, folder, parse(await Deno.readTextFile(`${folder}/crd.yaml`)), fetch);
  }

  get katalog(): string {
    return `${this.folder}/katalog.yaml`;
  }

  path(version: string, namespace: string, name?: string): string {
    const collection = `/apis/${this.group}/${version}/namespaces/${namespace}/galleries`;
    return name === undefined ? collection : `${collection}/${name}`;
  }

  /** A Gallery in the oldest version. */
  old(name: string, spec: JsonMap = {}): JsonMap {
    return {
      apiVersion: `${this.group}/v1alpha1`,
      kind: "Gallery",
      metadata: { name },
      spec: { image: "example.com/gallery:2.0", size: 3, hosts: "a.example.com", motto: `I am ${name}`, ...spec },
    };
  }

  /** Sends a request; throws for every response but 2xx. */
  async ok(method: string, path: string, body?: unknown): Promise<KubeObject & { items: KubeObject[] }> {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const response = await this.fetch(path, {
      method,
      headers: { "content-type": type },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${text}`);
    return JSON.parse(text);
  }

  async readDefinition(): Promise<KubeObject> {
    return await this.ok("GET", `${definitions}/${this.name}`);
  }

  /** Creates the CRD with this storage version. `spec`: more of it. */
  async create(storageVersion: string, spec: JsonMap = {}): Promise<void> {
    await this.ok("POST", definitions, {
      ...this.definition,
      spec: { ...this.definition["spec"], ...spec, versions: this.#versions(storageVersion) },
    });
  }

  async setStorageVersion(storageVersion: string): Promise<void> {
    await this.patch({ versions: this.#versions(storageVersion) });
  }

  async patch(spec: JsonMap): Promise<void> {
    await this.ok("PATCH", `${definitions}/${this.name}`, { spec });
  }

  #versions(storageVersion: string): JsonMap[] {
    return this.definition["spec"].versions.map((version: JsonMap) => ({
      ...version,
      storage: version["name"] === storageVersion,
    }));
  }

  /** Runs `ork upgrade crds`. `wrap`: stands between it and the API server. */
  async upgrade(
    action: UpgradeCrdsOptions["action"],
    options: {
      readonly cluster: ClusterConfig;
      readonly fetch?: SendTo | undefined;
      readonly output?: "text" | "json";
      readonly until?: Promise<string>;
      readonly wrap?: (api: ClusterApi & { close(): void }) => ClusterApi & { close(): void };
    },
  ): Promise<UpgradeRun> {
    let [out, err] = ["", ""];
    const { cluster, fetch, output = "text", until = new Promise(() => {}), wrap = (api) => api } = options;
    // Waits between attempts are a fiftieth.
    const clock = { ...realClock, after: (ms: number, run: () => void) => realClock.after(ms / 50, run) };
    const code = await upgradeCrds(
      { files: [this.katalog], action, output },
      { out: (text) => out += `${text}\n`, err: (text) => err += `${text}\n`, colour: false },
      {
        clock,
        files: systemFiles(),
        until: () => until,
        findCluster: () => Promise.resolve(cluster),
        connect: (config) =>
          wrap(createClusterApi(config, {
            userAgent: "ork/test",
            fieldManager: "ork",
            clock: realClock,
            random: Math.random,
            ...(fetch === undefined ? {} : { fetch: (url, init) => fetch(url.slice(config.server.length), init) }),
          })),
      },
    );
    return { code, out, err };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
    await (await this.fetch(`${definitions}/${this.name}`, { method: "DELETE" })).body?.cancel();
  }
}
