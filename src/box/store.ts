import { labelValue } from "../k8s/names.ts";
import {
  compareResourceVersions,
  type KubeObject,
  type ObjectKey,
  objectKey,
  type ResourceType,
} from "../k8s/object.ts";
import { type Applied, type Memory, type ObservedChild, type OwnerKey, ownerKey } from "../reconcile/mod.ts";
import { OwnWrites } from "./own_writes.ts";
import { Tombstones } from "./tombstones.ts";

/** The owner key that the children of a CR carry in their labels. */
export function ownerKeyOf(cr: { metadata: { name: string; namespace?: string } }): OwnerKey {
  return ownerKey(cr.metadata.namespace ?? "", labelValue(cr.metadata.name));
}

/** A name that was found taken by something that is not ours is tried again after this time. */
const foreignForMs = 30_000;

/**
 * What one box knows of the cluster: its CRs whole, its children projected. Filled by informers and by the answers to
 * the box's own writes; an older state never replaces a newer one, so a pass always sees its box's own last write.
 */
export class Store implements Memory {
  readonly #crs = new Map<ObjectKey, KubeObject>();
  readonly #crByOwner = new Map<OwnerKey, ObjectKey>();
  /** resource → key → child */
  readonly #children = new Map<string, Map<ObjectKey, ObservedChild>>();
  /** owner → id of child → child */
  readonly #byOwner = new Map<OwnerKey, Map<string, ObservedChild>>();
  /** id of child → what its last apply left */
  readonly #applied = new Map<string, Applied>();
  readonly #appliedStatus = new Map<string, Applied>();
  /** id of child → until when it counts as taken, in monotonic ms */
  readonly #foreign = new Map<string, number>();
  readonly #dead = new Tombstones();
  readonly #ownWrites = new OwnWrites();
  /** Resources whose history began anew: until their list is complete, whatever comes is news. */
  readonly #restarted = new Set<string>();
  readonly #texts = new Map<string, string>();
  readonly #crResource: string;
  readonly #nowMs: () => number;

