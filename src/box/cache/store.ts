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

/** Records of absent objects; the oldest is evicted first. */
const maxAbsent = 10_000;

/**
 * Cache of one box: its CRs whole, its children projected. Filled by informers and by the responses to the box's own
 * writes; an older state never replaces a newer one, so a pass always sees its box's own last write.
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
  /** CR → number of changes of its children. */
  readonly #childChanges = new Map<ObjectKey, number>();
  /** id of child → what is remembered of it */
  readonly #memory = new Map<string, ChildMemory>();
  /** The ids in `#memory` whose objects are absent. */
  readonly #absent = new Set<string>();
  readonly #dead = new Tombstones();
  readonly #ownWrites = new OwnWrites();
  /** Resources with a new history: until their list is complete, every state counts as newer. */
  readonly #restarted = new Set<string>();
  /** Resources that were not served, and are not listed since: a part of them is not what passes may decide on. */
  readonly #hidden = new Set<string>();
  readonly #texts = new Map<string, string>();
  readonly #crResource: string;
  readonly #crChanged: (key: ObjectKey) => void;

  /** `crChanged` is called after every change of a CR, whether an event or the response to an own write reports it. */
  constructor(crType: ResourceType, crChanged: (key: ObjectKey) => void = () => {}) {
    this.#crResource = groupKind(crType);
    this.#crChanged = crChanged;
  }

  /** Deduplicates equal texts: children from one template have equal applied sets. Bounded. */
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

  crKeys(): IterableIterator<ObjectKey> {
    return this.#crs.keys();
  }

  cr(key: ObjectKey): KubeObject | undefined {
    return this.#crs.get(key);
  }

  /** Keys of labels of a CR that our manager owns. */
  ownedLabels(key: ObjectKey): readonly string[] {
    return this.#ownedLabels.get(key) ?? [];
  }

  /** The CR with this index, if it exists. */
  crOf(owner: OwnerIndex): ObjectKey | undefined {
    return this.#crByOwner.get(owner);
  }

  /** The API server's history of a resource is another one: versions cannot be compared with former ones. */
  restart(type: ResourceType): void {
    this.#restarted.add(groupKind(type));
    this.#ownWrites.clear(groupKind(type));
    this.#dead.clear();
  }

  /** The store has the state of this resourceVersion: it came in the response to an own write. */
  wrote(type: ResourceType, resourceVersion: string | undefined): void {
    this.#ownWrites.add(groupKind(type), resourceVersion);
  }

  hasWritten(type: ResourceType, resourceVersion: string): boolean {
    return this.#ownWrites.has(groupKind(type), resourceVersion);
  }

  /** True when this state is newer than the known one. */
  putCr(cr: KubeObject): boolean {
    const key = objectKey(cr.metadata);
    const known = this.#crs.get(key);
    const { resourceVersion } = cr.metadata;
    if (known !== undefined && !this.#isNewer(this.#crResource, resourceVersion, known.metadata.resourceVersion)) {
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
    this.#crChanged(key);
    return true;
  }

  /** True when it was cached and is removed now; a deletion that is older than the cached state is ignored. */
  removeCr(cr: KubeObject): boolean {
    const key = objectKey(cr.metadata);
    const known = this.#crs.get(key);
    this.#dead.bury(`cr ${key}`, cr.metadata.resourceVersion);
    if (known === undefined) return false;
    // Of a former object; or it left the selection, and an own write readded it.
    if (isNewer(known.metadata.resourceVersion, cr.metadata.resourceVersion)) return false;
    this.#crs.delete(key);
    this.#ownedLabels.delete(key);
    this.#childChanges.delete(key);
    this.#unindex(known);
    this.#crChanged(key);
    return true;
  }

  /** After a list: removes CRs that are not in it and not newer than it. Returns their keys. */
  replaceCrs(keys: ReadonlySet<ObjectKey>, resourceVersion: string, namespace?: string): ObjectKey[] {
    const restarted = this.#endRestart(this.#crResource);
    const gone = [...this.#crs.values()].filter((cr) =>
      !keys.has(objectKey(cr.metadata)) && isIn(namespace, cr.metadata.namespace) &&
      (restarted || !isNewer(cr.metadata.resourceVersion, resourceVersion))
    );
    for (const cr of gone) this.removeCr(cr);
    if (restarted) this.#dead.clear(); // these tombstones have versions of the former history
    return gone.map((cr) => objectKey(cr.metadata));
  }

  child(type: ResourceType, key: ObjectKey): ObservedChild | undefined {
    return this.#children.get(groupKind(type))?.get(key);
  }

  /** What passes decide on: nothing of a hidden kind. */
  shownChild(type: ResourceType, key: ObjectKey): ObservedChild | undefined {
    return this.#hidden.has(groupKind(type)) ? undefined : this.child(type, key);
  }

  /** What passes decide on, as `childrenOf`: nothing of a hidden kind. */
  shownChildrenOf(cr: KubeObject): ObservedChild[] {
    const children = this.childrenOf(cr);
    return this.#hidden.size === 0 ? children : children.filter(({ type }) => !this.#hidden.has(groupKind(type)));
  }

  /** This state of a child, or a newer one, is cached: most events are echoes of the box's own writes. */
  isOld(type: ResourceType, metadata: KubeObject["metadata"]): boolean {
    const known = this.child(type, objectKey(metadata));
    return known !== undefined && !this.#isNewer(groupKind(type), metadata.resourceVersion, known.resourceVersion);
  }

  childrenOfKind(type: ResourceType): ObservedChild[] {
    return [...this.#children.get(groupKind(type))?.values() ?? []];
  }

  childCountOf(cr: KubeObject): number {
    return ownerIndexes(cr).reduce((count, index) => count + (this.#byOwner.get(index)?.size ?? 0), 0);
  }

  /** Changes with every change of a child that is indexed under a CR while the CR is known. */
  childChanges(key: ObjectKey): number {
    return this.#childChanges.get(key) ?? 0;
  }

  /** Children indexed under a CR; the decision checks whether they are the CR's own. */
  childrenOf(cr: KubeObject): ObservedChild[] {
    return ownerIndexes(cr).flatMap((index) => [...this.#byOwner.get(index)?.values() ?? []]);
  }

  /** Returns the former state if this one is newer; `undefined` if there was none; `false` if this one is old. */
  putChild(child: ObservedChild): ObservedChild | undefined | false {
    const id = childId(child.type, child.key);
    let ofType = this.#children.get(groupKind(child.type));
    if (ofType === undefined) this.#children.set(groupKind(child.type), ofType = new Map());
    const known = ofType.get(child.key);
    // The same state, read under another version: the former one may not be served any more.
    const isMoved = known?.resourceVersion === child.resourceVersion && known.type.version !== child.type.version;
    if (
      known !== undefined && !isMoved &&
      !this.#isNewer(groupKind(child.type), child.resourceVersion, known.resourceVersion)
    ) return false;
    if (this.#dead.covers(id, child.resourceVersion)) return false;
    ofType.set(child.key, child);
    if (known !== undefined && known.owner !== child.owner) this.#unlink(known.owner, id);
    this.#link(id, child);
    if (known !== undefined && known.uid !== child.uid) this.#forgetApplied(id, known);
    this.#absent.delete(id);
    const record = this.#memory.get(id);
    if (record?.taken !== undefined) this.#memory.set(id, { ...record, taken: undefined });
    return known;
  }

  /** The removed child, or `undefined` when the deletion is older than the cached state. */
  removeChild(type: ResourceType, key: ObjectKey, resourceVersion: string): ObservedChild | undefined {
    const known = this.child(type, key);
    const id = childId(type, key);
    this.#dead.bury(id, resourceVersion);
    // Older: the deletion of a former object; or this one left the selection, and an own write readded it.
    if (known === undefined || isNewer(known.resourceVersion, resourceVersion)) return undefined;
    this.#children.get(groupKind(type))?.delete(key);
    this.#unlink(known.owner, id);
    this.#forgetApplied(id, known);
    return known;
  }

  /** A kind is not served: drops its objects, and shows none until `showKind` is called. */
  hideKind(type: ResourceType): void {
    this.#hidden.add(groupKind(type));
    this.forgetKind(type);
  }

  isHidden(type: ResourceType): boolean {
    return this.#hidden.has(groupKind(type));
  }

  /** All objects of a kind are known. */
  showKind(type: ResourceType): void {
    this.#hidden.delete(groupKind(type));
  }

  /** Drops the objects of a kind and everything remembered of them. */
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

  /** A read found the child, although the response to a write may have said that it was gone. */
  foundChild(child: ObservedChild): void {
    this.#dead.exhume(childId(child.type, child.key), child.resourceVersion);
    this.putChild(child);
  }

  /** A write found that the object with this uid does not exist any more. */
  dropChild(type: ResourceType, key: ObjectKey, uid: string): void {
    const known = this.child(type, key);
    if (known?.uid === uid) this.removeChild(type, key, known.resourceVersion);
  }

  /** Notes the last state of an object, from its DELETED event: whether it finished counts. */
  noteEnd(type: ResourceType, key: ObjectKey, finished: boolean): void {
    const known = this.child(type, key);
    if (known === undefined || !finished || known.finished) return;
    const child = { ...known, finished };
    this.#children.get(groupKind(type))!.set(key, child);
    this.#link(childId(type, key), child);
  }

  /**
   * After the list of a watch: removes children that are not in it, unless no watch selects them: children of former
   * versions carry no identity, and were found by a list of their own.
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
    if (restarted) this.#dead.clear(); // these tombstones have versions of the former history
    return gone;
  }

  /** Our own delete succeeded: until the next event, the child counts as being deleted. */
  markDeleting(type: ResourceType, key: ObjectKey, uid: string): void {
    const known = this.child(type, key);
    if (known === undefined || known.uid !== uid) return;
    const child = { ...known, deleting: true };
    this.#children.get(groupKind(type))!.set(key, child);
    this.#link(childId(type, key), child);
  }

  recall(type: ResourceType, key: ObjectKey): ChildMemory | undefined {
    return this.#memory.get(childId(type, key));
  }

  /** Adds to the memory of an object, whether it exists or not. */
  remember(type: ResourceType, key: ObjectKey, memory: Partial<ChildMemory>): void {
    const id = childId(type, key);
    this.#memory.set(id, { ...this.#memory.get(id), ...memory });
    if (this.child(type, key) === undefined) this.#markAbsent(id);
  }

  #isNewer(resource: string, version: string | undefined, known: string | undefined): boolean {
    return this.#restarted.has(resource) || isNewer(version, known);
  }

  /** A list is complete. Was it the first of another history? */
  #endRestart(resource: string): boolean {
    this.#ownWrites.clear(resource);
    return this.#restarted.delete(resource);
  }

  /** An object does not exist any more: forgets what was applied to it, keeps its identity. */
  #forgetApplied(id: string, child: ObservedChild): void {
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

  #link(id: string, child: ObservedChild): void {
    let children = this.#byOwner.get(child.owner);
    if (children === undefined) this.#byOwner.set(child.owner, children = new Map());
    children.set(id, child);
    this.#countChange(child.owner);
  }

  #unlink(owner: OwnerIndex, id: string): void {
    const children = this.#byOwner.get(owner);
    if (children?.delete(id) !== true) return;
    if (children.size === 0) this.#byOwner.delete(owner);
    this.#countChange(owner);
  }

  #countChange(owner: OwnerIndex): void {
    const key = this.#crByOwner.get(owner);
    if (key !== undefined) this.#childChanges.set(key, (this.#childChanges.get(key) ?? 0) + 1);
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
 * Keys of labels that a box set on its CR. A CR that is itself a child has an `Apply` entry of ours, or one of its
 * creation, which owns more than metadata: those labels belong to the box of its owner.
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
