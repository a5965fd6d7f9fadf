import { type Clock, formatTime } from "../../base/clock.ts";
import { equalJson, type Json, type JsonMap } from "../../base/json.ts";
import { controllerOf, type KubeObject, objectKey } from "../../k8s/object.ts";
import { ApiFault } from "../faults.ts";
import type { Objects } from "../objects.ts";
import type { ResourceVersion } from "../resource.ts";
import type { Change } from "../store.ts";
import { simulateClaim } from "./simulate_claims.ts";
import { simulateCronJob } from "./simulate_cron_jobs.ts";
import { simulateDeployment } from "./simulate_deployments.ts";
import { simulateJob } from "./simulate_jobs.ts";
import { simulatePod } from "./simulate_pods.ts";
import { simulateDaemonSet, simulateReplicaSet, simulateStatefulSet } from "./simulate_replicas.ts";
import { simulateVolume } from "./simulate_volumes.ts";
import { nodeName, type Simulator, type Tools } from "./simulator.ts";
import { WorkQueue } from "./work_queue.ts";

const simulators: Readonly<Record<string, { simulate: Simulator; delayMs: number }>> = {
  "pods.": { simulate: simulatePod, delayMs: 50 },
  "replicasets.apps": { simulate: simulateReplicaSet, delayMs: 20 },
  "statefulsets.apps": { simulate: simulateStatefulSet, delayMs: 20 },
  "daemonsets.apps": { simulate: simulateDaemonSet, delayMs: 20 },
  "deployments.apps": { simulate: simulateDeployment, delayMs: 20 },
  "jobs.batch": { simulate: simulateJob, delayMs: 20 },
  "cronjobs.batch": { simulate: simulateCronJob, delayMs: 20 },
  "persistentvolumeclaims.": { simulate: simulateClaim, delayMs: 50 },
  "persistentvolumes.": { simulate: simulateVolume, delayMs: 50 },
};

/** Lets workloads come to life: Pods run, Deployments become available, Jobs complete, claims are bound. */
export class Simulation {
  readonly #objects: Objects;
  readonly #clock: Clock;
  readonly #queue: WorkQueue;
  readonly #unsubscribe: () => void;

  constructor(objects: Objects, clock: Clock, onFault: (error: unknown) => void) {
    this.#objects = objects;
    this.#clock = clock;
    this.#queue = new WorkQueue(clock, (key) => this.#visit(key), onFault);
    this.#unsubscribe = objects.store.subscribe((change) => this.#onChange(change));
    this.#createNode();
  }

  stop(): void {
    this.#unsubscribe();
    this.#queue.stop();
  }

  #onChange({ collection, type, object }: Change): void {
    const simulator = simulators[collection.key];
    if (simulator === undefined) return;
    if (type !== "DELETED") this.#queue.add(`${collection.key} ${objectKey(object.metadata)}`, simulator.delayMs);
    const owner = controllerOf(object.metadata);
    const location = owner === undefined ? undefined : this.#objects.store.findUid(owner.uid);
    const above = location === undefined ? undefined : simulators[location.collection.key];
    if (above !== undefined) this.#queue.add(`${location!.collection.key} ${location!.key}`, above.delayMs);
  }

  #visit(id: string): void {
    const [storageKey, key] = id.split(" ") as [string, string];
    const object = this.#objects.store.collection(storageKey).get(key);
    if (object === undefined) return;
    try {
      const again = simulators[storageKey]!.simulate(object, this.#tools());
      if (again !== undefined) this.#queue.add(id, again);
    } catch (error) {
      // Lost against another writer: their change brings the object back here.
      if (!(error instanceof ApiFault) || ![403, 404, 409].includes(error.code)) throw error;
    }
  }

  #tools(): Tools {
    const { store } = this.#objects;
    const options = { manager: "kube-controller-manager" };
    const nowMs = this.#clock.wallMs();
    return {
      nowMs,
      now: formatTime(nowMs),
      owned: (owner, storageKey) =>
        store.dependentsOf(owner.metadata.uid!).filter(({ collection }) => collection.key === storageKey)
          .map(({ collection, key }) => collection.get(key)!)
          .filter(({ metadata }) => controllerOf(metadata)?.uid === owner.metadata.uid),
      inNamespace: (storageKey, namespace) => store.collection(storageKey).list(namespace),
      exists: (storageKey, key) => store.collection(storageKey).get(key) !== undefined,
      create: (plural, group, body) => {
        const type = this.#objects.registry.find(group, "v1", plural)!;
        this.#objects.create(
          { type, namespace: (body["metadata"] as JsonMap)["namespace"] as string, name: "" },
          body,
          options,
        );
      },
      setStatus: (object, status) => {
        if (equalJson(object["status"] as Json, status)) return;
        this.#objects.update(
          { ...this.#target(object), subresource: "status" },
          (current) => ({ ...(current as unknown as JsonMap), status }),
          options,
        );
      },
      change: (object, change) => {
        this.#objects.update(
          { ...this.#target(object), subresource: "" },
          (current) => change(current as unknown as JsonMap),
          options,
        );
      },
      annotate: (object, annotations) => {
        const collection = this.#objects.collection(this.#target(object).type);
        const stored = collection.get(objectKey(object.metadata));
        if (stored === undefined) return;
        this.#objects.rewrite(
          collection,
          stored,
          (metadata) => metadata.annotations = { ...metadata.annotations, ...annotations },
        );
      },
      remove: (object) => {
        const collection = this.#objects.collection(this.#target(object).type);
        const stored = collection.get(objectKey(object.metadata));
        if (stored !== undefined) {
          this.#objects.rewrite(collection, stored, (metadata) => metadata.deletionTimestamp ??= formatTime(nowMs));
        }
      },
    };
  }

  #target(object: KubeObject): { type: ResourceVersion; namespace: string; name: string } {
    const { registry } = this.#objects;
    const slash = object.apiVersion.indexOf("/");
    const type = registry.findKind(slash < 0 ? "" : object.apiVersion.slice(0, slash), object.kind)!;
    return { type, namespace: object.metadata.namespace ?? "", name: object.metadata.name };
  }

  #createNode(): void {
    const { registry } = this.#objects;
    const type = registry.find("", "v1", "nodes")!;
    const body = {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: nodeName, labels: { "kubernetes.io/hostname": nodeName, "kubernetes.io/os": "linux" } },
    };
    this.#objects.create({ type, namespace: "", name: "" }, body, { manager: "kubelet" });
    const amounts = { cpu: "64", memory: "256Gi", pods: "1k" };
    const ready = {
      type: "Ready",
      status: "True",
      reason: "KubeletReady",
      message: "simulated",
      lastHeartbeatTime: null,
      lastTransitionTime: formatTime(this.#clock.wallMs()),
    };
    this.#objects.update(
      { type, namespace: "", name: nodeName, subresource: "status" },
      (node) => ({
        ...(node as unknown as JsonMap),
        status: {
          capacity: amounts,
          allocatable: amounts,
          conditions: [ready],
          nodeInfo: { kubeletVersion: "v1.37.2" },
        },
      }),
      { manager: "kubelet" },
    );
  }
}