  constructor(crType: ResourceType, nowMs: () => number) {
    this.#crResource = resourceId(crType);
    this.#nowMs = nowMs;
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

  /** The CR that an owner key names, if it is there. */
  crOf(owner: OwnerKey): ObjectKey | undefined {
    return this.#crByOwner.get(owner);
  }

  /** The API server's history of a resource is another one: versions compare with nothing that was seen before. */
  restart(type: ResourceType): void {
    this.#restarted.add(resourceId(type));
    this.#ownWrites.clear(resourceId(type));
    this.#dead.clear();
  }

  /** The state of this resourceVersion is here: it is what an own write of such a thing was answered with. */
  wrote(type: ResourceType, resourceVersion: string | undefined): void {
    this.#ownWrites.add(resourceId(type), resourceVersion);
  }

  hasWritten(type: ResourceType, resourceVersion: string): boolean {
    return this.#ownWrites.has(resourceId(type), resourceVersion);
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
    this.#crs.set(key, { ...cr, metadata });
    this.#crByOwner.set(ownerKeyOf(cr), key);
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
    this.#crByOwner.delete(ownerKeyOf(cr));
    return true;
  }

  /** After a list: what it did not bring and is not newer than it is gone. Answers the keys. */
  replaceCrs(keys: ReadonlySet<ObjectKey>, resourceVersion: string): ObjectKey[] {
    const restarted = this.#endRestart(this.#crResource);
    const gone = [...this.#crs.values()].filter((cr) =>
      !keys.has(objectKey(cr.metadata)) && (restarted || !isNewer(cr.metadata.resourceVersion, resourceVersion))
    );
    for (const cr of gone) this.removeCr(cr);
    if (restarted) this.#dead.clear(); // these ends have versions of the former history
    return gone.map((cr) => objectKey(cr.metadata));
  }

  child(type: ResourceType, key: ObjectKey): ObservedChild | undefined {
    return this.#children.get(resourceId(type))?.get(key);
  }

  /** This state of a child, or a newer one, is known: most events are echoes of the box's own writes. */
  isOld(type: ResourceType, metadata: KubeObject["metadata"]): boolean {
    const known = this.child(type, objectKey(metadata));
    return known !== undefined && !this.#isNews(resourceId(type), metadata.resourceVersion, known.resourceVersion);
  }

  childCountOf(owner: OwnerKey): number {
    return this.#byOwner.get(owner)?.size ?? 0;
  }

  childrenOf(owner: OwnerKey): ObservedChild[] {
    return [...this.#byOwner.get(owner)?.values() ?? []];
  }

  /** The state before when this one is news; `undefined` for a child that was not there; `false` when it is old. */
  putChild(child: ObservedChild): ObservedChild | undefined | false {
    const id = childId(child.type, child.key);
    let ofType = this.#children.get(resourceId(child.type));
    if (ofType === undefined) this.#children.set(resourceId(child.type), ofType = new Map());
    const known = ofType.get(child.key);
    if (known !== undefined && !this.#isNews(resourceId(child.type), child.resourceVersion, known.resourceVersion)) {
      return false;
    }
    if (this.#dead.covers(id, child.resourceVersion)) return false;
    ofType.set(child.key, child);
    if (known !== undefined && known.owner !== child.owner) this.#unlink(known.owner, id);
    let ofOwner = this.#byOwner.get(child.owner);
    if (ofOwner === undefined) this.#byOwner.set(child.owner, ofOwner = new Map());
    ofOwner.set(id, child);
    this.#foreign.delete(id);
    if (known !== undefined && known.uid !== child.uid) this.#forgetApplied(id);
    return known;
  }

  /** The child that went, or `undefined` when the end is old news. */
  removeChild(type: ResourceType, key: ObjectKey, resourceVersion: string): ObservedChild | undefined {
    const known = this.child(type, key);
    const id = childId(type, key);
    this.#dead.bury(id, resourceVersion);
    // Older: the end of a former object; or this one left the selection, and an own write brought it back.
    if (known === undefined || isNewer(known.resourceVersion, resourceVersion)) return undefined;
    this.#children.get(resourceId(type))?.delete(key);
    this.#unlink(known.owner, id);
    this.#forgetApplied(id);
    return known;
  }

  replaceChildren(type: ResourceType, keys: ReadonlySet<ObjectKey>, resourceVersion: string): ObservedChild[] {
    const restarted = this.#endRestart(resourceId(type));
    const gone = [...this.#children.get(resourceId(type))?.values() ?? []].filter((child) =>
      !keys.has(child.key) && (restarted || !isNewer(child.resourceVersion, resourceVersion))
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
    this.#children.get(resourceId(type))!.set(key, child);
    this.#byOwner.get(known.owner)?.set(childId(type, key), child);
  }

  applied(type: ResourceType, key: ObjectKey): Applied | undefined {
    return this.#applied.get(childId(type, key));
  }

  remember(type: ResourceType, key: ObjectKey, applied: Applied): void {
    this.#applied.set(childId(type, key), applied);
  }

  appliedStatus(type: ResourceType, key: ObjectKey): Applied | undefined {
    return this.#appliedStatus.get(childId(type, key));
  }

  rememberStatus(type: ResourceType, key: ObjectKey, applied: Applied): void {
    this.#appliedStatus.set(childId(type, key), applied);
  }

  isForeign(type: ResourceType, key: ObjectKey): boolean {
    const untilMs = this.#foreign.get(childId(type, key));
    return untilMs !== undefined && untilMs > this.#nowMs();
  }

  markForeign(type: ResourceType, key: ObjectKey): void {
    if (this.#foreign.size >= 10_000) this.#foreign.clear();
    this.#foreign.set(childId(type, key), this.#nowMs() + foreignForMs);
  }

  #isNews(resource: string, version: string | undefined, known: string | undefined): boolean {
    return this.#restarted.has(resource) || isNewer(version, known);
  }

  /** A list is complete. Was it the first of another history? */
  #endRestart(resource: string): boolean {
    this.#ownWrites.clear(resource);
    return this.#restarted.delete(resource);
  }

  #forgetApplied(id: string): void {
    this.#applied.delete(id);
    this.#appliedStatus.delete(id);
  }

  #unlink(owner: OwnerKey, id: string): void {
    const children = this.#byOwner.get(owner);
    children?.delete(id);
    if (children?.size === 0) this.#byOwner.delete(owner);
  }
}

function isNewer(version: string | undefined, than: string | undefined): boolean {
  return compareResourceVersions(version ?? "", than ?? "") > 0;
}

function resourceId(type: ResourceType): string {
  return `${type.plural}.${type.group}`;
}

function childId(type: ResourceType, key: ObjectKey): string {
  return `${resourceId(type)}/${key}`;
}
