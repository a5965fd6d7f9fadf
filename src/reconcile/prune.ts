import { groupKind, type KubeObject, type ResourceType } from "../k8s/object.ts";
import type { DeleteChild } from "./change.ts";
import type { CompiledBox } from "./compile.ts";
import { type Desired, entryOf, identityOf } from "./desired.ts";
import { knownUidOf, type PassMemory } from "./memory.ts";
import type { ObservedChild } from "./observed.ts";
import { claimContext, claimOn, isOwn, mayPrune } from "./ownership.ts";

/**
 * Children that cannot be created now: the child that each replaces stays (ruling 63). That is one of the same entry;
 * or one of the same kind whose entry is not known, since the Katalog may have been changed while the box did not run.
 */
export class Uncreatable {
  readonly #entries = new Set<string>();
  readonly #kinds = new Set<string>();

  add(child: { readonly type: ResourceType; readonly entry: string } | { kind: string; entry: string }): void {
    this.#entries.add(entryOf(child.entry));
    this.#kinds.add("kind" in child ? child.kind : groupKind(child.type));
  }

  /** May a child that cannot be created be the successor of the one to be deleted? */
  mayReplace({ type, from }: DeleteChild): boolean {
    return from === undefined ? this.#kinds.has(groupKind(type)) : this.#entries.has(from);
  }
}

/** Deletes children that no entry declares, except predecessors of children that cannot be created. */
export function decidePruning(
  { box, cr, memory }: { readonly box: CompiledBox; readonly cr: KubeObject; readonly memory: PassMemory },
  { children, kept, off }: Desired,
  seen: readonly ObservedChild[],
  uncreatable: Uncreatable,
): DeleteChild[] {
  const context = claimContext(box);
  const isThere = (id: string) => seen.some((child) => identityOf(child) === id && isOwn(claimOn(child, cr, context)));
  const wanted = new Set([...children.map(identityOf), ...kept.names]);
  const candidates = seen
    .filter((child) => isReconciled(child) && !child.deleting && !child.finished)
    .filter((child) => !wanted.has(identityOf(child)) && !kept.kinds.has(groupKind(child.type)))
    .filter((child) => mayPrune(child, cr, context));
  if (candidates.length === 0) return [];
  for (const [id, entry] of kept.renamed) {
    if (!isThere(id)) uncreatable.add({ kind: id.slice(0, id.indexOf("/")), entry });
  }
  for (const child of kept.clashing) uncreatable.add(child);
  const namesOfOff = off();
  return candidates
    .map((child): DeleteChild => {
      const { type, key, uid } = child;
      const recalled = memory.recall(type, key);
      const known = knownUidOf(recalled, cr) === uid ? recalled?.entry : undefined;
      const from = namesOfOff.get(identityOf(child)) ?? known;
      return { action: "delete", type, key, uid, from, cause: { why: "undeclared" } };
    })
    .filter((change) => !uncreatable.mayReplace(change));
}

/**
 * Ruling 42: reconciled children carry a digest. It may have been removed, but an applied child has an applied set too;
 * one that was only created has none, or is marked where it was taken over.
 */
export function isReconciled(child: ObservedChild): boolean {
  if (child.applied === createdOnly) return false;
  return child.applied !== undefined || child.owned !== undefined;
}

/** Instead of a digest, on a child that was taken over and only has to exist: it is never changed or deleted. */
export const createdOnly = "created-only";
