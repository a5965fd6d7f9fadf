import {
  acceptAll,
  type ConnectionLimits,
  type Handler,
  HttpFront,
  listen,
  type ServeOptions,
} from "../../serve/mod.ts";
import { type ServedCertificate, TlsPort } from "./tls_port.ts";

export interface HttpsOptions extends ServeOptions {
  readonly certificate: ServedCertificate;
}

export interface HttpsServer {
  readonly port: number;
  /**
   * Serves new connections with another certificate. Responses on older ones end them, so that clients connect again;
   * no request is lost. Throws `CertificateError` where it cannot be served: then nothing changes.
   */
  swap(certificate: ServedCertificate): void;
  /** Responses end their connections from now on, and new connections are still served: to be called before `stop`. */
  drain(): void;
  /** Accepts no more connections; responses that were begun may end within `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** Headers and body may take 10 s each (ruling 86), a webhook 30 s (`timeoutSeconds` in Kubernetes' API), its body included. */
const webhookLimits: ConnectionLimits = { headersMs: 10_000, requestMs: 30_000, writeMs: 20_000, idleMs: 120_000 };
/** API servers keep a connection for each request in flight: some hundred of one that is busy. */
const webhookConnections = 512;
/** When the connections of an old certificate are ended: all that are left have been idle or silent for too long. */
const drainMs = webhookLimits.idleMs + webhookLimits.headersMs + webhookLimits.requestMs + webhookLimits.writeMs;
/** Old certificates that have connections; one more ends the oldest. */
const maxRetired = 32;

/**
 * Serves HTTP/1.1 over TLS, with a certificate that can be replaced while it runs. Deno can replace the certificate of
 * no listener, and a second listener on one port loses connections of the first when that is closed. So the public port
 * is plain TCP, whose bytes go to a TLS port of this machine, one for each certificate, and from there, decrypted, to
 * the front of `serve/`. Throws `ListenError` or `CertificateError`.
 */
export function serveHttps(handler: Handler, options: HttpsOptions): HttpsServer {
  const { clock, certificate, maxConnections = webhookConnections } = options;
  const listener = listen(options);
  const front = new HttpFront(handler, {
    clock,
    maxConnections,
    limits: { ...webhookLimits, ...options.limits },
  });
  // Beside those of the front, as many may be in their handshake.
  const open = (next: ServedCertificate): TlsPort => new TlsPort(next, front, clock, 2 * maxConnections);
  let current: TlsPort;
  try {
    current = open(certificate);
  } catch (error) {
    listener.close();
    void front.stop(0);
    throw error;
  }
  /** Oldest first → ends it. */
  const retired = new Map<TlsPort, () => void>();
  const closing = new Set<Promise<void>>();
  let draining = false;
  const passing = new Set<Promise<void>>();
  const stopAccepting = acceptAll(listener, clock, (client) => {
    const passed = current.pass(client).finally(() => passing.delete(passed));
    passing.add(passed);
  });

  const retire = (port: TlsPort): void => {
    const end = (): void => {
      if (!retired.delete(port)) return;
      cancel();
      const closed = port.close(0).finally(() => closing.delete(closed));
      closing.add(closed);
    };
    const cancel = clock.after(drainMs, end);
    retired.set(port, end);
    port.retire(end);
    if (retired.size > maxRetired) [...retired.values()][0]!();
  };

  return {
    port: listener.addr.port,
    swap(next) {
      const former = current;
      current = open(next);
      if (draining) current.retire();
      retire(former);
    },
    drain() {
      draining = true;
      current.retire();
    },
    async stop(graceMs) {
      await stopAccepting();
      await Promise.all(passing);
      await front.stop(graceMs);
      await current.close(graceMs);
      for (const end of [...retired.values()]) end();
      await Promise.all(closing);
    },
  };
}
