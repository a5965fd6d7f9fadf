const decoder = new TextDecoder();

/** Bounds what a response may hold. */
const maxResponseBytes = 1024 * 1024;

/** The response to one request. */
export interface Reply {
  readonly status: number;
  readonly body: string;
  /** The server keeps the connection open for another request. */
  readonly keepAlive: boolean;
}

/** The connection cannot be used any more. */
export class ConnectionError extends Error {
  override name = "ConnectionError";
}

/**
 * A client's end of an HTTP/1.1 connection, one request at a time (RFC 9112). It does no more than a load generator
 * needs: `fetch` takes several times as much processor time for each request, which the measured server would lack.
 */
export class Connection {
  readonly #conn: Deno.Conn;
  #buffer = new Uint8Array(16 * 1024);
  #filled = 0;

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** Sends the bytes of a request, head and body. Throws `ConnectionError`. */
  async send(request: Uint8Array): Promise<Reply> {
    try {
      for (let at = 0; at < request.length;) at += await this.#conn.write(request.subarray(at));
      return await this.#read();
    } catch (error) {
      if (error instanceof ConnectionError) throw error;
      throw new ConnectionError(`The connection broke: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
  }

  close(): void {
    try {
      this.#conn.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error; // it is closed already
    }
  }

  async #read(): Promise<Reply> {
    let headEnd = -1;
    while ((headEnd = this.#text().indexOf("\r\n\r\n")) === -1) await this.#more();
    const head = this.#text().slice(0, headEnd);
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? NaN);
    if (Number.isNaN(status)) throw new ConnectionError(`Not a response of HTTP/1.1: ${head.slice(0, 100)}`);
    const keepAlive = !/\r\nconnection: *close/i.test(head);
    this.#take(headEnd + 4);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length !== undefined) return { status, keepAlive, body: await this.#exactly(Number(length)) };
    if (/\r\ntransfer-encoding: *chunked/i.test(head)) return { status, keepAlive, body: await this.#chunks() };
    throw new ConnectionError("The response has neither a content-length nor chunks");
  }

  async #chunks(): Promise<string> {
    let body = "";
    for (;;) {
      let lineEnd = -1;
      while ((lineEnd = this.#text().indexOf("\r\n")) === -1) await this.#more();
      const size = parseInt(this.#text().slice(0, lineEnd), 16);
      if (!(size <= maxResponseBytes)) throw new ConnectionError("A chunk without a size, or a large one");
      this.#take(lineEnd + 2);
      const chunk = await this.#exactly(size + 2);
      if (size === 0) return body;
      body += chunk.slice(0, -2);
      if (body.length > maxResponseBytes) throw new ConnectionError("The response is too large");
    }
  }

  async #exactly(bytes: number): Promise<string> {
    while (this.#filled < bytes) await this.#more();
    const text = decoder.decode(this.#buffer.subarray(0, bytes));
    this.#take(bytes);
    return text;
  }

  async #more(): Promise<void> {
    if (this.#filled === this.#buffer.length) {
      if (this.#filled >= 2 * maxResponseBytes) throw new ConnectionError("The response is too large");
      const larger = new Uint8Array(2 * this.#buffer.length);
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
    const read = await this.#conn.read(this.#buffer.subarray(this.#filled));
    if (read === null) throw new ConnectionError("The server ended the connection");
    this.#filled += read;
  }

  /** What has been read and not taken, one character a byte: heads and sizes are ASCII. */
  #text(): string {
    return latin1.decode(this.#buffer.subarray(0, this.#filled));
  }

  #take(bytes: number): void {
    this.#buffer.copyWithin(0, bytes, this.#filled);
    this.#filled -= bytes;
  }
}

const latin1 = new TextDecoder("latin1");
