import type { ClusterConfig } from "./config.ts";
import type { Credential } from "./credentials.ts";

/** `fetch` or a double of it (tests, a server in the same process). */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The pool of connections to one API server. */
export interface HttpClient {
  fetch(path: string, init: RequestInit, credential: Credential): Promise<Response>;
  /** A request timed out. After two in a row the pool is recreated: its connections may all be dead. */
  timedOut(): void;
  responded(): void;
  close(): void;
}

/** Consecutive time-outs after which the connections are no longer trusted. */
const maxTimeouts = 2;
/** Idle connections kept; a box with all its watches and workers needs a dozen. */
const idleConnections = 32;

/**
 * One `Deno.HttpClient`, HTTP/1.1 only: with HTTP/2 one dead connection blocks every request of the client,
 * and nothing detects that it is dead.
 */
export function createHttpClient(config: ClusterConfig, standIn?: Fetch): HttpClient {
  if (standIn !== undefined) {
    return {
      fetch: (path, init) => standIn(config.server + path, init),
      timedOut() {},
      responded() {},
      close() {},
    };
  }
  let client: Deno.HttpClient | undefined;
  let made: Credential | undefined; // whose certificate the client holds
  let timeouts = 0;
  let closed = false;

  function drop(): void {
    // Requests in flight keep the old pool alive until they end.
    client?.close();
    client = undefined;
    timeouts = 0;
  }

  return {
    fetch(path, init, credential) {
      if (closed) throw new TypeError("Cannot send a request: the client is closed");
      if (client !== undefined && (made?.certPem !== credential.certPem || made?.keyPem !== credential.keyPem)) drop();
      client ??= openClient(config, credential);
      made = credential;
      return fetch(config.server + path, { ...init, client });
    },
    timedOut() {
      timeouts++;
      if (timeouts >= maxTimeouts) drop();
    },
    responded() {
      timeouts = 0;
    },
    close() {
      closed = true;
      drop();
    },
  };
}

/** A pool for HTTP/1.1 that trusts what the configuration says, with the certificate of the credential. */
export function openClient(config: ClusterConfig, credential: Credential): Deno.HttpClient {
  const { certPem, keyPem } = credential;
  const options: Deno.CreateHttpClientOptions = {
    http1: true,
    http2: false,
    poolMaxIdlePerHost: idleConnections,
    ...(config.caData === undefined ? {} : { caCerts: [config.caData] }),
    ...proxyOf(config),
  };
  if (certPem === undefined || keyPem === undefined) return Deno.createHttpClient(options);
  return Deno.createHttpClient({ ...options, cert: certPem, key: keyPem });
}

function proxyOf(config: ClusterConfig): { proxy?: Deno.Proxy } {
  if (config.proxyUrl === undefined) return {};
  const transport = config.proxyUrl.startsWith("socks5")
    ? "socks5"
    : config.proxyUrl.startsWith("https:")
    ? "https"
    : "http";
  return { proxy: { transport, url: config.proxyUrl } };
}
