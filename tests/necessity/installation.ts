import { join } from "node:path";
import { parse, stringify } from "yaml";
import { isMap, type JsonMap } from "../../src/base/json.ts";
import { rbacObjects } from "../../src/bundle/mod.ts";
import { apiVersionOf, type KubeObject, type ResourceType } from "../../src/k8s/object.ts";
import { builtInType } from "../../src/k8s/resource_types.ts";
import { accountUsername } from "../../src/k8s/installation.ts";
import type { Plan } from "../../src/plan/mod.ts";
import { clusterRequest } from "../katalogs/cluster_request.ts";
import { type Example, readExample } from "../katalogs/example.ts";
import { Objects } from "../katalogs/objects.ts";
import { RequestFailed, type Stage } from "../katalogs/stage.ts";
import { tokenOf, untilDecided } from "../support/access.ts";
import type { ControlPlane } from "../support/control_plane.ts";
import type { FaultProxy } from "../support/fault_proxy.ts";
import { collectionOf, planOfFiles, startPassingProxy } from "../support/granted_roles.ts";
import { type FreshNamespace, freshNamespace } from "../support/namespace.ts";
import { waitFor } from "../support/wait_for.ts";
import type { Permission, RoleObject } from "./permissions.ts";

const merge = "application/merge-patch+json";
/** Longer than all examples take. */
const tokenSeconds = 14_400;

/** A ServiceAccount of the installation, and the way to the API server of the process that uses it. */
export interface Account {
  readonly namespace: string;
  readonly name: string;
  readonly user: string;
  readonly proxy: FaultProxy;
  /** Path; with a token of the ServiceAccount, through the proxy. */
  readonly kubeconfig: string;
}

/** Jobs that a scenario makes, and claims of StatefulSets: they keep Pods and volumes. */
const madeBesides: readonly ResourceType[] = [builtInType("Job")!, builtInType("PersistentVolumeClaim")!];

/** An example with its roles in a namespace of its own, whose permissions can be taken away and given back. */
export class Installation implements AsyncDisposable {
  readonly plane: ControlPlane;
  readonly example: Example;
  readonly plan: Plan;
  /** What `ork generate rbac` prints. */
  readonly objects: readonly JsonMap[];
  readonly stage: Pick<Stage, "namespace" | "request">;
  readonly known: Objects;
  readonly #namespace: FreshNamespace;
  readonly #folder: string;
  readonly #proxies: FaultProxy[] = [];

  constructor(
    plane: ControlPlane,
    { namespace, example, plan, folder }: {
      readonly namespace: FreshNamespace;
      readonly example: Example;
      readonly plan: Plan;
      readonly folder: string;
    },
  ) {
    this.plane = plane;
    this.#namespace = namespace;
    this.example = example;
    this.plan = plan;
    this.#folder = folder;
    this.stage = { namespace: namespace.name, request: clusterRequest(plane) };
    this.known = new Objects(this.stage, example);
    const components = new Set(["runtime", "gateway"] as const);
    this.objects = rbacObjects({ plan, namespace: namespace.name, components, leases: "process" })
      .map(({ object }) => object as unknown as JsonMap);
  }

  static async open(plane: ControlPlane, name: string): Promise<Installation> {
    const namespace = await freshNamespace(plane, "need");
    const example = await readExample(name, namespace.name);
    const plan = planOfFiles([example.katalog]);
    const folder = await Deno.makeTempDir({ prefix: "ork-need-" });
    const installation = new Installation(plane, { namespace, example, plan, folder });
    await installation.known.install(example);
    await installation.#untilOwnersAreKnown();
    for (const object of installation.objects) await installation.request("POST", collectionOf(object), object);
    return installation;
  }

  get namespace(): string {
    return this.#namespace.name;
  }

  get request(): Stage["request"] {
    return this.stage.request;
  }

