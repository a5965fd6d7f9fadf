import { formatTime } from "../../base/clock.ts";
import { equalJson, type JsonMap } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { deleteObject } from "../deletion.ts";
import type { Objects } from "../objects.ts";
import type { Change } from "../store.ts";
import { acceptNames } from "./definition_names.ts";
import { resourceOf } from "./definition_resource.ts";

/** The collection of CustomResourceDefinitions. */
export const definitionsKey = "customresourcedefinitions.apiextensions.k8s.io";
/** Holds a definition until its objects are gone. */
const cleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

/** Serves what CustomResourceDefinitions define: at once when one is written, and no more when it goes. */
export class DefinitionController {
  readonly #objects: Objects;
  readonly #unsubscribe: () => void;
  /** What the registry knows of each definition. */
  readonly #served = new Map<string, JsonMap>();

  constructor(objects: Objects) {
    this.#objects = objects;
    this.#unsubscribe = objects.store.subscribe((change) => this.#onChange(change));
  }

  stop(): void {
    this.#unsubscribe();
  }

  #onChange({ collection, type, object }: Change): void {
    if (collection.key === definitionsKey) {
      if (type === "DELETED") {
        this.#objects.registry.remove(keyOf(object));
        this.#settleOthers(object);
      } else queueMicrotask(() => this.#settle(object.metadata.name));
    } else if (type === "DELETED") this.#release(collection.key);
  }

  /** Brings the registry and the status of one definition in line with its spec. */
  #settle(name: string): void {
    const { store, registry } = this.#objects;
    const collection = store.collection(definitionsKey);
    const definition = collection.get(name);
    if (definition === undefined) return;
    const terminating = definition.metadata.deletionTimestamp !== undefined;
    const status = terminating ? definition["status"] ?? {} : this.#statusOf(definition);
    const { spec } = definition;
    const known = this.#served.get(name);
    const described = { spec, names: status.acceptedNames, terminating };
    if (conditionOf(status, "Established")?.["status"] === "True" && !equalJson(known ?? null, described)) {
      this.#served.set(name, described);
      registry.add(resourceOf(spec, status.acceptedNames, terminating));
    }
    if (terminating) return this.#empty(definition);
    const finalizers = definition.metadata.finalizers ?? [];
    const held = finalizers.includes(cleanupFinalizer);
    if (equalJson(status, definition["status"] ?? null) && held) return;
    const metadata = held
      ? definition.metadata
      : { ...definition.metadata, finalizers: [...finalizers, cleanupFinalizer] };
    collection.replace(definition, { ...definition, metadata, status });
    // Names that others have waited for may be free now.
    if (!equalJson(status.acceptedNames, definition["status"]?.acceptedNames ?? null)) this.#settleOthers(definition);
  }

  #settleOthers(definition: KubeObject): void {
    for (const { metadata } of this.#othersOf(definition)) queueMicrotask(() => this.#settle(metadata.name));
  }

  #othersOf({ metadata, spec }: KubeObject): KubeObject[] {
    return this.#objects.store.collection(definitionsKey).list()
      .filter((other) => other["spec"].group === spec.group && other.metadata.name !== metadata.name);
  }

  // deno-lint-ignore no-explicit-any -- the status of a definition
  #statusOf(definition: KubeObject): any {
    const { spec } = definition;
    const old = definition["status"] ?? {};
    const { names, ...accepted } = acceptNames(definition, this.#othersOf(definition));
    const established = accepted.status === "True" || conditionOf(old, "Established")?.["status"] === "True"
      ? { status: "True", reason: "InitialNamesAccepted", message: "the initial names have been accepted" }
      : { status: "False", reason: "NotAccepted", message: "not all names are accepted" };
    const storage = spec.versions.find((version: { storage: boolean }) => version.storage).name;
    const stored: string[] = old.storedVersions ?? [];
    const condition = (type: string, now: { status: string; reason: string; message: string }): JsonMap => {
      const before = conditionOf(old, type);
      const since = before?.["status"] === now.status ? before["lastTransitionTime"] : undefined;
      return { lastTransitionTime: since ?? formatTime(this.#objects.clock.wallMs()), ...now, type };
    };
    return {
      conditions: [condition("NamesAccepted", accepted), condition("Established", established)],
      acceptedNames: names,
      storedVersions: stored.includes(storage) ? stored : [...stored, storage],
    };
  }

  /** Deletes all objects of a definition that is going. */
  #empty(definition: KubeObject): void {
    const { registry, store } = this.#objects;
    const key = keyOf(definition);
    const type = registry.get(key)?.storage;
    for (const { metadata } of store.collection(key).list()) {
      if (type === undefined || metadata.deletionTimestamp !== undefined) continue;
      deleteObject(this.#objects, { type, namespace: metadata.namespace ?? "", name: metadata.name }, {});
    }
    this.#release(key);
  }

  /** Lets a definition go once nothing of it is left. */
  #release(key: string): void {
    const collection = this.#objects.store.collection(definitionsKey);
    const definition = collection.get(key);
    if (definition?.metadata.deletionTimestamp === undefined || this.#objects.store.collection(key).size > 0) return;
    this.#served.delete(key);
    this.#objects.rewrite(collection, definition, (metadata) => {
      metadata.finalizers = (metadata.finalizers ?? []).filter((name) => name !== cleanupFinalizer);
    });
  }
}

function keyOf({ spec }: KubeObject): string {
  return `${spec.names.plural}.${spec.group}`;
}

// deno-lint-ignore no-explicit-any -- the status of a definition
function conditionOf(status: any, type: string): JsonMap | undefined {
  return (status.conditions ?? []).find((condition: JsonMap) => condition["type"] === type);
}
