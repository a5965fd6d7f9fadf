/** A TCP port in front of another one that can be shut in the ways networks know. */
export interface Gate extends AsyncDisposable {
  readonly port: number;
  /** Connections go through; those from a silent time are closed. */
  open(): void;
  /** New connections are refused, those that are there are closed. */
  refuse(): void;
  /** A black hole: connections are taken, and nothing comes through in either direction. */
  hush(): void;
  /** Existing connections stay silent for ever, new ones go through. */
  lose(): void;
  /** Closes the connection that comes to the target from this port. */
  cut(port: number): void;
}

/** Opens a gate on loopback, on a port chosen by the system, that leads to another port. */
export function openGate(target: number): Gate {
  const hostname = "127.0.0.1";
  let listener: Deno.TcpListener | undefined = Deno.listen({ hostname, port: 0 });
  const { port } = listener.addr;
  const passages = new Set<Passage>();
  const lost = new Set<Passage>();
  const accepting = new Set<Promise<void>>();
  let silent = false;

  async function accept(from: Deno.TcpListener): Promise<void> {
    for await (const outer of connectionsOf(from)) {
      const passage: Passage = new Passage(outer, () => silent || lost.has(passage));
      passages.add(passage);
      void passage.run(target).finally(() => {
        passages.delete(passage);
        lost.delete(passage);
      });
    }
  }

  function listen(): void {
    listener ??= Deno.listen({ hostname, port });
    const loop = accept(listener);
    accepting.add(loop);
    void loop.finally(() => accepting.delete(loop));
  }

  function closeAll(): void {
    for (const passage of passages) passage.close();
  }

  function shut(): void {
    listener?.close();
    listener = undefined;
    silent = false;
    closeAll();
  }

  listen();
  return {
    port,
    open() {
      if (silent) closeAll();
      silent = false;
      if (listener === undefined) listen();
    },
    refuse: shut,
    hush() {
      if (listener === undefined) listen();
      silent = true;
    },
    lose() {
      for (const passage of passages) lost.add(passage);
    },
    cut(from) {
      for (const passage of passages) {
        if (passage.innerPort === from) passage.close();
      }
    },
    async [Symbol.asyncDispose]() {
      shut();
      await Promise.all(accepting);
    },
  };
}

/** One connection and its counterpart behind the gate. */
class Passage {
  readonly #outer: Deno.TcpConn;
  readonly #silent: () => boolean;
  #inner: Deno.TcpConn | undefined;
  #closed = false;

  constructor(outer: Deno.TcpConn, silent: () => boolean) {
    this.#outer = outer;
    this.#silent = silent;
  }

  get innerPort(): number | undefined {
    return this.#inner?.localAddr.port;
  }

  async run(port: number): Promise<void> {
    try {
      this.#inner = await Deno.connect({ hostname: "127.0.0.1", port });
      if (this.#closed) return this.#inner.close();
      await Promise.race([this.#pump(this.#outer, this.#inner), this.#pump(this.#inner, this.#outer)]);
    } catch (error) {
      if (!isBroken(error)) throw error;
    }
    this.close();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#outer.close();
    this.#inner?.close();
  }

  /** Ends when one side does. What arrives in a silent time is lost: the gate closes the connection after it. */
  async #pump(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
        if (this.#silent()) continue;
        for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
      }
      // Nobody learns of an end in a black hole.
      if (this.#silent() && from !== this.#outer) await new Promise<void>(() => {});
    } catch (error) {
      if (!isBroken(error)) throw error;
    }
  }
}

/** The connections of a listener until it is closed. */
async function* connectionsOf(listener: Deno.TcpListener): AsyncGenerator<Deno.TcpConn> {
  for (;;) {
    try {
      yield await listener.accept();
    } catch (error) {
      if (isBroken(error)) return;
      throw error;
    }
  }
}

/** One of the two sides, or we ourselves, closed it. */
function isBroken(error: unknown): boolean {
  const { errors } = Deno;
  return [
    errors.BadResource,
    errors.BrokenPipe,
    errors.ConnectionAborted,
    errors.ConnectionRefused,
    errors.ConnectionReset,
    errors.Interrupted,
    errors.NotConnected,
    errors.UnexpectedEof,
  ].some((type) => error instanceof type);
}
