const newline = 10;

/**
 * Splits a stream of bytes into lines of text, holding at most `limitBytes` of an unfinished one.
 * `push` hands every line that ends in the chunk to `onLine`, without its newline; empty lines are left out. The chunk
 * may be used again after that.
 */
export class LineSplitter {
  readonly #limitBytes: number;
  readonly #onLine: (line: string) => void;
  readonly #onTooLong: () => never;
  readonly #decoder = new TextDecoder();
  #rest: Uint8Array[] = [];
  #restBytes = 0;

  /** `onTooLong` throws the error of a line that is longer than `limitBytes`. */
  constructor(limitBytes: number, onLine: (line: string) => void, onTooLong: () => never) {
    this.#limitBytes = limitBytes;
    this.#onLine = onLine;
    this.#onTooLong = onTooLong;
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      this.#emit(chunk.subarray(start, end));
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  /** True when the bytes so far end in the middle of a line. */
  get unfinished(): boolean {
    return this.#restBytes > 0;
  }

  #keep(part: Uint8Array): void {
    this.#restBytes += part.length;
    if (this.#restBytes > this.#limitBytes) this.#onTooLong();
    this.#rest.push(part.slice());
  }

  #emit(part: Uint8Array): void {
    let bytes = part;
    if (this.#restBytes > 0) {
      this.#keep(part);
      bytes = join(this.#rest, this.#restBytes);
      this.#rest = [];
      this.#restBytes = 0;
    } else if (part.length > this.#limitBytes) this.#onTooLong();
    if (bytes.length > 0) this.#onLine(this.#decoder.decode(bytes));
  }
}

/** Joins chunks of `total` bytes into one. */
export function join(chunks: readonly Uint8Array[], total: number): Uint8Array {
  const joined = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}
