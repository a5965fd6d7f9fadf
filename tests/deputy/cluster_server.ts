import type { JsonMap } from "../../src/base/json.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import { clusterRequest } from "../katalogs/cluster_request.ts";
import { RequestFailed, type Stage } from "../katalogs/stage.ts";
import { tokenOf, untilDecided } from "../support/access.ts";
import type { ControlPlane } from "../support/control_plane.ts";
import { waitFor } from "../support/wait_for.ts";
import { collectionOf, controlledBy, type DeputyServer, type Loaded, namespace } from "./stage.ts";

const account = { namespace, name: "orkestra" };
const tokenSeconds = 7_200;
const rbac = "/apis/rbac.authorization.k8s.io/v1";

/** Kinds that an attack may leave in a namespace; what they own goes with them. */
const left: readonly string[] = [
  ...["configmaps", "secrets", "services", "serviceaccounts", "persistentvolumeclaims"].map((each) =>
    `/api/v1/@/${each}`
  ),
  ...["deployments", "statefulsets"].map((each) => `/apis/apps/v1/@/${each}`),
  ...["jobs", "cronjobs"].map((each) => `/apis/batch/v1/@/${each}`),
  ...["roles", "rolebindings"].map((each) => `${rbac}/@/${each}`),
  "/apis/deputy.example.org/v1/@/inners",
  "/apis/networking.k8s.io/v1/@/ingresses",
];

/** Made by the API server's own controllers. */
const systems: ReadonlySet<string> = new Set(["kube-root-ca.crt", "default", "kube-system"]);

/**
 * A real API server for one attack after the other: the Runtime has a ServiceAccount with the roles of the Katalog that is
 * attacked, and nothing else. Others' objects are made once; what an attack leaves is removed before the next one.
 */
export class ClusterServer implements AsyncDisposable {
  readonly #plane: ControlPlane;
  readonly #request: Stage["request"];
  readonly #client: Deno.HttpClient;
  readonly #made: string[] = [];
  /** Namespaces that attacks make. */
  readonly #places = new Set<string>();
  #token = "";
  #controllerUid: string | undefined;
  #granted: readonly JsonMap[] = [];

  constructor(plane: ControlPlane) {
    this.#plane = plane;
    this.#request = clusterRequest(plane);
    this.#client = Deno.createHttpClient({ caCerts: [Deno.readTextFileSync(`${plane.dir}/pki/ca.crt`)], http2: false });
  }

  /** Makes everything that the attacks need. */
  async open(definitions: readonly KubeObject[]): Promise<void> {
    await this.#create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    for (const definition of definitions) await this.#create(definition);
    for (const definition of definitions) {
      await waitFor(`${definition.metadata.name} is served`, async () => {
        const { group, names, versions } = definition["spec"];
        await this.#request("GET", `/apis/${group}/${versions[0].name}/${names.plural}`);
        return true;
      });
    }
    await this.#create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { ...account } });
    this.#token = await tokenOf(this.#request, account, tokenSeconds);
  }

