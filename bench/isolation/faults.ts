import { Bulk } from "./bulk.ts";
import { type Collection, encode, joinAll, type StoredObject, versions } from "./collection.ts";
import { badBox } from "./katalog.ts";

/** What can be wrong with the thirteenth box. */
export const faults = [
  "exception",
  "loop",
  "text",
  "pattern",
  "children",
  "heap",
  "flood-one",
  "flood-many",
] as const;

export type Fault = "none" | typeof faults[number];

export type NewObject = (
  box: string,
  name: string,
  spec: Record<string, unknown>,
  generation?: number,
) => StoredObject;

/** Changes a second of the bad box's objects, spread over them. */
const changesPerSecond: Readonly<Record<Fault, number>> = {
  none: 5,
  exception: 500,
  loop: 50,
  text: 50,
  children: 5,
  heap: 5,
  pattern: 50,
  "flood-one": 5,
  "flood-many": 5,
};
const floodPerSecond = 10_000;
const floodEveryMs = 5;
const manyObjects = 10_000;
const ordinary = 10;

/** Drives the bad box: what its objects request, how often they change, and how the server responds. */
export class Trouble {
  readonly #crs: Collection;
  readonly #newObject: NewObject;
  #fault: Fault = "none";
  #generation = 1;
  #turn = 0;
  #next = 0;
  #sent = 0;
  #timers: ReturnType<typeof setInterval>[] = [];

  constructor(crs: Collection, newObject: NewObject) {
    this.#crs = crs;
    this.#newObject = newObject;
  }

  get answersGarbage(): boolean {
    return this.#fault === "exception";
  }

  /** Events of the bad box since the last call. */
  takeSent(): number {
    const sent = this.#sent;
    this.#sent = 0;
    return sent;
  }

  /** Replaces the current fault. Resolves when all its objects exist. */
  async set(fault: Fault): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    this.#fault = fault;
    this.#generation++;
    this.#crs.removeBulk();
    for (let i = 0; i < ordinary; i++) this.#change(i);
    const everyMs = 1000 / changesPerSecond[fault];
    let nextMs = performance.now();
    this.#timers.push(setInterval(() => {
      for (; nextMs <= performance.now(); nextMs += everyMs) this.#change(this.#turn++ % ordinary);
    }, 5));
    // 5,000 objects of 64 KB are more than the heap of a cell can hold.
    if (fault === "heap") await this.#fill(5000, "Straße ".repeat(9000), 10);
    if (fault === "flood-many") await this.#fill(manyObjects, "x".repeat(300), 100);
    if (fault === "flood-one") this.#flood(() => this.#changedOne());
    if (fault === "flood-many") this.#flood(() => this.#oneOfMany());
  }

  #change(i: number): void {
    this.#sent++;
    this.#generation++;
    const name = `${badBox}-${i}`;
    this.#crs.put(this.#newObject(badBox, name, { n: this.#generation, ...this.#demand(i) }, this.#generation));
  }

  #demand(i: number): Record<string, unknown> {
    const list = (length: number) => Array.from({ length }, (_, n) => `item-${n}`);
    switch (this.#fault) {
      case "loop":
        return { rows: list(1000) };
      case "text":
        return { lines: list(3000) };
      case "children":
        return i === 0 ? { pages: list(1000) } : {};
      case "pattern":
        return { word: `${"a".repeat(50_000)}!` };
      default:
        return {};
    }
  }

  /** Not all objects at once, but `atATime` every 10 ms: an API server sends them as they are made. */
  async #fill(count: number, text: string, atATime: number): Promise<void> {
    const bulk = new Bulk(count, (name, resourceVersion) => {
      const { metadata, ...object } = this.#newObject(badBox, name, { n: 1, text });
      return { ...object, metadata: { ...metadata, resourceVersion } } as StoredObject;
    });
    for (let i = 0; i < count; i++) bulk.versions[i] = ++versions.last;
    this.#crs.bulk = bulk;
    for (let i = 0; i < count && this.#crs.bulk === bulk; i++) {
      this.#crs.send(bulk.event(i));
      if (i % atATime === atATime - 1) await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  #flood(next: () => Uint8Array): void {
    let nextMs = performance.now();
    this.#timers.push(setInterval(() => {
      const nowMs = performance.now();
      if (!this.#crs.isTaken) nextMs = nowMs; // a slower reader is sent less
      const due = Math.min(Math.floor((nowMs - nextMs) * floodPerSecond / 1000), 500);
      if (due <= 0) return;
      nextMs += due * 1000 / floodPerSecond;
      this.#sent += due;
      this.#crs.send(joinAll(Array.from({ length: due }, next)));
    }, floodEveryMs));
  }

  /** One object that is changed all the time, and so has to be written all the time. */
  #changedOne(): Uint8Array {
    const object = this.#crs.objects.get(`${badBox}-0`)!;
    const resourceVersion = versions.next();
    const changed = { ...object, metadata: { ...object.metadata, resourceVersion }, spec: { n: versions.last } };
    return encode({ type: "MODIFIED", object: changed });
  }

  /** One of many whose events say nothing new: each is looked at, and nothing is written. */
  #oneOfMany(): Uint8Array {
    const bulk = this.#crs.bulk!;
    const i = this.#next++ % bulk.count;
    bulk.versions[i] = ++versions.last;
    return bulk.event(i);
  }
}
