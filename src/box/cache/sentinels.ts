import { canonicalJson, type Json } from "../../base/json.ts";
import { sha256Hex } from "../../base/sha256.ts";
import { type SentinelName, sentinelNames } from "../../conditions/mod.ts";
import { type KubeObject, type ObjectKey, objectKey } from "../../k8s/object.ts";
import type { SentinelView } from "../../reconcile/mod.ts";

/**
 * What of each CR has changed since it was last reconciled. It compares states, not events: what changes while a gate is
 * closed, or while nobody watches, is seen the next time. Of a CR that is not known everything has changed, and so it has
 * where another object has the name: it may have been recreated while the watch was interrupted.
 */
export class Sentinels {
  readonly #seen = new Map<ObjectKey, ReadonlyMap<SentinelName, string>>();

  of(cr: KubeObject): SentinelView {
    const last = this.#seen.get(objectKey(cr.metadata));
    const seen = last?.get("uidChanged") === digest(cr, "uidChanged") ? last : undefined;
    const changed = (name: SentinelName) => seen?.get(name) !== digest(cr, name);
    return Object.fromEntries(sentinelNames.map((name) => [name, changed(name)])) as Record<SentinelName, boolean>;
  }

  /** All that was to be done for the CR, as it was here, is done. */
  reconciled(cr: KubeObject): void {
    this.#seen.set(objectKey(cr.metadata), new Map(sentinelNames.map((name) => [name, digest(cr, name)])));
  }

  forget(key: ObjectKey): void {
    this.#seen.delete(key);
  }
}

function digest(cr: KubeObject, name: SentinelName): string {
  const value = partOf(cr, name) ?? null;
  return typeof value === "string" || typeof value === "number" ? String(value) : sha256Hex(canonicalJson(value));
}

function partOf({ metadata }: KubeObject, name: SentinelName): Json | undefined {
  switch (name) {
    case "generationChanged":
      return metadata.generation;
    case "labelsChanged":
      return metadata.labels as Json | undefined;
    case "annotationsChanged":
      return metadata.annotations as Json | undefined;
    case "finalizersChanged":
      return metadata.finalizers as Json | undefined;
    case "ownerReferenceChanged":
      return metadata.ownerReferences as unknown as Json | undefined;
    case "namespaceChanged":
      return metadata.namespace;
    case "uidChanged":
      return metadata.uid;
    case "deletionStarted":
      return metadata.deletionTimestamp;
    default:
      return name satisfies never;
  }
}
