import type { Clock } from "../../base/clock.ts";
import { type KubeObject, type OwnerReference, splitApiVersion } from "../../k8s/object.ts";
import { deleteObject, foregroundFinalizer, orphanFinalizer, type Propagation } from "../deletion.ts";
import { ApiFault } from "../faults.ts";
import type { Objects } from "../objects.ts";
import type { Change, Location } from "../store.ts";
import { WorkQueue } from "./work_queue.ts";

/** Collection comes a moment after its cause, as in a real cluster. */
const delayMs = 20;

/** Deletes what has lost its owners, and carries out foreground and orphan deletions (garbage collector). */
export class Collector {
  readonly #objects: Objects;
  readonly #queue: WorkQueue;
  readonly #unsubscribe: () => void;

  constructor(objects: Objects, clock: Clock, onFault: (error: unknown) => void) {
    this.#objects = objects;
    this.#queue = new WorkQueue(clock, (uid) => this.#visit(uid), onFault);
    this.#unsubscribe = objects.store.subscribe((change) => this.#onChange(change));
  }

  stop(): void {
    this.#unsubscribe();
    this.#queue.stop();
  }

  #onChange({ type, object, previous }: Change): void {
    const { store } = this.#objects;
    const { metadata } = object;
    if (type === "DELETED") {
      for (const dependent of store.dependentsOf(metadata.uid!)) this.#add(dependent);
      // An owner that waits in the foreground may wait for this one.
      for (const owner of metadata.ownerReferences ?? []) this.#queue.add(owner.uid, delayMs);
      return;
    }
    const finalizers = metadata.finalizers ?? [];
    const deleting = metadata.deletionTimestamp !== undefined;
    if (deleting && (finalizers.includes(foregroundFinalizer) || finalizers.includes(orphanFinalizer))) {
      this.#queue.add(metadata.uid!, delayMs);
    }
    const owners = metadata.ownerReferences;
    if (owners !== undefined && owners !== previous?.metadata.ownerReferences) this.#queue.add(metadata.uid!, delayMs);
    if (deleting) { for (const owner of owners ?? []) this.#queue.add(owner.uid, delayMs); }
  }

  #add(location: Location): void {
    const uid = location.collection.get(location.key)?.metadata.uid;
    if (uid !== undefined) this.#queue.add(uid, delayMs);
  }

  #visit(uid: string): void {
    const location = this.#objects.store.findUid(uid);
    const object = location?.collection.get(location.key);
    if (location === undefined || object === undefined) return;
    const { metadata } = object;
    if (metadata.deletionTimestamp !== undefined) {
      if (metadata.finalizers?.includes(orphanFinalizer)) return this.#orphan(location, object);
      if (metadata.finalizers?.includes(foregroundFinalizer)) return this.#deleteDependents(location, object);
      return;
    }
    this.#judge(location, object);
  }

  /** Takes a deleted owner out of its dependents, then lets it go. */
  #orphan(location: Location, owner: KubeObject): void {
    for (const { collection, key } of this.#objects.store.dependentsOf(owner.metadata.uid!)) {
      const dependent = collection.get(key)!;
      this.#objects.rewrite(
        collection,
        dependent,
        (metadata) => dropOwners(metadata, (each) => each.uid === owner.metadata.uid),
      );
    }
    this.#dropFinalizer(location, orphanFinalizer);
  }

  /** Deletes the dependents of an owner that waits for them, and lets it go when no blocking one is left. */
  #deleteDependents(location: Location, owner: KubeObject): void {
    const uid = owner.metadata.uid!;
    let blocked = false;
    for (const { collection, key } of this.#objects.store.dependentsOf(uid)) {
      const dependent = collection.get(key)!;
      const reference = dependent.metadata.ownerReferences!.find((each) => each.uid === uid)!;
      if (reference.blockOwnerDeletion === true) blocked = true;
      if (dependent.metadata.deletionTimestamp !== undefined) continue;
      const solid = dependent.metadata.ownerReferences!.some((each) =>
        each.uid !== uid && this.#ownerState(dependent, each) === "present"
      );
      if (solid) {
        this.#objects.rewrite(collection, dependent, (metadata) => dropOwners(metadata, (each) => each.uid === uid));
      } else this.#delete(dependent, reference.blockOwnerDeletion === true ? "Foreground" : "Background");
    }
    if (!blocked || this.#objects.store.dependentsOf(uid).length === 0) {
      this.#dropFinalizer(location, foregroundFinalizer);
    }
  }

  /** Deletes an object whose owners are all gone; takes gone owners from one that has others. */
  #judge(location: Location, object: KubeObject): void {
    const owners = object.metadata.ownerReferences ?? [];
    if (owners.length === 0) return;
    const states = new Map(owners.map((owner) => [owner, this.#ownerState(object, owner)]));
    const present = owners.filter((owner) => states.get(owner) === "present");
    const waiting = owners.filter((owner) => states.get(owner) === "waiting");
    if (present.length > 0) {
      if (present.length === owners.length) return;
      this.#objects.rewrite(
        location.collection,
        object,
        (metadata) => dropOwners(metadata, (each) => states.get(each) !== "present"),
      );
      return;
    }
    this.#delete(
      object,
      waiting.length > 0 && this.#objects.store.dependentsOf(object.metadata.uid!).length > 0
        ? "Foreground"
        : undefined,
    );
  }

  /** `waiting`: the owner is there, deleted in the foreground. An owner in another namespace is not an owner. */
  #ownerState(dependent: KubeObject, owner: OwnerReference): "present" | "waiting" | "absent" {
    const location = this.#objects.store.findUid(owner.uid);
    const found = location?.collection.get(location.key);
    if (found === undefined || found.kind !== owner.kind || found.metadata.name !== owner.name) return "absent";
    if (splitApiVersion(found.apiVersion).group !== splitApiVersion(owner.apiVersion).group) return "absent";
    const namespace = found.metadata.namespace;
    if (namespace !== undefined && namespace !== dependent.metadata.namespace) return "absent";
    const waits = found.metadata.deletionTimestamp !== undefined &&
      found.metadata.finalizers?.includes(foregroundFinalizer);
    return waits === true ? "waiting" : "present";
  }

  #delete(object: KubeObject, propagation: Propagation | undefined): void {
    const { group, version } = splitApiVersion(object.apiVersion);
    const type = this.#objects.registry.findKind(group, object.kind, version) ??
      this.#objects.registry.findKind(group, object.kind);
    if (type === undefined) return;
    const target = { type, namespace: object.metadata.namespace ?? "", name: object.metadata.name };
    try {
      deleteObject(this.#objects, target, {
        uid: object.metadata.uid!,
        ...(propagation === undefined ? {} : { propagation }),
      });
    } catch (error) {
      // Somebody was faster: the change that they made brings the object back here.
      if (!(error instanceof ApiFault)) throw error;
    }
  }

  #dropFinalizer({ collection, key }: Location, finalizer: string): void {
    const object = collection.get(key);
    if (object === undefined) return;
    this.#objects.rewrite(collection, object, (metadata) => {
      const rest = (metadata.finalizers ?? []).filter((name) => name !== finalizer);
      if (rest.length > 0) metadata.finalizers = rest;
      else delete metadata.finalizers;
    });
  }
}

function dropOwners(metadata: KubeObject["metadata"], gone: (owner: OwnerReference) => boolean): void {
  const rest = (metadata.ownerReferences ?? []).filter((owner) => !gone(owner));
  if (rest.length > 0) metadata.ownerReferences = rest;
  else delete metadata.ownerReferences;
}
