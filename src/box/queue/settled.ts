import type { KubeObject, ObjectKey } from "../../k8s/object.ts";

/** Everything that a decision depends on besides the clock. Compared by identity: nothing in it is changed in place. */
export interface PassInputs {
  readonly cr: KubeObject;
  /** `Store.childChanges` of the CR. */
  readonly children: number;
  /** `CrossReader.versionOf` the CR. */
  readonly cross: number;
  /** `Sources.versionOf` the CR. */
  readonly sources: number;
  /** `UniqueIndex.versionOf` the CR. */
  readonly unique: number;
  /** `ExternalCalls.versionOf` the CR. */
  readonly external: number;
  /** Changes whenever something does that all CRs depend on: a kind is served, a schema is another one. */
  readonly epoch: number;
}

interface Visit extends PassInputs {
  /** Resyncs without a pass since the last one. */
  skipped: number;
}

/** A pass is made nevertheless after this many resyncs: what this file does not know of must not be lost for ever. */
const maxSkipped = 40;

/**
 * Which CRs need no pass at their resync: their last one changed nothing, and its inputs are what they were. That is
 * decided on the inputs, never on whether an event came: a change that no event has reported is found like any other.
 */
export class Settled {
  readonly #visits = new Map<ObjectKey, Visit>();

  /** A pass with these inputs has ended and changed nothing; the same inputs lead to the same. */
  add(key: ObjectKey, { cr, children, cross, sources, unique, external, epoch }: PassInputs): void {
    this.#visits.set(key, { cr, children, cross, sources, unique, external, epoch, skipped: 0 });
  }

  delete(key: ObjectKey): void {
    this.#visits.delete(key);
  }

  /** Whether a resync with these inputs may go without a pass. */
  maySkip(key: ObjectKey, now: PassInputs): boolean {
    const visit = this.#visits.get(key);
    if (visit === undefined || visit.skipped >= maxSkipped) return false;
    if (visit.cr !== now.cr || visit.children !== now.children || visit.epoch !== now.epoch) return false;
    if (visit.cross !== now.cross || visit.sources !== now.sources || visit.unique !== now.unique) {
      return false;
    }
    if (visit.external !== now.external) return false;
    visit.skipped++;
    return true;
  }
}
