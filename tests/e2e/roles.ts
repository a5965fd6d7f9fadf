import assert from "node:assert/strict";
import { accountGroup, accountUsername, installedName } from "../../src/k8s/installation.ts";
import { type Plan, protectionNames } from "../../src/plan/mod.ts";
import type { ClusterTest } from "../support/on_cluster.ts";

// The roles of the two processes, written by hand: those of the Gateway as docs/gateway.md has them, those of the
// Runtime from the effects of its Plan.

/** `rbac.authorization.k8s.io/v1` PolicyRule. */
interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

export interface Grants {
  /** Of a ClusterRole. */
  readonly cluster: readonly PolicyRule[];
  /** Of a Role in each namespace. */
  readonly namespaced: ReadonlyMap<string, readonly PolicyRule[]>;
}

const admissionregistration = ["admissionregistration.k8s.io"];

const validatingNames: readonly string[] = ["orkestra-admission-validation", ...Object.values(protectionNames)];
const mutatingNames: readonly string[] = ["orkestra-admission-mutation"];

/**
 * What the Gateway needs (docs/gateway.md, Permissions). `definitions`: names of the CRDs that it converts. `registered`:
 * which configurations the Katalog has; the others are removed.
 */
export function gatewayGrants(
  namespace: string,
  definitions: readonly string[],
  registered: readonly string[] = [...validatingNames, ...mutatingNames],
): Grants {
  const configurations = (resource: string, names: readonly string[]): PolicyRule[] => {
    const rule = (verbs: readonly string[], bound: readonly string[]): PolicyRule[] =>
      bound.length === 0 ? [] : [{
        ...{ apiGroups: admissionregistration, resources: [resource], verbs },
        resourceNames: bound.map((name) => installedName(name, namespace)),
      }];
    const own = names.filter((name) => registered.includes(name));
    const others = names.filter((name) => !registered.includes(name));
    return [...rule(["list", "watch", "patch"], own), ...rule(["list", "watch", "delete"], others)];
  };
  const created = [["validating", validatingNames], ["mutating", mutatingNames]].filter(([, names]) =>
    (names as readonly string[]).some((name) => registered.includes(name))
  ).map(([kind]) => `${kind}webhookconfigurations`);
  return {
    cluster: [
      ...configurations("validatingwebhookconfigurations", validatingNames),
      ...configurations("mutatingwebhookconfigurations", mutatingNames),
      // RBAC cannot bind a creation to a name.
      ...(created.length === 0 ? [] : [{ apiGroups: admissionregistration, resources: created, verbs: ["create"] }]),
      ...(definitions.length === 0 ? [] : [{
        apiGroups: ["apiextensions.k8s.io"],
        resources: ["customresourcedefinitions"],
        verbs: ["list", "watch", "patch"],
        resourceNames: definitions,
      }]),
    ],
    namespaced: new Map([[namespace, [
      {
        ...{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "watch", "patch", "delete"] },
        resourceNames: ["orkestra-internal-tls"],
      },
      { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
    ]]]),
  };
}

/** What the boxes of a Plan ask for, and nothing else. */
export function runtimeGrants({ boxes }: Plan): Grants {
  const cluster: PolicyRule[] = [];
  const namespaced = new Map<string, PolicyRule[]>();
  for (const { verb, type, subresource, scope, names } of boxes.flatMap(({ effects }) => effects)) {
    const rule: PolicyRule = {
      apiGroups: [type.group],
      resources: [subresource === undefined ? type.plural : `${type.plural}/${subresource}`],
      verbs: [verb],
      ...(names === undefined ? {} : { resourceNames: names }),
    };
    if (scope.kind === "cluster") cluster.push(rule);
    else for (const each of scope.namespaces) namespaced.set(each, [...namespaced.get(each) ?? [], rule]);
  }
  return { cluster, namespaced };
}

interface Named {
  readonly metadata: { readonly name: string };
  readonly [field: string]: unknown;
}

/** Somebody whom the API server knows; `open` makes a ServiceAccount of the test's namespace with these grants alone. */
export class Identity implements AsyncDisposable {
  readonly user: string;
  readonly groups: readonly string[];
  readonly #test: ClusterTest;
  readonly #made: string[] = [];
  #client: Deno.HttpClient | undefined;

  constructor(test: ClusterTest, user: string, groups: readonly string[]) {
    this.#test = test;
    this.user = user;
    this.groups = groups;
  }

  static async open(test: ClusterTest, name: string, { cluster, namespaced }: Grants): Promise<Identity> {
    const user = accountUsername({ namespace: test.namespace, name });
    const identity = new Identity(test, user, ["system:serviceaccounts", accountGroup(test)]);
    await identity.#bind("ClusterRole", undefined, `${name}-${test.namespace}`, cluster);
    for (const [namespace, rules] of namespaced) {
      await identity.#bind("Role", namespace, `${name}-${test.namespace}`, rules);
    }
    return identity;
  }

  async kubeconfig(): Promise<string> {
    return await this.#test.plane.userKubeconfig(this.user, this.groups);
  }

  /** A request as this identity. */
  async fetch(path: string, init: RequestInit): Promise<Response> {
    const { clusters: [{ cluster }], users: [{ user }] } = JSON.parse(
      await this.#test.plane.kubeconfig(this.user, this.groups),
    );
    this.#client ??= Deno.createHttpClient({
      caCerts: [atob(cluster["certificate-authority-data"])],
      cert: atob(user["client-certificate-data"]),
      key: atob(user["client-key-data"]),
      http2: false,
    });
    return await fetch(cluster.server + path, { ...init, client: this.#client });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client?.close();
    for (const path of this.#made.reverse()) {
      await (await this.#test.plane.adminFetch(path, { method: "DELETE" })).body?.cancel();
    }
  }

  async #bind(
    kind: "ClusterRole" | "Role",
    namespace: string | undefined,
    name: string,
    rules: readonly PolicyRule[],
  ): Promise<void> {
    const base = "/apis/rbac.authorization.k8s.io/v1" + (namespace === undefined ? "" : `/namespaces/${namespace}`);
    const apiVersion = "rbac.authorization.k8s.io/v1";
    const metadata = { name };
    await this.#create(`${base}/${kind.toLowerCase()}s`, { apiVersion, kind, metadata, rules });
    await this.#create(`${base}/${kind.toLowerCase()}bindings`, {
      ...{ apiVersion, kind: `${kind}Binding`, metadata },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: this.user }],
    });
  }

  async #create(collection: string, object: Named): Promise<void> {
    const response = await this.#test.plane.adminFetch(collection, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(object),
    });
    const text = await response.text();
    assert.ok(response.ok, `POST ${collection}: ${text}`);
    this.#made.push(`${collection}/${object.metadata.name}`);
  }
}
