import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { labels } from "../../src/k8s/names.ts";
import { compareResourceVersions, type KubeObject } from "../../src/k8s/object.ts";
import { type Example, readExample } from "../katalogs/example.ts";
import { Objects } from "../katalogs/objects.ts";
import { RequestFailed } from "../katalogs/stage.ts";
import type { ControlPlane } from "../support/control_plane.ts";
import type { FaultProxy } from "../support/fault_proxy.ts";
import { GrantedRoles, planOfFiles, startPassingProxy } from "../support/granted_roles.ts";
import { type FreshNamespace, freshNamespace } from "../support/namespace.ts";
import { runBinary, type RunningBinary } from "../support/run_binary.ts";
import { runtimeBinary } from "../support/runtime_binary.ts";
import { waitFor } from "../support/wait_for.ts";
import { clusterRequest } from "../katalogs/cluster_request.ts";
import type { CrashStage } from "./crash.ts";

/** `database` has two boxes. */
const examples = ["hello-website", "static-site", "database"];
/** Websites from the beginning. */
const websiteCount = 20;
/** What a Website has. */
const children = [["api/v1", "services"], ["apis/apps/v1", "deployments"]] as const;
const patience = { timeoutMs: 120_000 };

interface Installed {
  readonly example: Example;
  readonly objects: Objects;
}

/** Three examples, four boxes, in one process with its roles alone, and a fault-injecting proxy before the API server. */
export class Fleet implements AsyncDisposable {
  readonly proxy: FaultProxy;
  readonly #request: CrashStage["request"];
  readonly #namespace: FreshNamespace;
  readonly #folder: string;
  readonly #roles: GrantedRoles;
  readonly #runtime: RunningBinary;
  readonly #examples: readonly Installed[];
  #websites = 0;
  /** Watches when all is well: one for each kind of each box. */
  #informers = 0;

  constructor(parts: {
    proxy: FaultProxy;
    request: CrashStage["request"];
    namespace: FreshNamespace;
    folder: string;
    roles: GrantedRoles;
    runtime: RunningBinary;
    examples: readonly Installed[];
  }) {
    this.proxy = parts.proxy;
    this.#request = parts.request;
    this.#namespace = parts.namespace;
    this.#folder = parts.folder;
    this.#roles = parts.roles;
    this.#runtime = parts.runtime;
    this.#examples = parts.examples;
  }

  static async start(plane: ControlPlane): Promise<Fleet> {
    const namespace = await freshNamespace(plane, "outage");
    const request = clusterRequest(plane);
    const stage = { namespace: namespace.name, request };
    const installed: Installed[] = [];
    for (const name of examples) {
      const example = await readExample(name, namespace.name);
      const objects = new Objects(stage, example);
      await objects.install(example);
      installed.push({ example, objects });
    }
    const proxy = await startPassingProxy(plane);
    const folder = await Deno.makeTempDir({ prefix: "ork-outage-" });
    // As they are in the repository: here nothing is resynced every second.
    const files = examples.map((name) =>
      fileURLToPath(new URL(`../../katalogs/${name}/katalog.yaml`, import.meta.url))
    );
    const roles = await GrantedRoles.open(plane, { plan: planOfFiles(files), namespace: namespace.name });
    await Deno.writeTextFile(join(folder, "config"), await roles.kubeconfig({ proxy }), { mode: 0o600 });
    const runtime = runBinary([runtimeBinary, "run", ...files.flatMap((file) => ["-f", file])], {
      env: { KUBECONFIG: join(folder, "config"), ORK_NAMESPACE: namespace.name },
    });
    const fleet = new Fleet({ proxy, request, namespace, folder, roles, runtime, examples: installed });
    await fleet.#settle();
    return fleet;
  }

  get informers(): number {
    return this.#informers;
  }

  get log(): string {
    return this.#runtime.stdout;
  }

