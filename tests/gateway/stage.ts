import assert from "node:assert/strict";
import { type Json, type JsonMap, parseJson, stringifyJson } from "../../src/base/json.ts";
import type { ControlPlane } from "../support/control_plane.ts";
import { type GatewayProcess, startGatewayBinary } from "../support/gateway_binary.ts";
import type { ClusterTest } from "../support/on_cluster.ts";
import { openSchema } from "../support/open_definition.ts";
import { waitFor } from "../support/wait_for.ts";

/**
 * Who sends a request: the administrator impersonates them, with one group, since `fetch` joins headers of one name.
 * RBAC lets every one of them try: `system:masters` may do everything, others in the namespace of the stage.
 */
export interface User {
  readonly name: string;
  readonly group: string;
}

export const users = {
  admin: { name: "root", group: "system:masters" },
  mallory: { name: "mallory", group: "system:masters" },
  chief: { name: "chief", group: "system:masters" },
} as const satisfies Record<string, User>;

export interface Sent {
  readonly method: string;
  readonly path: string;
  /** Text is sent as it is. */
  readonly body?: Json | undefined;
  readonly type?: string;
}

export interface Received {
  readonly status: number;
  readonly body: JsonMap;
  /** `message` of a `Status`, else the whole body. */
  readonly text: string;
  readonly warning: string;
}

export const merge = "application/merge-patch+json";
export const jsonPatch = "application/json-patch+json";
export const apply = "application/apply-patch+yaml";
export const webhookConfigurations = "/apis/admissionregistration.k8s.io/v1";

/** A kind in two versions with `status` and `scale`, one without strict mode, and a Gateway that guards both. */
export class Stage implements AsyncDisposable {
  readonly group: string;
  readonly namespace: string;
  readonly plane: ControlPlane;
  readonly #folder: string;
  #gateway: GatewayProcess | undefined;

  /** See `open`. */
  constructor(test: ClusterTest, folder: string) {
    this.plane = test.plane;
    this.namespace = test.namespace;
    this.group = `${test.namespace}.example.org`;
    this.#folder = folder;
  }

  /** `security`: the block under that key, indented by two. */
  static async open(test: ClusterTest, entries: string, security: string): Promise<Stage> {
    const stage = new Stage(test, await Deno.makeTempDir({ prefix: "ork-red-team-" }));
    for (const kind of ["Shop", "Stall"]) {
      const { status, text } = await stage.send(users.admin, {
        method: "POST",
        path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        body: definition(stage.group, kind),
      });
      assert.equal(status, 201, text);
    }
    const { status, text } = await stage.send(users.admin, {
      method: "POST",
      path: `/apis/rbac.authorization.k8s.io/v1/namespaces/${stage.namespace}/rolebindings`,
      body: {
        metadata: { name: "everybody" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "system:authenticated" }],
      },
    });
    assert.equal(status, 201, text);
    const katalog = `${stage.#folder}/katalog.yaml`;
    await Deno.writeTextFile(
      katalog,
      `apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: red-team}\ngateway: {}\nsecurity:\n${security}` +
        `spec:\n  crds:\n${entries.replaceAll("GROUP", stage.group).replace(/^(?=.)/gm, "    ")}`,
    );
    for (const path of [stage.shops, stage.stalls, stage.path("shops", "v1alpha1")]) {
      await waitFor(`${path} is served`, async () => {
        return (await stage.send(users.admin, { method: "GET", path })).status === 200;
      });
    }
    stage.#gateway = await startGatewayBinary({
      katalog,
      kubeconfig: test.plane.kubeconfigPath,
      namespace: test.namespace,
    });
    await stage.#gateway.ready();
    return stage;
  }

  get gateway(): GatewayProcess {
    return this.#gateway!;
  }

  get shops(): string {
    return this.path("shops");
  }

  get stalls(): string {
    return this.path("stalls");
  }

  path(plural: string, version = "v1", namespace = this.namespace): string {
    return `/apis/${this.group}/${version}/namespaces/${namespace}/${plural}`;
  }

  object(kind: string, metadata: JsonMap, spec: JsonMap, version = "v1"): JsonMap {
    return { apiVersion: `${this.group}/${version}`, kind, metadata, spec };
  }

  async send({ name, group }: User, { method, path, body, type = "application/json" }: Sent): Promise<Received> {
    const headers = { "content-type": type, "impersonate-user": name, "impersonate-group": group };
    const response = await this.plane.adminFetch(path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : stringifyJson(body) }),
    });
    const raw = await response.text();
    const parsed = raw.startsWith("{") ? parseJson(raw) as JsonMap : {};
    const message = parsed["kind"] === "Status" ? parsed["message"] : undefined;
    return {
      status: response.status,
      body: parsed,
      text: typeof message === "string" ? message : raw,
      warning: response.headers.get("warning") ?? "",
    };
  }

  async get(path: string): Promise<Received> {
    return await this.send(users.admin, { method: "GET", path });
  }

  /** Names of the webhook configurations of this Gateway, by kind in the path. */
  async configurations(): Promise<string[]> {
    const found: string[] = [];
    for (const kind of ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"]) {
      const { body } = await this.get(`${webhookConfigurations}/${kind}`);
      for (const { metadata } of body["items"] as unknown as { metadata: { name: string } }[]) {
        if (metadata.name.endsWith(`-${this.namespace}`)) {
          found.push(`${webhookConfigurations}/${kind}/${metadata.name}`);
        }
      }
    }
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gateway?.[Symbol.asyncDispose]();
    for (const path of await this.configurations()) await this.send(users.admin, { method: "DELETE", path });
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** Resident memory of a process in MiB, as Linux counts it; `undefined` elsewhere. */
export function residentMiB(pid: number): number | undefined {
  if (Deno.build.os !== "linux") return undefined;
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) / 1024);
}

function definition(group: string, kind: string): JsonMap {
  const plural = `${kind.toLowerCase()}s`;
  const version = (name: string, storage: boolean): JsonMap => ({
    name,
    served: true,
    storage,
    subresources: { status: {}, scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" } },
    schema: { openAPIV3Schema: { type: "object", properties: { spec: openSchema, status: openSchema } } },
  });
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [version("v1", true), version("v1alpha1", false)],
    },
  };
}