  /** Gives the Runtime the roles of a Katalog, in place of those of another one. */
  async grant({ objects, rules }: Loaded): Promise<void> {
    await this.#revoke();
    this.#granted = objects.filter(({ kind }) => kind !== "ServiceAccount" && kind !== "Namespace");
    for (const object of this.#granted) await this.#request("POST", roleCollection(object), object);
    for (const { rule, namespace: place } of rules) {
      const name = rule.resourceNames?.[0];
      const asked = { verb: rule.verbs[0]!, group: rule.apiGroups[0]!, resource: rule.resources[0]!, name };
      await untilDecided(this.#request, account, { ...asked, namespace: place }, true);
    }
  }

  /** For one attack, which may write these objects (`Namespace name`, `ConfigMap namespace/name`). */
  attack(may: readonly string[]): DeputyServer {
    const places = new Set<string>();
    return {
      request: this.#request,
      fetch: (request) => this.#fetch(request),
      begin: async (_definitions, others, controller) => {
        for (const object of others.filter(({ kind }) => kind === "Namespace")) {
          await this.#create(object);
          places.add(object.metadata.name);
        }
        for (const object of may.filter((one) => one.startsWith("Namespace "))) {
          const place = object.slice("Namespace ".length);
          if (!places.has(place) && !systems.has(place)) this.#places.add(place);
        }
        // A Namespace of a former attack that is being deleted refuses what this one makes there.
        await this.#clearPlaces();
        this.#controllerUid ??= (await this.#create(controller))!.metadata.uid!;
        for (const object of others.filter(({ kind }) => kind !== "Namespace")) {
          await this.#create(controlledBy(object, this.#controllerUid));
        }
        await this.#clear(places, [...others, controller]);
        return this.#controllerUid;
      },
      faults: () => [],
      end: () => Promise.resolve(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#revoke();
    await this.#clearPlaces();
    for (const path of this.#made.reverse()) await this.#ifThere("DELETE", path);
    this.#client.close();
  }

  async #fetch(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const headers = new Headers(request.headers);
    headers.set("authorization", `Bearer ${this.#token}`);
    const body = request.method === "GET" ? null : await request.text();
    return await fetch(`${this.#plane.server}${pathname}${search}`, {
      ...{ method: request.method, headers, body, client: this.#client, signal: request.signal },
    });
  }

  /** Removes the Namespaces that attacks have made, and waits until they are gone. */
  async #clearPlaces(): Promise<void> {
    const paths = [...this.#places].map((place) => `/api/v1/namespaces/${place}`);
    for (const path of paths) await this.#ifThere("DELETE", path);
    for (const path of paths) {
      await waitFor(`${path} is gone`, async () => !await this.#isThere(path), { timeoutMs: 60_000 });
    }
  }

  async #isThere(path: string): Promise<boolean> {
    try {
      await this.#request("GET", path);
      return true;
    } catch (error) {
      if (error instanceof RequestFailed && error.status === 404) return false;
      throw error;
    }
  }

  /** Removes what is in these namespaces and was not meant to be there. */
  async #clear(places: ReadonlySet<string>, known: readonly KubeObject[]): Promise<void> {
    const kept = new Set(known.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`));
    for (const place of places) {
      for (const template of left) {
        const collection = template.replace("@", `namespaces/${place}`);
        await waitFor(`${collection} is cleared`, async () => {
          const list = await this.#request("GET", collection) as unknown as { kind: string; items: KubeObject[] };
          const kind = list.kind.replace(/List$/, "");
          const rest = list.items.filter(({ metadata }) =>
            !systems.has(metadata.name) && !kept.has(`${kind} ${place}/${metadata.name}`)
          );
          for (const { metadata } of rest) {
            const path = `${collection}/${metadata.name}`;
            if (metadata.finalizers !== undefined) {
              await this.#ifThere("PATCH", path, { metadata: { finalizers: null } });
            }
            if (metadata.deletionTimestamp === undefined) {
              await this.#ifThere("DELETE", `${path}?propagationPolicy=Background`);
            }
          }
          return rest.length === 0;
        });
      }
    }
  }

  /** Where there is one of that name it stays. */
  async #create(object: KubeObject): Promise<KubeObject | undefined> {
    try {
      const made = await this.#request("POST", collectionOf(object), object);
      this.#made.push(`${collectionOf(object)}/${object.metadata.name}`);
      return made;
    } catch (error) {
      if (error instanceof RequestFailed && error.status === 409) return undefined;
      throw error;
    }
  }

  async #revoke(): Promise<void> {
    for (const object of this.#granted) {
      const { name } = object["metadata"] as { name: string };
      await this.#ifThere("DELETE", `${roleCollection(object)}/${name}`);
    }
    this.#granted = [];
  }

  async #ifThere(method: string, path: string, patch?: unknown): Promise<void> {
    try {
      await this.#request(method, path, patch, "application/merge-patch+json");
    } catch (error) {
      if (!(error instanceof RequestFailed && error.status === 404)) throw error;
    }
  }
}

function roleCollection(object: JsonMap): string {
  const { kind, metadata } = object as { kind: string; metadata: { namespace?: string } };
  const place = metadata.namespace === undefined ? "" : `/namespaces/${metadata.namespace}`;
  return `${rbac}${place}/${kind.toLowerCase()}s`;
}
