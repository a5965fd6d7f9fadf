/** What a connection waits for, and how long it may. */
export interface ConnectionLimits {
  /** From the first byte of a request until its response begins. */
  readonly requestMs: number;
  /** Until the client takes the next part of a response. */
  readonly writeMs: number;
  /** Between two requests, and before the first. */
  readonly idleMs: number;
}

export type ConnectionState = "idle" | "request" | "writing";

/**
 * One connection of a client, and the one to the inner server that its bytes go to. It only follows whose turn it is:
 * the protocol is the inner server's.
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

  constructor(client: Deno.Conn, inner: Deno.Conn, nowMs: () => number) {
    this.#client = client;
    this.#inner = inner;
    this.#nowMs = nowMs;
    this.sinceMs = nowMs();
    this.done = this.#run();
  }

  /** It has been in its state for too long. */
  isLate({ requestMs, writeMs, idleMs }: ConnectionLimits): boolean {
    const limitMs = { idle: idleMs, request: requestMs, writing: writeMs }[this.state];
    return this.#nowMs() - this.sinceMs > limitMs;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#client.close();
    this.#inner.close();
  }

  async #run(): Promise<void> {
    // The end of the responses is the end; the client's half may end before.
    const requests = this.#pump(this.#client, this.#inner, () => {
      if (this.state === "idle") this.#enter("request");
    }).then(() => this.#closed ? undefined : this.#inner.closeWrite()).catch(() => this.close());
    try {
      await this.#pump(this.#inner, this.#client, () => this.#enter("writing"), (isFull) => {
        if (!isFull) this.#enter("idle");
      });
    } catch {
      // Either side has broken the connection: nothing is left to say to the other.
    }
    this.close();
    await requests;
  }

  #enter(state: ConnectionState): void {
    this.state = state;
    this.sinceMs = this.#nowMs();
  }

  /** `after` gets whether the buffer was full: then more is about to follow. */
  async #pump(
    from: Deno.Conn,
    to: Deno.Conn,
    before: () => void,
    after: (isFull: boolean) => void = () => {},
  ): Promise<void> {
    const buffer = new Uint8Array(16 * 1024);
    for (let read = await from.read(buffer); read !== null; read = await from.read(buffer)) {
      before();
      for (let at = 0; at < read;) at += await to.write(buffer.subarray(at, read));
      after(read === buffer.length);
    }
  }
}
