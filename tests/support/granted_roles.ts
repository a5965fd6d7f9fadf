import assert from "node:assert/strict";
import type { JsonMap } from "../../src/base/json.ts";
import { type LeaseScope, rbacObjects } from "../../src/bundle/mod.ts";
import { accountUsername } from "../../src/k8s/installation.ts";
import { formerBoxLabel, labels } from "../../src/k8s/names.ts";
import { splitApiVersion } from "../../src/k8s/object.ts";
import { loadKatalog } from "../../src/katalog/mod.ts";
import { derivePlan, type Plan } from "../../src/plan/mod.ts";
import { clusterRequest } from "../katalogs/cluster_request.ts";
import { RequestFailed, type Stage } from "../katalogs/stage.ts";
import { permissionsOf, type RoleObject } from "../necessity/permissions.ts";
import { tokenOf, untilDecided } from "./access.ts";
import type { AuditedRequest, AuditMark } from "./audit_log.ts";
import type { ControlPlane } from "./control_plane.ts";
import { type FaultProxy, startFaultProxy } from "./fault_proxy.ts";

/** Longer than any scenario takes. */
const tokenSeconds = 14_400;

const runtimeAccount = "orkestra";

/** Whose roles are made, and where. */
export interface GrantedRolesOptions {
  readonly plan: Plan;
  /** Of the installation: its ServiceAccounts and Leases. */
  readonly namespace: string;
  readonly leases?: LeaseScope;
  /**
   * Users of this group have the roles too: replicas that are users of their own, by which the audit log tells who did
   * what.
   */
  readonly group?: string;
}

interface Binding {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects: readonly { readonly name: string; readonly namespace: string }[];
}

/** The ServiceAccounts and roles that `ork generate rbac` prints, on a real API server. Disposing of them removes them. */
export class GrantedRoles implements AsyncDisposable {
  readonly namespace: string;
  readonly objects: readonly JsonMap[];
  readonly #plane: ControlPlane;
  readonly #request: Stage["request"];
  /** Users that must not be refused anything. */
  readonly #users = new Set<string>();
  /** From when until when the API server was started again, in ms since 1970. */
  readonly #restarts: { readonly fromMs: number; readonly toMs: number }[] = [];
  #mark: AuditMark = { index: 0 };

  constructor(plane: ControlPlane, { namespace, objects }: { namespace: string; objects: readonly JsonMap[] }) {
    this.#plane = plane;
    this.#request = clusterRequest(plane);
    this.namespace = namespace;
    this.objects = objects;
  }

  /** Applies the roles, and waits until the API server decides by them. */
  static async open(
    plane: ControlPlane,
    { plan, namespace, leases = "process", group }: GrantedRolesOptions,
  ): Promise<GrantedRoles> {
    const objects = rbacObjects({ plan, namespace, components: new Set(["runtime", "gateway"]), leases })
      .map(({ object }) => group === undefined ? object as unknown as JsonMap : alsoFor(object as JsonMap, group));
    const roles = new GrantedRoles(plane, { namespace, objects });
    for (const object of objects) await roles.#request("POST", collectionOf(object), object);
    await roles.#untilKnown();
    roles.#mark = await plane.auditLog.mark();
    return roles;
  }

  /** The name by which the API server knows a ServiceAccount; that of the Runtime unless another one is named. */
  userOf(account = runtimeAccount): string {
    return accountUsername({ namespace: this.namespace, name: account });
  }

