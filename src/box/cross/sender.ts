import type { Clock } from "../../base/clock.ts";
import type { ObjectKey } from "../../k8s/object.ts";
import { type CrossEntry, type CrossUpdate, maxObjects } from "./update.ts";

/** Objects, and characters of their JSON text, in one update; one object may exceed the latter. */
const maxUpdateObjects = 500;
const maxUpdateBytes = 1024 * 1024;
/** From a refused update until everything is sent again. */
const retryMs = 1_000;

export interface CrossSenderOptions {
  /** The box whose objects are sent. */
  readonly source: string;
  /** What is to be sent. */
  readonly state: {
    get(key: ObjectKey): CrossEntry | undefined;
    keys(): Iterable<ObjectKey>;
    readonly omitted: number;
  };
  /** Resolves when the next update may be sent; rejects when this one was not received. */
  readonly send: (update: CrossUpdate) => Promise<void>;
  /** How long changes are collected before they are sent, in ms. */
  readonly delayMs: number;
  readonly clock: Clock;
}

/**
 * Sends the objects of a box to one receiver: all of them, then what changes. One update is in flight; meanwhile changes
 * are collected by key, so a slow receiver gets the latest state of each object and costs no memory.
 */
export class CrossSender {
  readonly #options: CrossSenderOptions;
  /** Keys of the whole state that are still to be sent. */
  readonly #initial = new Set<ObjectKey>();
  readonly #changed = new Set<ObjectKey>();
  #hasBegun = false;
  /** The next update begins the whole state. */
  #begins = false;
  /** Something besides objects is to be sent. */
  #touched = false;
  #isSending = false;
  #isStopped = false;
  #cancel: (() => void) | undefined;

  constructor(options: CrossSenderOptions) {
    this.#options = options;
  }

  /** `begin` was called. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Sends everything, from the start. */
  begin(): void {
    this.#hasBegun = true;
    this.#begins = true;
    this.#changed.clear();
    this.#initial.clear();
    for (const key of this.#options.state.keys()) this.#initial.add(key);
    this.#schedule();
  }

  /** Objects that came, went or changed; none: only `omitted` did. */
  changed(keys: Iterable<ObjectKey>): void {
    if (!this.#hasBegun) return;
    this.#touched = true;
    for (const key of keys) if (!this.#initial.has(key)) this.#changed.add(key);
    // Names of objects that are gone are in no table that bounds their number.
    if (this.#changed.size > 2 * maxObjects) return this.begin();
    this.#schedule();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  #schedule(): void {
    if (this.#isSending || this.#isStopped || this.#cancel !== undefined) return;
    const { delayMs, clock } = this.#options;
    if (delayMs === 0) return this.#send();
    this.#wait(clock, delayMs, () => this.#send());
  }

  #wait(clock: Clock, ms: number, then: () => void): void {
    this.#cancel = clock.after(ms, () => {
      this.#cancel = undefined;
      then();
    });
  }

  #send(): void {
    this.#isSending = true;
    this.#options.send(this.#take()).then(() => {
      this.#isSending = false;
      if (this.#begins || this.#touched || this.#initial.size > 0 || this.#changed.size > 0) this.#schedule();
    }, () => {
      // It is not known what was received.
      this.#isSending = false;
      if (!this.#isStopped) this.#wait(this.#options.clock, retryMs, () => this.begin());
    });
  }

  #take(): CrossUpdate {
    const { source, state } = this.#options;
    const objects: CrossEntry[] = [];
    const gone: ObjectKey[] = [];
    const wasInitial = this.#begins || this.#initial.size > 0;
    let bytes = 0;
    for (const keys of [this.#initial, this.#changed]) {
      for (const key of keys) {
        if (objects.length + gone.length >= maxUpdateObjects || bytes >= maxUpdateBytes) break;
        keys.delete(key);
        const entry = state.get(key);
        if (entry === undefined) gone.push(key);
        else {
          objects.push(entry);
          bytes += entry.bytes;
        }
      }
    }
    const begins = this.#begins;
    this.#begins = false;
    this.#touched = false;
    return { source, begins, complete: wasInitial && this.#initial.size === 0, objects, gone, omitted: state.omitted };
  }
}
