import { type FrontOptions, type Handler, HttpFront } from "./http_front.ts";
import { type Host, listen } from "./listen.ts";

export interface ServeOptions extends FrontOptions {
  readonly host: Host;
  /** 0: the system chooses. */
  readonly port: number;
}

export interface HttpServer {
  readonly port: number;
  /** Accepts no more connections; responses that were begun may end within `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** Serves HTTP/1.1 behind a front with bounds, see `HttpFront`. Throws `ListenError`. */
export function serveHttp(handler: Handler, options: ServeOptions): HttpServer {
  const listener = listen(options);
  const front = new HttpFront(handler, options);
  front.accept(listener);
  return { port: listener.addr.port, stop: (graceMs) => front.stop(graceMs) };
}
