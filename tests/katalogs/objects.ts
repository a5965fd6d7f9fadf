import { labels } from "../../src/k8s/names.ts";
import { apiVersionOf, type KubeObject, type ResourceType, splitApiVersion } from "../../src/k8s/object.ts";
import { builtInType } from "../../src/k8s/resource_types.ts";
import { waitFor } from "../support/wait_for.ts";
import type { Example } from "./example.ts";
import { RequestFailed, type Stage } from "./stage.ts";

/** The objects of one example on one API server. */
export class Objects {
  readonly #stage: Pick<Stage, "namespace" | "request">;
  readonly types: readonly ResourceType[];

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

  /** Everything in the namespace that carries our labels and is not a Pod, ReplicaSet or Job of a child. */
  async children(): Promise<KubeObject[]> {
    const found: KubeObject[] = [];
    for (const type of this.types) {
      const scope = type.namespaced ? `/namespaces/${this.#stage.namespace}` : "";
      const path = `${rootOf(type)}${scope}/${type.plural}?labelSelector=${labels.managed}%3Dtrue`;
      const { items = [] } = await this.#stage.request("GET", path);
      found.push(...items.map((item) => ({ ...item, apiVersion: apiVersionOf(type), kind: type.kind })));
    }
    return found.filter((item) => item.metadata.ownerReferences?.[0]?.kind !== "CronJob");
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
