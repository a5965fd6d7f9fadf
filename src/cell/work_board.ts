import type { ObjectKey } from "../k8s/object.ts";

/** An object that was in processing, and its generation then. */
export interface AtWork {
  readonly key: ObjectKey;
  readonly generation?: number;
}

/**
 * What a pass leaves behind may end its cell a moment later: the next beat reports the heap, and the next look
 * at it ends the cell, a second each.
 */
export const aftermathMs = 2_500;
/** Passes that are kept track of; a box with more workers has some that are not. */
const slots = 16;
/** Bytes of a slot: state (1), length of the key (2), when it ended and the generation (8 each), the key. */
const slotBytes = 384;
const keyAt = 24;
const atWork = 1;
const ended = 2;

/**
 * Which objects are in processing in a cell, in memory that it shares with its parent: a cell that dies at once, in the
 * middle of a pass, could send no message any more. Each cell has one, and can reach no other.
 */
export class WorkBoard {
  readonly memory: SharedArrayBuffer;
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #wallMs: () => number;
  /** Key → its slot. */
  readonly #slotOf = new Map<ObjectKey, number>();
  #next = 0;

  /**
   * `memory` is that of the other side; without it the board is a new one. `wallMs` is a clock that both sides have.
   */
  constructor(wallMs: () => number, memory = new SharedArrayBuffer(slots * slotBytes)) {
    this.memory = memory;
    this.#view = new DataView(memory);
    this.#bytes = new Uint8Array(memory);
    this.#wallMs = wallMs;
  }

  began(key: ObjectKey, generation = NaN): void {
    const slot = this.#freeSlot();
    if (slot === undefined) return;
    this.#slotOf.set(key, slot);
    const at = slot * slotBytes;
    const { written } = encoder.encodeInto(key, this.#bytes.subarray(at + keyAt, at + slotBytes));
    this.#view.setUint16(at + 2, written);
    this.#view.setFloat64(at + 16, generation);
    this.#view.setUint8(at, atWork);
  }

  ended(key: ObjectKey): void {
    const slot = this.#slotOf.get(key);
    if (slot === undefined) return;
    this.#slotOf.delete(key);
    this.#view.setFloat64(slot * slotBytes + 8, this.#wallMs());
    this.#view.setUint8(slot * slotBytes, ended);
  }

  /**
   * The objects in processing. When there are none: those that finished within the last `graceMs`, since what a pass
   * leaves behind may be felt a moment later only.
   */
  read(graceMs: number): AtWork[] {
    const sinceMs = this.#wallMs() - graceMs;
    const states = Array.from({ length: slots }, (_, slot) => this.#view.getUint8(slot * slotBytes));
    const busy = states.flatMap((state, slot) => state === atWork ? [slot] : []);
    const lately = states.flatMap((state, slot) =>
      state === ended && this.#view.getFloat64(slot * slotBytes + 8) >= sinceMs ? [slot] : []
    );
    return (busy.length > 0 ? busy : lately).map((slot) => this.#readSlot(slot));
  }

  #readSlot(slot: number): AtWork {
    const at = slot * slotBytes;
    const length = Math.min(this.#view.getUint16(at + 2), slotBytes - keyAt);
    const generation = this.#view.getFloat64(at + 16);
    const key = decoder.decode(this.#bytes.slice(at + keyAt, at + keyAt + length));
    return { key: key as ObjectKey, ...(Number.isNaN(generation) ? {} : { generation }) };
  }

  /** In turn, so that what has ended stays readable for as long as it can. */
  #freeSlot(): number | undefined {
    for (let i = 0; i < slots; i++) {
      const slot = this.#next;
      this.#next = (slot + 1) % slots;
      if (this.#view.getUint8(slot * slotBytes) !== atWork) return slot;
    }
    return undefined;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
