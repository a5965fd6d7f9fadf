import type { Clock } from "../../base/clock.ts";
import { closeConnection } from "../../serve/mod.ts";

/** How long a client may take to close a connection that the server has closed. */
const lingerMs = 2_000;
/** How long the rest of a response may take to reach the client, once the server's connection has ended. */
const restMs = 20_000;

/**
 * Passes the bytes between a client and a server, in both directions. It has no bounds of its own while both are there:
 * those are the server's, which calls `serverEnded`.
 */
export class Pipe {
  readonly done: Promise<void>;
  readonly #client: Deno.Conn;
  readonly #server: Deno.Conn;
  readonly #clock: Clock;
  #cancel = (): void => {};
  #isEnding = false;

  constructor(client: Deno.Conn, server: Deno.Conn, clock: Clock) {
    this.#client = client;
    this.#server = server;
    this.#clock = clock;
    this.done = this.#run();
  }

  /** The server has closed its connection; the client's half, or the rest of a response, is waited for. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /**
   * The server has closed its connection; what it sent before may still arrive. Of one whose TLS handshake was not
   * complete (`served` is false), Deno keeps the socket open, so its end does not arrive here.
   */
  serverEnded(served: boolean): void {
    this.#closeAfter(served ? restMs : lingerMs);
  }

  close(): void {
    closeConnection(this.#client);
    closeConnection(this.#server);
  }

  async #run(): Promise<void> {
    const requests = pass(this.#client, this.#server).catch(() => this.close());
    try {
      await pass(this.#server, this.#client);
      this.#closeAfter(lingerMs);
    } catch {
      this.close(); // either side has broken the connection: nothing is left to say to the other
    }
    await requests;
    this.#cancel();
    this.close();
  }

  #closeAfter(ms: number): void {
    this.#isEnding = true;
    this.#cancel();
    this.#cancel = this.#clock.after(ms, () => this.close());
  }
}

/** Until the end of `from`, which becomes the end for `to`. */
async function pass(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(16 * 1024);
  for (let read = await from.read(buffer); read !== null; read = await from.read(buffer)) {
    for (let at = 0; at < read;) at += await to.write(buffer.subarray(at, read));
  }
  await to.closeWrite();
}
