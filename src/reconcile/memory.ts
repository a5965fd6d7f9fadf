import type { KubeObject, ObjectKey, ResourceType } from "../k8s/object.ts";
import type { ObservedChild } from "./observed.ts";
import type { OwnedFields } from "./owned_fields.ts";

/** What the last apply of a child left: the desired object's digest, and what the API server made of it. */
export interface Applied {
  readonly digest: string;
  readonly owned: OwnedFields | undefined;
}

/** What a box remembers of one object, besides what it sees of it. A crash may lose all of it. */
export interface ChildMemory {
  /** Uid of the object when it was last written or proven to be a CR's, and of that CR. */
  readonly uid?: string | undefined;
  /** Uid of the CR whose child it was. */
  readonly owner?: string | undefined;
  /** Entry that declared it last, as `onReconcile.configMaps[0]`. */
  readonly entry?: string | undefined;
  readonly applied?: Applied | undefined;
  /** What the last apply to its status left. */
  readonly appliedStatus?: Applied | undefined;
  /** Something that is not ours has the name; satisfies an entry that only creates. In monotonic ms, and who. */
  readonly taken?: { readonly untilMs: number; readonly by: string } | undefined;
  /** A claim's growth that the API server refused; tried again when either changes. */
  readonly refused?: { readonly digest: string; readonly resourceVersion: string; readonly why: string } | undefined;
  /** Digest of the object that was created, of kinds that carry none. */
  readonly made?: string | undefined;
  /** Job: digest of the object that ran to its end; it is not run again for the same plan (ruling 43). */
  readonly ran?: string | undefined;
}

/** Uid of the object that is known to have been this CR's child; another CR's proves nothing (ruling 41). */
export function knownUidOf(memory: ChildMemory | undefined, cr: KubeObject): string | undefined {
  return memory?.owner !== undefined && memory.owner === cr.metadata.uid ? memory.uid : undefined;
}

/** What a decision looks up. */
export interface PassMemory {
  /** A child as last seen, whoever it belongs to; `undefined` when the box sees none. */
  child(type: ResourceType, key: ObjectKey): ObservedChild | undefined;
  recall(type: ResourceType, key: ObjectKey): ChildMemory | undefined;
  /** The type under which the API server serves a kind now; `undefined`: it serves none (ruling 70). */
  served(type: ResourceType): ResourceType | undefined;
  /**
   * Why objects of a kind cannot be read, where that is so since the box started. They are not absent: nothing is decided
   * on them.
   */
  unseen(type: ResourceType): string | undefined;
  /** Monotonic. */
  readonly nowMs: number;
}
