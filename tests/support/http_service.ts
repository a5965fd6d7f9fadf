import { serveOnLoopback } from "./loopback_server.ts";

/** A request that a service got. */
export interface ServiceRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

/** An HTTP server on 127.0.0.1, as a Katalog calls one. */
export interface HttpService extends AsyncDisposable {
  /** `http://127.0.0.1:41234` */
  readonly url: string;
  readonly requests: ServiceRequest[];
  /** Makes the response of each request from now on. */
  respond: (request: ServiceRequest, signal: AbortSignal) => Response | Promise<Response>;
}

/** Starts a server; it responds with an empty 200 when nothing is given. */
export function httpService(respond: HttpService["respond"] = () => new Response()): HttpService {
  const requests: ServiceRequest[] = [];
  const ended = new AbortController();
  const service = { url: "", requests, respond };
  const server = serveOnLoopback(async (request) => {
    const { pathname, search } = new URL(request.url);
    const got = {
      method: request.method,
      path: pathname + search,
      headers: request.headers,
      body: await request.text(),
    };
    requests.push(got);
    return await service.respond(got, ended.signal);
  });
  service.url = `http://127.0.0.1:${server.port}`;
  return Object.assign(service, {
    async [Symbol.asyncDispose]() {
      ended.abort();
      await server[Symbol.asyncDispose]();
    },
  });
}

/** A JSON response. */
export function jsonOf(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json" } });
}
