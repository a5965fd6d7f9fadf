import type { Clock } from "../../base/clock.ts";
import type { JsonMap } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { deleteObject } from "../deletion.ts";
import { ApiFault } from "../faults.ts";
import type { Objects, WriteOptions } from "../objects.ts";
import type { Change } from "../store.ts";
import { WorkQueue } from "./work_queue.ts";

const namespacesKey = "namespaces.";
const delayMs = 20;
const initial = ["default", "kube-node-lease", "kube-public", "kube-system"];
const options: WriteOptions = { manager: "kube-controller-manager" };

/** Makes the first namespaces, gives each its ServiceAccount and CA bundle, and empties those that are deleted. */
export class NamespaceController {
  readonly #objects: Objects;
  readonly #queue: WorkQueue;
  readonly #unsubscribe: () => void;

  constructor(objects: Objects, clock: Clock, onFault: (error: unknown) => void) {
    this.#objects = objects;
    this.#queue = new WorkQueue(clock, (name) => this.#visit(name), onFault);
    this.#unsubscribe = objects.store.subscribe((change) => this.#onChange(change));
    const type = objects.registry.find("", "v1", "namespaces")!;
    for (const name of initial) {
      const body = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
      objects.create({ type, namespace: "", name: "" }, body, { manager: "kube-apiserver" });
    }
  }

  stop(): void {
    this.#unsubscribe();
    this.#queue.stop();
  }

  #onChange({ collection, type, object }: Change): void {
    if (collection.key === namespacesKey) {
      if (type !== "DELETED") this.#queue.add(object.metadata.name, delayMs);
    } else if (type === "DELETED" && object.metadata.namespace !== undefined) {
      const namespace = this.#objects.store.collection(namespacesKey).get(object.metadata.namespace);
      if (namespace?.metadata.deletionTimestamp !== undefined) this.#queue.add(object.metadata.namespace, delayMs);
    }
  }

  #visit(name: string): void {
    const collection = this.#objects.store.collection(namespacesKey);
    const namespace = collection.get(name);
    if (namespace === undefined) return;
    if (namespace.metadata.deletionTimestamp === undefined) return this.#furnish(name);
    if (this.#empty(name) > 0) return;
    const bare: KubeObject = { ...namespace, spec: { ...namespace["spec"], finalizers: [] } };
    if ((bare.metadata.finalizers ?? []).length === 0) collection.remove(namespace);
    else if (namespace["spec"].finalizers.length > 0) collection.replace(namespace, bare);
  }

  #furnish(name: string): void {
    const { registry } = this.#objects;
    const wanted: { plural: string; name: string; body: JsonMap }[] = [
      {
        plural: "serviceaccounts",
        name: "default",
        body: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } },
      },
      {
        plural: "configmaps",
        name: "kube-root-ca.crt",
        body: {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: {
            name: "kube-root-ca.crt",
            annotations: {
              "kubernetes.io/description":
                "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.",
            },
          },
          data: { "ca.crt": "" },
        },
      },
    ];
    for (const { plural, name: its, body } of wanted) {
      const type = registry.find("", "v1", plural)!;
      const target = { type, namespace: name, name: its };
      if (!this.#objects.has(target)) this.#objects.create({ ...target, name: "" }, body, options);
    }
  }

  /** Deletes everything in a namespace; returns how much is still there. */
  #empty(name: string): number {
    let left = 0;
    for (const resource of this.#objects.registry.resources) {
      const type = resource.versions[0];
      if (
        !resource.namespaced || type === undefined || resource.storageKey !== `${resource.plural}.${resource.group}`
      ) continue;
      for (const { metadata } of this.#objects.store.collection(resource.storageKey).list(name)) {
        if (metadata.deletionTimestamp !== undefined) {
          left++;
          continue;
        }
        try {
          const { gone } = deleteObject(this.#objects, { type, namespace: name, name: metadata.name }, {
            gracePeriodSeconds: 0,
          });
          if (!gone) left++;
        } catch (error) {
          if (!(error instanceof ApiFault) || error.code !== 404) throw error;
        }
      }
    }
    return left;
  }
}