  /** Text of a kubeconfig with a token of a ServiceAccount, which goes through a proxy where there is one. */
  async kubeconfig({ account = runtimeAccount, proxy }: {
    readonly account?: string;
    readonly proxy?: Pick<FaultProxy, "kubeconfig">;
  } = {}): Promise<string> {
    this.#users.add(this.userOf(account));
    const token = await tokenOf(this.#request, { namespace: this.namespace, name: account }, tokenSeconds);
    const config = JSON.parse(proxy?.kubeconfig ?? await this.#plane.kubeconfig());
    config.users[0].user = { token };
    return JSON.stringify(config);
  }

  /** A user of the group that has the roles too is watched as the ServiceAccounts are. */
  watch(user: string): void {
    this.#users.add(user);
  }

  /** Starts the API server again, which refuses everybody until it has read the roles: that does not count. */
  async whileRestarting(restart: () => Promise<void>): Promise<void> {
    const fromMs = Date.now();
    await restart();
    this.#restarts.push({ fromMs, toMs: Date.now() });
  }

  /**
   * Throws when the API server has refused a request of a user who has the roles, or has had none. `sweeps`: children
   * of kinds that another box or a former Katalog made are looked for in all namespaces, which roles do not grant
   * (docs/permissions.md, "A Katalog that makes less" and Limits).
   */
  async assertSufficient({ sweeps = false }: { readonly sweeps?: boolean } = {}): Promise<void> {
    const requests = (await this.#plane.auditLog.requestsSince(this.#mark)).filter(({ user }) => this.#users.has(user));
    assert.ok(requests.length > 0, `no request of ${[...this.#users]}`);
    const isExempt = (request: AuditedRequest) =>
      (sweeps && isSweep(request)) ||
      this.#restarts.some(({ fromMs, toMs }) => fromMs <= request.receivedMs && request.receivedMs <= toMs);
    const refused = requests.filter((request) => isRefused(request) && !isExempt(request));
    assert.deepEqual(refused, [], "the roles do not suffice");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const object of this.objects) {
      const path = `${collectionOf(object)}/${(object as unknown as RoleObject).metadata.name}`;
      await this.#request("DELETE", path).catch((error) => {
        if (!(error instanceof RequestFailed && error.status === 404)) throw error;
      });
    }
  }

  async #untilKnown(): Promise<void> {
    const permissions = permissionsOf(this.objects);
    for (const { metadata, roleRef, subjects } of this.objects.filter(isBinding)) {
      for (const { role, verb, group, resource, name } of permissions) {
        const { namespace } = role.metadata;
        if (role.kind !== roleRef.kind || role.metadata.name !== roleRef.name || namespace !== metadata.namespace) {
          continue;
        }
        await untilDecided(this.#request, subjects[0]!, { verb, group, resource, name, namespace }, true);
      }
    }
  }
}

/** The Plan of Katalogs that one Runtime is given. */
export function planOfFiles(paths: readonly string[]): Plan {
  const sources = paths.map((path) => ({ path, bytes: Deno.readFileSync(path) }));
  const { katalog, findings } = loadKatalog(sources, (file) => Deno.readFileSync(file));
  if (katalog === undefined) throw new Error(`Cannot load ${paths}: ${Deno.inspect(findings)}`);
  return derivePlan(katalog);
}

/** A proxy without a certificate of its own: the API server sees the credential of who comes through it. */
export async function startPassingProxy(plane: ControlPlane): Promise<FaultProxy> {
  const config = JSON.parse(await plane.kubeconfig());
  return startFaultProxy(JSON.stringify({ ...config, users: [{ name: "none", user: {} }] }));
}

/** Path of the collection that an object of RBAC, or a ServiceAccount, is created in. */
export function collectionOf(object: JsonMap): string {
  const { apiVersion, kind, metadata } = object as {
    apiVersion: string;
    kind: string;
    metadata: { namespace?: string };
  };
  const root = splitApiVersion(apiVersion).group === "" ? "/api/v1" : `/apis/${apiVersion}`;
  return `${root}${metadata.namespace === undefined ? "" : `/namespaces/${metadata.namespace}`}/${kind.toLowerCase()}s`;
}

/** A creation in a namespace that is being deleted is refused to every client, with a cause of its own. */
function isRefused({ code, causes }: AuditedRequest): boolean {
  return code === 403 && !causes.includes("NamespaceTerminating");
}

/** A list of children of one kind of CR, in all namespaces; the watch that it could belong to is not exempt. */
function isSweep({ verb, namespace, uri }: AuditedRequest): boolean {
  const selector = new URL(uri, "https://api").searchParams.get("labelSelector") ?? "";
  return verb === "list" && namespace === "" &&
    (selector.startsWith(`${labels.ownerKind}=`) || selector.startsWith(`${formerBoxLabel},`));
}

function alsoFor(object: JsonMap, group: string): JsonMap {
  if (!isBinding(object)) return object;
  const subject = { apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: group };
  return { ...object as JsonMap, subjects: [...object.subjects as unknown as JsonMap[], subject] };
}

function isBinding(object: JsonMap): object is JsonMap & Binding {
  return String(object["kind"]).endsWith("RoleBinding");
}
