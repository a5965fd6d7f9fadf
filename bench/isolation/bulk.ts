import type { StoredObject } from "./collection.ts";

const encoder = new TextEncoder();
/** Where numbers of ten digits go. */
const nameMark = "8888888888";
const versionMark = "9999999999";

/** Thousands of objects that differ in name and version only: encoded once, so that they cost the double next to nothing. */
export class Bulk {
  readonly count: number;
  readonly versions: Float64Array;
  readonly #item: Stamp;
  readonly #event: Stamp;

  /** `make` makes an object of the name and resourceVersion that it is given. */
  constructor(count: number, make: (name: string, resourceVersion: string) => StoredObject) {
    this.count = count;
    this.versions = new Float64Array(count);
    const text = JSON.stringify(make(bulkName(nameMark), versionMark));
    this.#item = new Stamp(text);
    this.#event = new Stamp(`{"type":"MODIFIED","object":${text}}\n`);
  }

  item(i: number): Uint8Array {
    return this.#item.print(i, this.versions[i]!);
  }

  event(i: number): Uint8Array {
    return this.#event.print(i, this.versions[i]!);
  }

  /** Number of the object that has this name. */
  static numberOf(name: string): number | undefined {
    return name.startsWith("many-") ? Number(name.slice(5)) : undefined;
  }
}

function bulkName(digits: string): string {
  return `many-${digits}`;
}

/** A text with places for numbers. */
class Stamp {
  readonly #bytes: Uint8Array;
  readonly #names: readonly number[];
  readonly #versions: readonly number[];

  constructor(text: string) {
    this.#bytes = encoder.encode(text);
    this.#names = placesOf(this.#bytes, nameMark);
    this.#versions = placesOf(this.#bytes, versionMark);
  }

  print(name: number, version: number): Uint8Array {
    const bytes = this.#bytes.slice();
    for (const at of this.#names) writeDigits(bytes, at, name);
    for (const at of this.#versions) writeDigits(bytes, at, version);
    return bytes;
  }
}

function placesOf(bytes: Uint8Array, mark: string): number[] {
  const text = new TextDecoder("latin1").decode(bytes);
  const places: number[] = [];
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + mark.length)) places.push(at);
  return places;
}

function writeDigits(bytes: Uint8Array, at: number, value: number): void {
  for (let i = 9, rest = value; i >= 0; i--, rest = Math.floor(rest / 10)) bytes[at + i] = 48 + rest % 10;
}
