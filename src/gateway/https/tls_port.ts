import type { Clock } from "../../base/clock.ts";
import type { HttpFront, Inlet } from "../../serve/mod.ts";
import { Pipe } from "./pipe.ts";

/** What a server proves its name with; `certPem` is the leaf, followed by intermediate certificates if there are any. */
export interface ServedCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

/** The certificate cannot be served; the message says why. */
export class CertificateError extends Error {
  override name = "CertificateError";
}

/**
 * A loopback port that speaks TLS with one certificate, and the connections that were passed to it. TLS 1.2 and 1.3,
 * since rustls knows no other. HTTP/1.1 alone is negotiated, where `Deno.serve` would offer HTTP/2 too: connections of
 * that cannot be ended without losing requests (no GOAWAY is sent but by `shutdown()`), and its resets are an attack of
 * their own (CVE-2023-44487), for which controller-runtime switches it off as well.
 */
export class TlsPort {
  readonly #inlet: Inlet;
  readonly #port: number;
  readonly #clock: Clock;
  readonly #maxPipes: number;
  /** Port of our end → the connection. */
  readonly #pipes = new Map<number, Pipe>();
  #connecting = 0;
  #closed = false;
  #emptied = (): void => {};

  /**
   * `maxPipes`: connections that are passed on at the same time; beyond it, new ones are closed, unless one is about to
   * end. Throws `CertificateError`.
   */
  constructor({ certPem, keyPem }: ServedCertificate, front: HttpFront, clock: Clock, maxPipes: number) {
    this.#clock = clock;
    this.#maxPipes = maxPipes;
    const listener = listenTls(certPem, keyPem);
    this.#port = listener.addr.port;
    this.#inlet = front.accept(listener, ({ remoteAddr }, served) => {
      this.#pipes.get((remoteAddr as Deno.NetAddr).port)?.serverEnded(served);
    });
  }

  /** Passes a connection on. */
  async pass(client: Deno.Conn): Promise<void> {
    if (this.#pipes.size + this.#connecting >= this.#maxPipes) {
      const ending = [...this.#pipes.values()].find((pipe) => pipe.isEnding);
      if (ending === undefined) return client.close();
      ending.close();
    }
    this.#connecting++;
    try {
      const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#port });
      const { port } = server.localAddr;
      const pipe = new Pipe(client, server, this.#clock);
      this.#pipes.set(port, pipe);
      void pipe.done.then(() => {
        if (this.#pipes.get(port) === pipe) this.#pipes.delete(port);
        this.#look();
      });
      if (this.#closed) pipe.close();
    } catch {
      client.close(); // out of files, or stopping: the client tries again
    } finally {
      this.#connecting--;
      this.#look();
    }
  }

  /** Responses end their connections from now on; `emptied` is called when the last one has ended. */
  retire(emptied: () => void = () => {}): void {
    this.#inlet.retire();
    this.#emptied = emptied;
    this.#look();
  }

  /** Ends all connections; what was sent on them may arrive within `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    await this.#inlet.close();
    const pipes = [...this.#pipes.values()];
    const end = (): void => {
      for (const pipe of pipes) pipe.close();
    };
    let cancel = (): void => {};
    if (graceMs > 0) cancel = this.#clock.after(graceMs, end);
    else end();
    await Promise.all(pipes.map((pipe) => pipe.done));
    cancel();
  }

  #look(): void {
    if (this.#connecting === 0 && this.#pipes.size === 0) this.#emptied();
  }
}

function listenTls(cert: string, key: string): Deno.TlsListener {
  // Not in the compiler's library: it is documented for `Deno.startTls` and `Deno.connectTls` alone.
  const options: Deno.ListenTlsOptions & Deno.TlsCertifiedKeyPem & { alpnProtocols: string[] } = {
    hostname: "127.0.0.1",
    port: 0,
    cert,
    key,
    alpnProtocols: ["http/1.1"],
  };
  try {
    return Deno.listenTls(options);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CertificateError(`Cannot serve the certificate: ${why}`, { cause: error });
  }
}
