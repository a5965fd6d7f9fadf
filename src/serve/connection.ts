import { closeConnection } from "./accept.ts";

/** What a connection waits for, and how long it may. */
export interface ConnectionLimits {
  /** From the first byte of a request until its headers are complete. */
  readonly headersMs: number;
  /** From then until its response begins. */
  readonly requestMs: number;
  /** Until the client takes the next part of a response. */
  readonly writeMs: number;
  /** Between two requests, and before the first. */
  readonly idleMs: number;
}

export type ConnectionState = "idle" | "headers" | "request" | "writing" | "closing";

/**
 * How long a client may take to close its half after the last response, its half-closed connection may be silent, and the
 * inner server may take to end a connection after its last response.
 */
const lingerMs = 1_000;

/**
 * How HTTP/2 begins, with a method that HTTP/1.1 keeps free for it (RFC 9113, section 3.4). The inner server would speak
 * it without negotiation; then this class would not know whose turn it is.
 */
const http2Preface = new TextEncoder().encode("PRI");

/**
 * One connection of a client, and the one to the inner server that its bytes go to. It only follows whose turn it is:
 * the protocol is the inner server's.
 *
 * The end of the client's half is passed on between two requests only. During a request it is kept back, because the
 * inner server drops a request whose client has ended its half (hyper without `half_close`); such a connection ends
 * once it has been silent after its response.
 *
 * After a response that ends its connection, the inner server of newer versions of Deno waits for the rest of the
 * request's body, which may never come. So the front says which response is the last one, and the connection is ended here.
 */
export class Connection {
  readonly done: Promise<void>;
  /** Since when it is in this state, in monotonic ms. */
  sinceMs: number;
  state: ConnectionState = "idle";
  readonly #client: Deno.Conn;
  readonly #inner: Deno.Conn;
  readonly #nowMs: () => number;
  #closed = false;
  #clientEnded = false;
  /** Bytes of the preface that have been read; `undefined`: it is another protocol. */
  #prefaceBytes: number | undefined = 0;
  #innerEnded = false;
  /** The response to the request that is being handled, or was, is the last one. */
  #isLast = false;
  /** A part of that response has been passed on. */
  #lastBegan = false;

  constructor(client: Deno.Conn, inner: Deno.Conn, nowMs: () => number) {
    this.#client = client;
    this.#inner = inner;
    this.#nowMs = nowMs;
    this.sinceMs = nowMs();
    this.done = this.#run();
  }

  /** The headers of a request are complete. */
  handling(): void {
    if (this.state === "idle" || this.state === "headers") this.#enter("request");
  }

  /** The response to the request that is being handled ends the connection; to be called before it is sent. */
  last(): void {
    this.#isLast = true;
  }

  /** Ends it where it has been in its state for too long. */
  endIfLate({ headersMs, requestMs, writeMs, idleMs }: ConnectionLimits): void {
    const limitMs = {
      idle: this.#clientEnded || this.#isLast ? Math.min(lingerMs, idleMs) : idleMs,
      headers: headersMs,
      request: requestMs,
      writing: writeMs,
      closing: lingerMs,
    }[this.state];
    if (this.#nowMs() - this.sinceMs <= limitMs) return;
    // The response may still be on its way to the client: see `#run`.
    if (this.state === "idle" && this.#lastBegan) this.#endInner();
    else this.close();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeConnection(this.#client);
    closeConnection(this.#inner);
  }

  #endInner(): void {
    this.#innerEnded = true;
    closeConnection(this.#inner);
  }

  async #run(): Promise<void> {
    const requests = this.#passRequests();
    try {
      await this.#passResponses();
      // Closing at once would reset the connection of a client that still sends, and with it the response (RFC 9112,
      // section 9.6): what it sends is read, and dropped, for a while.
      this.#innerEnded = true;
      this.#enter("closing");
      if (!this.#closed && !this.#clientEnded) {
        await this.#client.closeWrite();
        await requests;
      }
    } catch {
      // Either side has broken the connection: nothing is left to say to the other.
    }
    this.close();
    await requests;
  }

  async #passRequests(): Promise<void> {
    const buffer = new Uint8Array(16 * 1024);
    try {
      for (let read = await this.#client.read(buffer); read !== null; read = await this.#client.read(buffer)) {
        if (this.#isHttp2(buffer.subarray(0, read))) break;
        if (this.state === "idle" && !this.#lastBegan) this.#enter("headers");
        await this.#request(buffer.subarray(0, read));
      }
      if (this.#prefaceBytes === http2Preface.length) return this.close();
      this.#clientEnded = true;
      if (this.state === "idle" && !this.#closed) await this.#inner.closeWrite();
    } catch {
      this.close(); // the client is gone
    }
  }

  #isHttp2(part: Uint8Array): boolean {
    for (const byte of part) {
      if (this.#prefaceBytes === undefined) return false;
      if (byte !== http2Preface[this.#prefaceBytes]) this.#prefaceBytes = undefined;
      else if (++this.#prefaceBytes === http2Preface.length) return true;
    }
    return false;
  }

  async #request(part: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < part.length && !this.#innerEnded;) at += await this.#inner.write(part.subarray(at));
    } catch (error) {
      if (this.#closed) throw error;
      this.#innerEnded = true; // it reads no more, and may have responded
    }
  }

  async #passResponses(): Promise<void> {
    const buffer = new Uint8Array(16 * 1024);
    for (let read = await this.#readInner(buffer); read !== null; read = await this.#readInner(buffer)) {
      this.#lastBegan = this.#isLast;
      this.#enter("writing");
      for (let at = 0; at < read;) at += await this.#client.write(buffer.subarray(at, read));
      if (read < buffer.length) this.#enter("idle"); // else more is about to follow
    }
  }

  /** `null`: it has ended, or been ended by `#endInner`. */
  async #readInner(buffer: Uint8Array): Promise<number | null> {
    try {
      return await this.#inner.read(buffer);
    } catch (error) {
      if (this.#innerEnded && !this.#closed) return null;
      throw error;
    }
  }

  #enter(state: ConnectionState): void {
    this.state = state;
    this.sinceMs = this.#nowMs();
  }
}