  async account(name: string): Promise<Account> {
    const { namespace } = this;
    const token = await tokenOf(this.request, { namespace, name }, tokenSeconds);
    const proxy = await startPassingProxy(this.plane);
    this.#proxies.push(proxy);
    const own = JSON.parse(proxy.kubeconfig);
    own.users[0].user = { token };
    const kubeconfig = join(this.#folder, `${name}.kubeconfig`);
    await Deno.writeTextFile(kubeconfig, JSON.stringify(own), { mode: 0o600 });
    return { namespace, name, user: accountUsername({ namespace, name }), proxy, kubeconfig };
  }

  /** Whether there is such a ServiceAccount. */
  has(account: string): boolean {
    return this.objects.some(({ kind, metadata }) =>
      kind === "ServiceAccount" && isMap(metadata ?? null) && (metadata as JsonMap)["name"] === account
    );
  }

  async take(permission: Permission, account: Account): Promise<void> {
    await this.#setRules(permission.role, permission.rest);
    await this.#untilDecided(permission, account, false);
  }

  async giveBack(permission: Permission, account: Account): Promise<void> {
    await this.#setRules(permission.role, permission.role.rules);
    await this.#untilDecided(permission, account, true);
  }

  /** A copy of the Katalog that was changed. */
  async katalogWith(
    change: (entries: Record<string, JsonMap>, katalog: JsonMap) => void,
    file: string,
  ): Promise<string> {
    const katalog = parse(await Deno.readTextFile(this.example.katalog));
    change(katalog.spec.crds, katalog);
    // Beside the other one, which names files.
    const path = this.example.katalog.replace("katalog.yaml", file);
    await Deno.writeTextFile(path, stringify(katalog));
    return path;
  }

  /** As before the first start: no CRs, no children, no Lease. */
  async reset(): Promise<void> {
    const { namespace } = this;
    for (const proxy of this.#proxies) proxy.forget();
    for (const cr of this.example.crs) {
      const path = this.known.path(cr);
      await this.#ifThere("PATCH", path, { metadata: { finalizers: null } });
      await this.#ifThere("DELETE", path);
      await waitFor(`${path} is gone`, () => this.known.isGone(cr));
    }
    await this.#ifThere("DELETE", `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/orkestra-konductor`);
    await this.#ifThere("DELETE", `/api/v1/namespaces/${namespace}/resourcequotas/none`);
    await this.request("DELETE", `/apis/events.k8s.io/v1/namespaces/${namespace}/events`);
    const { children } = this.example.expected;
    const inCluster = this.known.types.filter(({ namespaced }) => !namespaced).map(({ kind }) => kind);
    for (const child of children.filter(({ kind }) => inCluster.includes(kind))) {
      const path = this.known.path(child);
      await this.#ifThere("DELETE", path);
      // A Namespace goes once everything in it is gone.
      await waitFor(`${path} is gone`, () => this.known.isGone(child), { timeoutMs: 120_000 });
    }
    const own = new Set(this.objects.map(({ kind, metadata }) => `${kind} ${(metadata as JsonMap)["name"]}`));
    const isKept = (kind: string, { metadata: { name } }: KubeObject): boolean =>
      name === "kube-root-ca.crt" || name === "default" || name === "owner-probe" || own.has(`${kind} ${name}`) ||
      this.example.setup.some((object) => object.metadata.name === name);
    const others = this.known.types.filter(({ kind, namespaced }) =>
      namespaced && !this.example.crs.some((cr) => cr.kind === kind)
    );
    for (const type of [...others, ...madeBesides]) {
      const root = type.group === "" ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
      const collection = `${root}/namespaces/${namespace}/${type.plural}`;
      await waitFor(`no ${type.plural} are left`, async () => {
        const { items = [] } = await this.request("GET", collection);
        const left = (items as KubeObject[]).filter((object) => !isKept(type.kind, object));
        for (const { metadata } of left) {
          const path = `${collection}/${metadata.name}`;
          if (metadata.finalizers !== undefined) await this.#ifThere("PATCH", path, { metadata: { finalizers: null } });
          if (metadata.deletionTimestamp === undefined) {
            await this.#ifThere("DELETE", `${path}?propagationPolicy=Background`);
          }
        }
        return left.length === 0;
      });
    }
    // A Job that is made again while the controller of Jobs still counts the Pods of the former one may wait for minutes.
    await waitFor("no Pods are left", async () => {
      const { items = [] } = await this.request("GET", `/api/v1/namespaces/${namespace}/pods`);
      return items.length === 0;
    }, { timeoutMs: 60_000 });
    for (const volume of this.example.setup.filter(({ kind }) => kind === "PersistentVolume")) {
      // It was bound to what is gone, and is bound once.
      const path = this.known.path(volume);
      await this.#ifThere("PATCH", path, { metadata: { finalizers: null } });
      await this.#ifThere("DELETE", path);
      await waitFor(`${path} is gone`, () => this.known.isGone(volume));
      await this.known.apply(volume);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const proxy of this.#proxies) await proxy[Symbol.asyncDispose]();
    await this.#removeWebhooks();
    await this.reset();
    await this.known.uninstall(this.example);
    for (const object of this.objects.filter(({ kind }) => String(kind).startsWith("ClusterRole"))) {
      await this.#ifThere("DELETE", `${collectionOf(object)}/${(object["metadata"] as JsonMap)["name"]}`);
    }
    await this.example.remove();
    await Deno.remove(this.#folder, { recursive: true });
    await this.#namespace[Symbol.asyncDispose]();
  }

  /**
   * The admission plugin OwnerReferencesPermissionEnforcement, where it is on, learns of new kinds once in half a minute,
   * and refuses owner references to them until then; not to an administrator.
   */
  async #untilOwnersAreKnown(): Promise<void> {
    const { namespace, plane } = this;
    const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "owner-probe" };
    await this.request("POST", `${rbac}/roles`, {
      metadata: { name: "owner-probe" },
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["create"] }],
    });
    await this.request("POST", `${rbac}/rolebindings`, {
      ...{ metadata: { name: "owner-probe" }, roleRef },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "owner-probe" }],
    });
    // Also kinds of which the operators make the CRs themselves; what is built in is known at once.
    for (const type of this.known.types) {
      const { kind } = type;
      const reference = {
        apiVersion: apiVersionOf(type),
        kind,
        name: "a",
        uid: crypto.randomUUID(),
        blockOwnerDeletion: true,
      };
      const child = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", ownerReferences: [reference] } };
      await waitFor(`${kind} may own`, async () => {
        const response = await plane.adminFetch(`/api/v1/namespaces/${namespace}/configmaps?dryRun=All`, {
          method: "POST",
          headers: { "content-type": "application/json", "impersonate-user": "owner-probe" },
          body: JSON.stringify(child),
        });
        // With the plugin a known kind is refused too, for the want of a permission on its finalizers.
        return (await response.text()).includes("you can't set finalizers on") || response.ok;
      }, { timeoutMs: 120_000 });
    }
  }

  /** The webhooks of a Gateway that has ended would refuse what is removed now. */
  async #removeWebhooks(): Promise<void> {
    for (const kind of ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"]) {
      const collection = `/apis/admissionregistration.k8s.io/v1/${kind}`;
      const { items = [] } = await this.request("GET", collection);
      for (const { metadata } of items) {
        if (metadata.name.endsWith(`-${this.namespace}`)) {
          await this.#ifThere("DELETE", `${collection}/${metadata.name}`);
        }
      }
    }
  }

  async #setRules(role: RoleObject, rules: RoleObject["rules"]): Promise<void> {
    const path = `${collectionOf(role as unknown as JsonMap)}/${role.metadata.name}`;
    await this.request("PATCH", path, { rules }, merge);
  }

  async #untilDecided(
    { verb, group, resource, name, role }: Permission,
    account: Account,
    allowed: boolean,
  ): Promise<void> {
    const { namespace } = role.metadata;
    await untilDecided(this.request, account, { verb, group, resource, name, namespace }, allowed);
  }

  async #ifThere(method: string, path: string, patch?: unknown): Promise<void> {
    try {
      await this.request(method, path, patch, merge);
    } catch (error) {
      if (!(error instanceof RequestFailed && error.status === 404)) throw error;
    }
  }
}
