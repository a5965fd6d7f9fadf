import { groupKind, type KubeObject, type ObjectKey, type ResourceType, splitKey } from "../k8s/object.ts";
import type { DeleteChild } from "./change.ts";
import type { CompiledBox } from "./compile.ts";
import { type Desired, entryOf, identityOf } from "./desired.ts";
import { knownUidOf, type PassMemory } from "./memory.ts";
import type { ObservedChild } from "./observed.ts";
import { claimContext, claimOn, isOwn, mayPrune } from "./ownership.ts";

interface NotCreated {
  /** `groupKind`. */
  readonly kind: string;
  /** As of `DesiredChild`. */
  readonly entry: string;
  readonly namespace: string | undefined;
}

/**
 * Children that cannot be created now: the child that each replaces stays (ruling 63). That is one of the same entry,
 * with `toNamespaces` one in the same namespace; or one of the same kind whose entry is not known, since the Katalog may
 * have been changed while the box did not run.
 */
export class Uncreatable {
  /** Entry → namespaces; `undefined` for every one. */
  readonly #entries = new Map<string, Set<string> | undefined>();
  readonly #kinds = new Set<string>();

  add({ type, key, entry }: { readonly type: ResourceType; readonly key: ObjectKey; readonly entry: string }): void {
    this.addNamed({ kind: groupKind(type), entry, namespace: splitKey(key).namespace });
  }

  addNamed({ kind, entry, namespace }: NotCreated): void {
    this.#kinds.add(kind);
    const id = entryOf(entry);
    const isTarget = namespace !== undefined && entry !== id && entry.endsWith(`[${namespace}]`);
    if (!isTarget) this.#entries.set(id, undefined);
    else if (!this.#entries.has(id)) this.#entries.set(id, new Set([namespace]));
    else this.#entries.get(id)?.add(namespace);
  }

  /** May a child that cannot be created be the successor of the one to be deleted? */
  mayReplace({ type, key, from }: DeleteChild): boolean {
    if (from === undefined) return this.#kinds.has(groupKind(type));
    if (!this.#entries.has(from)) return false;
    const namespaces = this.#entries.get(from);
    return namespaces === undefined || namespaces.has(splitKey(key).namespace ?? "");
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
    const [kind, ...place] = id.split("/");
    if (!isThere(id)) uncreatable.addNamed({ kind: kind!, entry, namespace: splitKey(place.join("/")).namespace });
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