  /** Applies the CRs of all examples and some Websites more, and waits until all of them are ready. */
  async #settle(): Promise<void> {
    await this.#runtime.waitForOutput(/(?:: watching, [^]*){4}/);
    for (const { example, objects } of this.#examples) for (const cr of example.crs) await objects.apply(cr);
    await Promise.all(Array.from({ length: websiteCount }, () => this.createWebsite()));
    for (const { example, objects } of this.#examples) {
      for (const cr of example.crs) {
        await waitFor(`${cr.kind} ${cr.metadata.name} is ready`, async () => {
          return isTrue(await this.#request("GET", objects.path(cr)), "Ready");
        }, { ...patience, explain: () => this.#runtime.stdout.slice(-2000) });
      }
    }
    for (let index = 1; index <= this.#websites; index++) await this.untilReady(`site-${index}`);
    this.#informers = this.proxy.watches;
  }

  /** As a user who reaches the API server directly; returns its name. */
  async createWebsite(): Promise<string> {
    const name = `site-${++this.#websites}`;
    const { example, objects } = this.#examples[0]!;
    const website = { ...example.crs[0]!, metadata: { name, namespace: this.#namespace.name } };
    await waitFor(`${name} is applied`, async () => {
      await objects.apply(website);
      return true;
    });
    return name;
  }

  /** Deletes the Service of a Website and changes the labels of its Deployment. */
  async drift(website: string): Promise<Drift> {
    const service = await this.#request("GET", this.#path("api/v1", "services", website));
    await this.#request("DELETE", this.#path("api/v1", "services", website));
    const patch = { metadata: { labels: { [labels.managedBy]: "hand" } } };
    const path = this.#path("apis/apps/v1", "deployments", website);
    const { metadata } = await this.#request("PATCH", path, patch, "application/merge-patch+json");
    return { website, lostUid: service.metadata.uid!, changed: metadata.resourceVersion! };
  }

  /**
   * Waits until the API server's watch caches have a drift and a new Website: no watch says anything of them before. After
   * an outage of etcd they take up to half a minute to reach it again (reads with `resourceVersion=0` come from there).
   */
  async untilServed({ website, lostUid, changed }: Drift, created: string): Promise<void> {
    const cached = async (root: string, plural: string, name: string): Promise<KubeObject | undefined> => {
      try {
        return await this.#request("GET", `${this.#path(root, plural, name)}?resourceVersion=0`);
      } catch (error) {
        if (error instanceof RequestFailed && error.status === 404) return undefined;
        throw error;
      }
    };
    await this.#until("the API server serves what was changed", async () => {
      const service = await cached("api/v1", "services", website);
      const deployment = await cached("apis/apps/v1", "deployments", website);
      return service?.metadata.uid !== lostUid &&
        compareResourceVersions(deployment?.metadata.resourceVersion ?? "0", changed) >= 0 &&
        await cached("apis/web.example.com/v1", "websites", created) !== undefined;
    });
  }

  /** Waits until the Service is recreated, and the labels of the Deployment are restored. */
  async untilCorrected({ website, lostUid }: Drift): Promise<void> {
    await this.#until(`the drift of ${website} is corrected`, async () => {
      const service = await this.#request("GET", this.#path("api/v1", "services", website));
      const deployment = await this.#request("GET", this.#path("apis/apps/v1", "deployments", website));
      return service.metadata.uid !== lostUid && deployment.metadata.labels?.[labels.managedBy] === "orkestra";
    });
  }

  /** Waits until a Website has its children, and its status says that they are written. */
  async untilHandled(website: string): Promise<void> {
    await this.#untilStatus(website, "Synced");
  }

  /** Waits until it is ready too: for its Pods, which controllers and simulated nodes bring up when they have recovered. */
  async untilReady(website: string): Promise<void> {
    await this.#untilStatus(website, "Ready");
  }

  async #untilStatus(website: string, condition: string): Promise<void> {
    await this.#until(`${website} is ${condition}`, async () => {
      for (const [root, plural] of children) await this.#request("GET", this.#path(root, plural, website));
      const object = await this.#request("GET", this.#path("apis/web.example.com/v1", "websites", website));
      return isTrue(object, condition);
    });
  }

  /** Waits until every kind of every box is watched again. */
  async untilWatching(): Promise<void> {
    await this.#until("everything is watched", () => Promise.resolve(this.proxy.watches >= this.#informers));
  }

  /** Stops the process where it is, as a virtual machine that is moved. */
  suspend(): void {
    Deno.kill(this.#runtime.pid, "SIGSTOP");
  }

  resume(): void {
    Deno.kill(this.#runtime.pid, "SIGCONT");
  }

  /** Throws when the process ended, had a defect, or had to end a cell. */
  check(): void {
    const { stdout, stderr } = this.#runtime;
    const trouble = /.*(?:reconciler panic|its cell was ended).*/.exec(stdout)?.[0];
    if (trouble !== undefined || stderr !== "" || /"(?:SIG\w+: )?stopping"/.test(stdout)) {
      throw new Error(`The Runtime is not well: ${trouble ?? ""}${stderr}${stdout.slice(-4000)}`);
    }
  }

  /** Starts the API server again, which refuses everybody until it has read the roles. */
  async whileRestarting(restart: () => Promise<void>): Promise<void> {
    await this.#roles.whileRestarting(restart);
  }

  /** Throws when the Runtime was refused a request by RBAC. */
  async assertSufficient(): Promise<void> {
    await this.#roles.assertSufficient();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runtime.stop();
    await this.proxy[Symbol.asyncDispose]();
    await this.#roles[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
    for (const { example, objects } of this.#examples) {
      await objects.uninstall(example);
      await example.remove();
    }
    await this.#namespace[Symbol.asyncDispose]();
  }

  async #until(what: string, probe: () => Promise<boolean>): Promise<void> {
    await waitFor(what, async () => {
      this.check();
      return await probe();
    }, { timeoutMs: 300_000, explain: () => this.#runtime.stdout.slice(-4000) });
  }

  #path(root: string, plural: string, name: string): string {
    return `/${root}/namespaces/${this.#namespace.name}/${plural}/${name}`;
  }
}

/** What another client changed. */
export interface Drift {
  readonly website: string;
  /** Of the Service that it deleted. */
  readonly lostUid: string;
  /** The resourceVersion of the Deployment that it changed. */
  readonly changed: string;
}

/** A condition of the current generation. */
function isTrue({ metadata, status }: KubeObject, condition: string): boolean {
  return status?.observedGeneration === metadata["generation"] &&
    status?.conditions?.some(({ type, status }: Record<string, string>) => type === condition && status === "True");
}
