import { fieldManager } from "../../k8s/names.ts";
import {
  compareResourceVersions,
  groupKind,
  type KubeObject,
  type ObjectKey,
  objectKey,
  type ResourceType,
} from "../../k8s/object.ts";
import { type ChildMemory, type ObservedChild, type OwnerIndex, ownerIndexes } from "../../reconcile/mod.ts";
import { OwnWrites } from "./own_writes.ts";
import { Tombstones } from "./tombstones.ts";

/** Records of objects that are not there, oldest forgotten first. */
const maxAbsent = 10_000;

/**
 * What one box knows of the cluster: its CRs whole, its children projected. Filled by informers and by the answers to
 * the box's own writes; an older state never replaces a newer one, so a pass always sees its box's own last write.
 */
export class Store {
  readonly #crs = new Map<ObjectKey, KubeObject>();
  /** Keys of labels that our manager owns on a CR. */
  readonly #ownedLabels = new Map<ObjectKey, readonly string[]>();
  readonly #crByOwner = new Map<OwnerIndex, ObjectKey>();
  /** resource → key → child */
  readonly #children = new Map<string, Map<ObjectKey, ObservedChild>>();
  /** owner → id of child → child */
  readonly #byOwner = new Map<OwnerIndex, Map<string, ObservedChild>>();
  /** id of child → what is remembered of it */
  readonly #memory = new Map<string, ChildMemory>();
  /** The ids in `#memory` whose objects are not there. */
  readonly #absent = new Set<string>();
  readonly #dead = new Tombstones();
  readonly #ownWrites = new OwnWrites();
  /** Resources whose history began anew: until their list is complete, whatever comes is news. */
  readonly #restarted = new Set<string>();
  readonly #texts = new Map<string, string>();
  readonly #crResource: string;

  constructor(crType: ResourceType) {
    this.#crResource = groupKind(crType);
  }

