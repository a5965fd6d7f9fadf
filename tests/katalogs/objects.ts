import { labels } from "../../src/k8s/names.ts";
import { apiVersionOf, groupKind, type KubeObject, type ResourceType, splitApiVersion } from "../../src/k8s/object.ts";
import { builtInType } from "../../src/k8s/resource_types.ts";
import { waitFor } from "../support/wait_for.ts";
import type { Example } from "./example.ts";
import { RequestFailed, type Stage } from "./stage.ts";

/** The objects of one example on one API server. */
export class Objects {
  readonly #stage: Pick<Stage, "namespace" | "request">;
  readonly types: readonly ResourceType[];
  /** Where children stand: the test's own, and those that the example makes. */
  readonly namespaces: readonly string[];
  readonly #ownerKinds: ReadonlySet<string>;

  constructor(stage: Pick<Stage, "namespace" | "request">, example: Example) {
    this.#stage = stage;
    const own = example.crds.map((crd) => ({
      group: crd["spec"].group,
      version: crd["spec"].versions.find((version: { storage: boolean }) => version.storage).name,
      kind: crd["spec"].names.kind,
      plural: crd["spec"].names.plural,
      namespaced: crd["spec"].scope === "Namespaced",
    }));
    const builtIn = example.expected.children.map((child) =>
      builtInType(child.kind, splitApiVersion(child.apiVersion).group)
    ).filter((type) => type !== undefined);
    this.types = [...own, ...new Set(builtIn)];
    const elsewhere = example.expected.children.flatMap(({ metadata }) => metadata.namespace ?? []);
    this.namespaces = [...new Set([stage.namespace, ...elsewhere])];
    this.#ownerKinds = new Set(own.map(groupKind));
  }

  /** Applies the CRDs and what they need, and waits until they are served. */
  async install({ setup, crds }: Example): Promise<void> {
    for (const object of [...setup, ...crds]) await this.apply(object);
    for (const crd of crds) {
      await waitFor(`${crd.metadata.name} is established`, async () => {
        const { status } = await this.#stage.request("GET", this.path(crd));
        return status?.conditions?.some((item: { type: string; status: string }) =>
          item.type === "Established" && item.status === "True"
        );
      });
    }
  }

  async uninstall({ setup, crds }: Example): Promise<void> {
    for (const object of [...crds, ...setup]) {
      await this.#stage.request("DELETE", this.path(object)).catch((error) => {
        if (!(error instanceof RequestFailed && error.status === 404)) throw error;
      });
    }
    for (const crd of crds) await waitFor(`${crd.metadata.name} is gone`, () => this.isGone(crd));
  }

  /**
   * Everything that carries our labels and is not a Pod, ReplicaSet or Job of a child: in the namespaces of the example,
   * and in cluster scope what belongs to its CRs.
   */
  async children(): Promise<KubeObject[]> {
    const found = await this.list(`?labelSelector=${labels.managed}%3Dtrue`);
    return found.filter((item) => item.metadata.ownerReferences?.[0]?.kind !== "CronJob");
  }

  /** All objects of the kinds of the example, where it has any. */
  async list(query = "", namespaces = this.namespaces): Promise<KubeObject[]> {
    const found: KubeObject[] = [];
    for (const type of this.types) {
      const scopes = type.namespaced ? namespaces.map((namespace) => `/namespaces/${namespace}`) : [""];
      for (const scope of scopes) {
        const { items = [] } = await this.#stage.request("GET", `${rootOf(type)}${scope}/${type.plural}${query}`);
        found.push(...items.map((item) => ({ ...item, apiVersion: apiVersionOf(type), kind: type.kind })));
      }
    }
    return found.filter(({ apiVersion, kind, metadata }) =>
      metadata.namespace !== undefined || this.#ownerKinds.has(metadata.labels?.[labels.ownerKind] ?? "") ||
      this.#ownerKinds.has(groupKind({ group: splitApiVersion(apiVersion).group, kind }))
    );
  }

  async apply(object: KubeObject): Promise<void> {
    await this.#stage.request(
      "PATCH",
      `${this.path(object)}?fieldManager=tester`,
      object,
      "application/apply-patch+yaml",
    );
  }

  path(object: KubeObject): string {
    const { group } = splitApiVersion(object.apiVersion);
    const type = this.types.find((item) => item.kind === object.kind && item.group === group) ??
      builtInType(object.kind, group)!;
    const scope = type.namespaced ? `/namespaces/${object.metadata.namespace ?? this.#stage.namespace}` : "";
    return `${rootOf(type)}${scope}/${type.plural}/${object.metadata.name}`;
  }

  async isGone(object: KubeObject): Promise<boolean> {
    try {
      await this.#stage.request("GET", this.path(object));
      return false;
    } catch (error) {
      if (error instanceof RequestFailed) return error.status === 404;
      throw error;
    }
  }
}

function rootOf(type: ResourceType): string {
  return type.group === "" ? `/api/${type.version}` : `/apis/${apiVersionOf(type)}`;
}
