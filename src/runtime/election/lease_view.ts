import { compareResourceVersions, type KubeObject } from "../../k8s/object.ts";
import { isSameRecord, type LeaseRecord, readLease } from "./lease_record.ts";

/** The Lease as it was last seen. */
interface Seen {
  readonly lease: KubeObject;
  readonly record: LeaseRecord;
}

/**
 * What one process knows of a Lease, and since when on its own monotonic clock. Only differences on that clock count:
 * the times in a Lease come from the clock of another machine.
 */
export class LeaseView {
  readonly #nowMs: () => number;
  readonly #defaultMs: number;
  readonly #headStartMs: number;
  /** `undefined`: not looked at yet; `null`: there is none. */
  #seen: Seen | null | undefined;
  /** When the holder last did something, as seen from here. */
  #activeMs = 0;
  /** The holder of a Lease that was deleted: it may lead on, and creates the Lease again. */
  #deleted: LeaseRecord | undefined;
  #transitions: number | undefined;

  /**
   * `defaultMs`: the lease duration where a Lease has none. `headStartMs`: how long the holder of a Lease that was
   * deleted is left to create it again.
   */
  constructor(nowMs: () => number, { defaultMs, headStartMs }: { defaultMs: number; headStartMs: number }) {
    this.#nowMs = nowMs;
    this.#defaultMs = defaultMs;
    this.#headStartMs = headStartMs;
  }

  get lease(): KubeObject | undefined {
    return this.#seen?.lease;
  }

  get record(): LeaseRecord | undefined {
    return this.#seen?.record;
  }

  /** The number of holder changes as last seen; `undefined`: none was ever seen. */
  get transitions(): number | undefined {
    return this.#transitions;
  }

  /** Takes in a state of the Lease; returns false for one that is older than what is known. */
  saw(lease: KubeObject): boolean {
    const before = this.#seen ?? undefined;
    if (before !== undefined && before.lease.metadata.uid === lease.metadata.uid && isOlder(lease, before.lease)) {
      return false;
    }
    const record = readLease(lease);
    if (before === undefined || !isSameRecord(before.record, record)) this.#activeMs = this.#nowMs();
    // What is there now counts, also where it is less than before: the number wraps around.
    this.#transitions = record.transitions;
    this.#seen = { lease, record };
    this.#deleted = undefined;
    return true;
  }

  /** There is no Lease. Who held it may have been active until this moment. */
  sawNone(): void {
    if (this.#seen) this.#deleted = this.#seen.record;
    this.#activeMs = this.#nowMs();
    this.#seen = null;
  }

  /** The server's history has changed: versions seen before say nothing any more. */
  restarted(): void {
    if (this.#seen) this.#deleted = this.#seen.record;
    this.#seen = undefined;
  }

  /**
   * Time until `identity` may take the Lease, in ms; 0: now, `undefined`: unknown as long as the Lease was not seen.
   */
  freeInMs(identity: string): number | undefined {
    if (this.#seen === undefined) return undefined;
    const record = this.#seen?.record ?? this.#deleted;
    if (record?.holder === undefined || this.#seen?.record.holder === identity) return 0;
    const silenceMs = this.#seen === null ? this.#headStartMs : record.durationMs ?? this.#defaultMs;
    return Math.max(0, this.#activeMs + silenceMs - this.#nowMs());
  }
}

function isOlder(a: KubeObject, b: KubeObject): boolean {
  return compareResourceVersions(a.metadata.resourceVersion ?? "0", b.metadata.resourceVersion ?? "0") < 0;
}
