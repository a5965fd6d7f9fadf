import type { KubeObject, ObjectKey, ResourceType } from "../k8s/object.ts";
import type { SourceContent } from "../resources/mod.ts";
import type { ObservedChild } from "./observed.ts";
import type { OwnedFields } from "./owned_fields.ts";

/** What the last apply of a child left: the desired object's digest, and the applied set that resulted. */
export interface Applied {
  readonly digest: string;
  readonly owned: OwnedFields | undefined;
}

/** What a box remembers of one object, besides the observed state. A crash may lose all of it. */
export interface ChildMemory {
  /** Uid of the object when it was last written or proven to be a CR's child. */
  readonly uid?: string | undefined;
  /** Uid of that CR. */
  readonly owner?: string | undefined;
  /** Entry that declared it last, as `onReconcile.configMaps[0]`. */
  readonly entry?: string | undefined;
  readonly applied?: Applied | undefined;
  /** What the last apply to its status left. */
  readonly appliedStatus?: Applied | undefined;
  /** An object that is not ours has the name; satisfies an entry that only creates. Monotonic ms, and its creator. */
  readonly taken?: { readonly untilMs: number; readonly by: string } | undefined;
  /** A claim's growth that the API server refused; retried when either changes. */
  readonly refused?: { readonly digest: string; readonly resourceVersion: string; readonly why: string } | undefined;
  /** Digest of the object that was created, of kinds that carry none. */
  readonly made?: string | undefined;
  /** Job: digest of the object that finished; it is not run again for the same plan (ruling 43). */
  readonly ran?: string | undefined;
  /** Job of `onDelete`: its namespace is being deleted, so it can never be created. Uid of the CR that it was for. */
  readonly unrunnableFor?: string | undefined;
}

/** Uid of the object that is known to have been this CR's child; another CR's proves nothing (ruling 41). */
export function knownUidOf(memory: ChildMemory | undefined, cr: KubeObject): string | undefined {
  return memory?.owner !== undefined && memory.owner === cr.metadata.uid ? memory.uid : undefined;
}

/** An object that an entry copies from. */
export interface SourceRef {
  readonly type: ResourceType;
  readonly key: ObjectKey;
}

/** What is known of a source. */
export type SourceState =
  | { readonly state: "found"; readonly content: SourceContent }
  | { readonly state: "absent" }
  /** It is not known yet whether it exists; `why` after an error. */
  | { readonly state: "pending"; readonly why?: string | undefined }
  | { readonly state: "unreadable"; readonly why: string };

/** Lookups for a decision. */
export interface PassMemory {
  /** A child as last observed, ours or not; `undefined` when there is none in the cache. */
  child(type: ResourceType, key: ObjectKey): ObservedChild | undefined;
  recall(type: ResourceType, key: ObjectKey): ChildMemory | undefined;
  /** The type under which the API server serves a kind now; `undefined`: it serves none (ruling 70). */
  served(type: ResourceType): ResourceType | undefined;
  /**
   * Why objects of a kind have been unreadable since the box started. They are not absent: nothing is decided on
   * them.
   */
  unseen(type: ResourceType): string | undefined;
  /** An object that an entry copies from. Sources are no children, even where an object is both. */
  source(type: ResourceType, key: ObjectKey): SourceState;
  /** Monotonic. */
  readonly nowMs: number;
}

/** Why a text that reads these kinds cannot be evaluated; `undefined`: it can. */
export function whyUnseen(kinds: readonly ResourceType[], memory: Pick<PassMemory, "unseen">): string | undefined {
  for (const type of kinds) {
    const why = memory.unseen(type);
    if (why !== undefined) return why;
  }
  return undefined;
}
