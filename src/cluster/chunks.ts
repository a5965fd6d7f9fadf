/** Reads a body chunk by chunk. */
export interface Chunks {
  /** The next bytes, good until the next call; `undefined` at the end. */
  next(): Promise<Uint8Array | undefined>;
  /** Frees the connection. */
  cancel(): Promise<void>;
}

/** Bytes read at once. */
const chunkBytes = 32 * 1024;
/** Buffers kept for later bodies. */
const maxSpare = 8;
const spare: ArrayBuffer[] = [];

/**
 * Reads a body into reused buffers. The platform allocates a new one of 64 KB for each
 * chunk, and most chunks are one event or one object of a few kilobytes: garbage that is ten times what was read.
 */
export function chunksOf(body: ReadableStream<Uint8Array>): Chunks {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = body.getReader({ mode: "byob" });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return plainChunksOf(body); // a double of `fetch`: not a byte stream
  }
  let buffer = spare.pop() ?? new ArrayBuffer(chunkBytes);
  return {
    async next() {
      const { done, value } = await reader.read(new Uint8Array(buffer)); // transfers the buffer, and returns it
      if (value !== undefined) buffer = value.buffer;
      if (!done) return value;
      // A cancelled stream returns no buffer.
      if (value !== undefined && spare.length < maxSpare) spare.push(buffer);
      return undefined;
    },
    cancel: () => reader.cancel(),
  };
}

function plainChunksOf(body: ReadableStream<Uint8Array>): Chunks {
  const reader = body.getReader();
  return {
    async next() {
      const { done, value } = await reader.read();
      return done ? undefined : value;
    },
    cancel: () => reader.cancel(),
  };
}