  /** Equal texts become one: the applied sets of children from one template are the same text. Bounded. */
  readonly intern = (text: string): string => {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size >= 10_000) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  };

  get crCount(): number {
    return this.#crs.size;
  }

  get childCount(): number {
    let count = 0;
    for (const children of this.#children.values()) count += children.size;
    return count;
  }

  crs(): IterableIterator<[ObjectKey, KubeObject]> {
    return this.#crs.entries();
  }

  cr(key: ObjectKey): KubeObject | undefined {
    return this.#crs.get(key);
  }

  /** Keys of labels of a CR that our manager owns. */
  ownedLabels(key: ObjectKey): readonly string[] {
    return this.#ownedLabels.get(key) ?? [];
  }

  /** The CR that an index names, if it is there. */
  crOf(owner: OwnerIndex): ObjectKey | undefined {
    return this.#crByOwner.get(owner);
  }

  /** The API server's history of a resource is another one: versions compare with nothing that was seen before. */
  restart(type: ResourceType): void {
    this.#restarted.add(groupKind(type));
    this.#ownWrites.clear(groupKind(type));
    this.#dead.clear();
  }

  /** The state of this resourceVersion is here: it is what an own write of such a thing was answered with. */
  wrote(type: ResourceType, resourceVersion: string | undefined): void {
    this.#ownWrites.add(groupKind(type), resourceVersion);
  }

  hasWritten(type: ResourceType, resourceVersion: string): boolean {
    return this.#ownWrites.has(groupKind(type), resourceVersion);
  }

  /** True when this state is news. */
  putCr(cr: KubeObject): boolean {
    const key = objectKey(cr.metadata);
    const known = this.#crs.get(key);
    const { resourceVersion } = cr.metadata;
    if (known !== undefined && !this.#isNews(this.#crResource, resourceVersion, known.metadata.resourceVersion)) {
      return false;
    }
    if (this.#dead.covers(`cr ${key}`, resourceVersion)) return false;
    const { managedFields: _managed, ...metadata } = cr.metadata;
    if (known !== undefined && known.metadata.uid !== cr.metadata.uid) this.#unindex(known);
    this.#crs.set(key, { ...cr, metadata });
    const owned = ownedLabelsOf(cr);
    if (owned.length > 0) this.#ownedLabels.set(key, owned);
    else this.#ownedLabels.delete(key);
    for (const index of ownerIndexes(cr)) this.#crByOwner.set(index, key);
    return true;
  }

  /** True when it was there and is gone now; an end that is older than what we know of a successor is no news. */
  removeCr(cr: KubeObject): boolean {
    const key = objectKey(cr.metadata);
    const known = this.#crs.get(key);
    this.#dead.bury(`cr ${key}`, cr.metadata.resourceVersion);
    if (known === undefined) return false;
    // Of a former object; or it left the selection, and an own write brought it back.
    if (isNewer(known.metadata.resourceVersion, cr.metadata.resourceVersion)) return false;
    this.#crs.delete(key);
    this.#ownedLabels.delete(key);
    this.#unindex(known);
    return true;
  }

  /** After a list: what it did not bring and is not newer than it is gone. Answers the keys. */
  replaceCrs(keys: ReadonlySet<ObjectKey>, resourceVersion: string, namespace?: string): ObjectKey[] {
    const restarted = this.#endRestart(this.#crResource);
    const gone = [...this.#crs.values()].filter((cr) =>
      !keys.has(objectKey(cr.metadata)) && isIn(namespace, cr.metadata.namespace) &&
      (restarted || !isNewer(cr.metadata.resourceVersion, resourceVersion))
    );
    for (const cr of gone) this.removeCr(cr);
    if (restarted) this.#dead.clear(); // these ends have versions of the former history
    return gone.map((cr) => objectKey(cr.metadata));
  }

  child(type: ResourceType, key: ObjectKey): ObservedChild | undefined {
    return this.#children.get(groupKind(type))?.get(key);
  }

  /** This state of a child, or a newer one, is known: most events are echoes of the box's own writes. */
  isOld(type: ResourceType, metadata: KubeObject["metadata"]): boolean {
    const known = this.child(type, objectKey(metadata));
    return known !== undefined && !this.#isNews(groupKind(type), metadata.resourceVersion, known.resourceVersion);
  }

  childrenOfKind(type: ResourceType): ObservedChild[] {
    return [...this.#children.get(groupKind(type))?.values() ?? []];
  }

  childCountOf(cr: KubeObject): number {
    return ownerIndexes(cr).reduce((count, index) => count + (this.#byOwner.get(index)?.size ?? 0), 0);
  }

  /** What is looked up under a CR; whether it is the CR's own is for the decision to tell. */
  childrenOf(cr: KubeObject): ObservedChild[] {
    return ownerIndexes(cr).flatMap((index) => [...this.#byOwner.get(index)?.values() ?? []]);
  }

  /** The state before when this one is news; `undefined` for a child that was not there; `false` when it is old. */
  putChild(child: ObservedChild): ObservedChild | undefined | false {
    const id = childId(child.type, child.key);
    let ofType = this.#children.get(groupKind(child.type));
    if (ofType === undefined) this.#children.set(groupKind(child.type), ofType = new Map());
    const known = ofType.get(child.key);
    if (known !== undefined && !this.#isNews(groupKind(child.type), child.resourceVersion, known.resourceVersion)) {
      return false;
    }
    if (this.#dead.covers(id, child.resourceVersion)) return false;
    ofType.set(child.key, child);
    if (known !== undefined && known.owner !== child.owner) this.#unlink(known.owner, id);
    let ofOwner = this.#byOwner.get(child.owner);
    if (ofOwner === undefined) this.#byOwner.set(child.owner, ofOwner = new Map());
    ofOwner.set(id, child);
    if (known !== undefined && known.uid !== child.uid) this.#left(id, known);
    this.#absent.delete(id);
    const record = this.#memory.get(id);
    if (record?.taken !== undefined) this.#memory.set(id, { ...record, taken: undefined });
    return known;
  }

  /** The child that went, or `undefined` when the end is old news. */
  removeChild(type: ResourceType, key: ObjectKey, resourceVersion: string): ObservedChild | undefined {
    const known = this.child(type, key);
    const id = childId(type, key);
    this.#dead.bury(id, resourceVersion);
    // Older: the end of a former object; or this one left the selection, and an own write brought it back.
    if (known === undefined || isNewer(known.resourceVersion, resourceVersion)) return undefined;
    this.#children.get(groupKind(type))?.delete(key);
    this.#unlink(known.owner, id);
    this.#left(id, known);
    return known;
  }

  /** A kind is not served any more: it has no objects, and what was learned of it counts no longer. */
  forgetKind(type: ResourceType): ObservedChild[] {
    const gone = [...this.#children.get(groupKind(type))?.values() ?? []];
    this.#children.delete(groupKind(type));
    for (const child of gone) {
      this.#unlink(child.owner, childId(type, child.key));
      this.#memory.delete(childId(type, child.key));
      this.#absent.delete(childId(type, child.key));
    }
    this.restart(type);
    return gone;
  }

  /** A read found the child, which a write may have been told to be gone. */
  foundChild(child: ObservedChild): void {
    this.#dead.exhume(childId(child.type, child.key), child.resourceVersion);
    this.putChild(child);
  }

  /** A write found that this very object is not there any more. */
  dropChild(type: ResourceType, key: ObjectKey, uid: string): void {
    const known = this.child(type, key);
    if (known?.uid === uid) this.removeChild(type, key, known.resourceVersion);
  }

  /** A state that an event brought is the last of an object: what it ran to counts. */
  noteEnd(type: ResourceType, key: ObjectKey, finished: boolean): void {
    const known = this.child(type, key);
    if (known === undefined || !finished || known.finished) return;
    const child = { ...known, finished };
    this.#children.get(groupKind(type))!.set(key, child);
    this.#byOwner.get(known.owner)?.set(childId(type, key), child);
  }

  /**
   * The list of a watch has come. What it does not have is gone, unless no watch selects it: children of former versions
   * carry no identity, and were found by a list of their own.
   */
  replaceChildren(
    type: ResourceType,
    keys: ReadonlySet<ObjectKey>,
    resourceVersion: string,
    namespace?: string,
  ): ObservedChild[] {
    const restarted = this.#endRestart(groupKind(type));
    const gone = [...this.#children.get(groupKind(type))?.values() ?? []].filter((child) =>
      !keys.has(child.key) && isIn(namespace, child.view.metadata.namespace) &&
      (restarted || (isSelected(child) && !isNewer(child.resourceVersion, resourceVersion)))
    );
    for (const child of gone) this.removeChild(type, child.key, child.resourceVersion);
    if (restarted) this.#dead.clear(); // these ends have versions of the former history
    return gone;
  }

  /** Our own delete went through: until an event says more, the child is on its way out. */
  markDeleting(type: ResourceType, key: ObjectKey, uid: string): void {
    const known = this.child(type, key);
    if (known === undefined || known.uid !== uid) return;
    const child = { ...known, deleting: true };
    this.#children.get(groupKind(type))!.set(key, child);
    this.#byOwner.get(known.owner)?.set(childId(type, key), child);
  }

  recall(type: ResourceType, key: ObjectKey): ChildMemory | undefined {
    return this.#memory.get(childId(type, key));
  }

  /** Adds to what is remembered of an object, whether it is there or not. */
  remember(type: ResourceType, key: ObjectKey, memory: Partial<ChildMemory>): void {
    const id = childId(type, key);
    this.#memory.set(id, { ...this.#memory.get(id), ...memory });
    if (this.child(type, key) === undefined) this.#markAbsent(id);
  }

  #isNews(resource: string, version: string | undefined, known: string | undefined): boolean {
    return this.#restarted.has(resource) || isNewer(version, known);
  }

  /** A list is complete. Was it the first of another history? */
  #endRestart(resource: string): boolean {
    this.#ownWrites.clear(resource);
    return this.#restarted.delete(resource);
  }

  /** An object is not there any more: what was applied to it counts no longer, what it was does. */
  #left(id: string, child: ObservedChild): void {
    const { made, ran, owner } = this.#memory.get(id) ?? {};
    const digest = child.applied ?? made;
    this.#memory.set(id, { uid: child.uid, owner, ran: child.finished ? digest : ran });
    this.#markAbsent(id);
  }

  #markAbsent(id: string): void {
    this.#absent.delete(id);
    this.#absent.add(id);
    if (this.#absent.size <= maxAbsent) return;
    const [oldest] = this.#absent;
    this.#absent.delete(oldest!);
    this.#memory.delete(oldest!);
  }

  #unindex(cr: KubeObject): void {
    for (const index of ownerIndexes(cr)) this.#crByOwner.delete(index);
  }

  #unlink(owner: OwnerIndex, id: string): void {
    const children = this.#byOwner.get(owner);
    children?.delete(id);
    if (children?.size === 0) this.#byOwner.delete(owner);
  }
}

/** `undefined`: the list was of all namespaces. */
function isIn(namespace: string | undefined, own: string | undefined): boolean {
  return namespace === undefined || namespace === own;
}

function isNewer(version: string | undefined, than: string | undefined): boolean {
  return compareResourceVersions(version ?? "", than ?? "") > 0;
}

function childId(type: ResourceType, key: ObjectKey): string {
  return `${groupKind(type)}/${key}`;
}

/**
 * Keys of labels that a box put on its CR. A CR that is itself a child has an `Apply` entry of ours, or one of its
 * creation, which owns more than metadata: these labels are not the CR's box's.
 */
function ownedLabelsOf(cr: KubeObject): string[] {
  const keys: string[] = [];
  for (const { manager, operation, subresource, fieldsV1 } of cr.metadata.managedFields ?? []) {
    if (manager !== fieldManager || operation !== "Update" || subresource !== undefined) continue;
    if (fieldsV1 === undefined || Object.keys(fieldsV1).some((field) => field !== "f:metadata")) continue;
    const set = (fieldsV1 as { "f:metadata"?: { "f:labels"?: object } })["f:metadata"]?.["f:labels"];
    for (const field of Object.keys(set ?? {})) if (field.startsWith("f:")) keys.push(field.slice(2));
  }
  return keys;
}

/** Watches of children select by the owner's kind. */
function isSelected(child: ObservedChild): boolean {
  return child.labelled.ownerKind !== undefined;
}
