import { openGate } from "./gate.ts";
import { serveOnLoopback } from "./loopback_server.ts";

/** `list` is a GET in pages, as our client lists; `event` is a write to `events`. */
export type CallKind = "watch" | "list" | "get" | "write" | "event";

export interface ProxiedCall {
  readonly kind: CallKind;
  readonly method: string;
  /** Path with its query. */
  readonly path: string;
  readonly body: string;
  /** `performance.now()` when it came in. */
  readonly atMs: number;
  /** HTTP status; `undefined` as long as there is none, and when it never came. */
  status?: number;
}

/** The status of a response that is not the API server's own. */
const tooManyRequests = status(429, "TooManyRequests", "The server has received too many requests");
const expired = JSON.stringify({ type: "ERROR", object: status(410, "Expired", "The resourceVersion is too old") });

/** How often an API server that is gone is looked for. */
const lookMs = 50;

/** An HTTP proxy in front of an API server that counts calls and makes trouble. */
export interface FaultProxy extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`; needs no credential. */
  readonly server: string;
  /** Of a user who comes through here. */
  readonly kubeconfig: string;
  /** In the order in which they came, since the last `forget()`. */
  readonly calls: readonly ProxiedCall[];
  forget(): void;
  /** Watches that are open now. */
  readonly watches: number;
  /** Called before a call is passed on to the API server; the call waits for it. */
  onCall: ((call: ProxiedCall) => Promise<void> | void) | undefined;
  /**
   * Called when the API server has carried out a write or an Event, before its response goes back; the response waits
   * for it. Refused writes are not reported.
   */
  onWritten: ((call: ProxiedCall) => Promise<void> | void) | undefined;
  /** No trouble any more. */
  restore(): void;
  /** Connections are refused and broken off. */
  refuse(): void;
  /** No request gets a response any more, watches stay open and silent. */
  hush(): void;
  /** Existing connections stay silent for ever, without being closed; new ones work. */
  loseConnections(): void;
  /** Breaks off all open watches in the midst of their responses. */
  cutWatches(): void;
  /** Tells all open watches that their resourceVersion is gone (410), and ends them. */
  expireWatches(): void;
  /** Every later request gets a 429 with this `Retry-After`. */
  refuseRequests(retryAfterSeconds: number): void;
}

/** Starts a proxy that talks to an API server as the user of a kubeconfig with one context, in JSON. */
export function startFaultProxy(kubeconfig: string): FaultProxy {
  const { clusters: [{ cluster }], users: [{ user }] } = JSON.parse(kubeconfig);
  const certificate = (name: string): string | undefined => user?.[name] === undefined ? undefined : atob(user[name]);
  const cert = certificate("client-certificate-data");
  const key = certificate("client-key-data");
  const authority = cluster["certificate-authority-data"];
  const client = Deno.createHttpClient({
    http2: false,
    ...(authority === undefined ? {} : { caCerts: [atob(authority)] }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  });
  const calls: ProxiedCall[] = [];
  const watches = new Set<WatchRelay>();
  let retryAfterSeconds: number | undefined;
  /** The requested state; it takes effect as soon as the API server is up. */
  let wanted: "open" | "refuse" | "hush" = "open";
  let following: Promise<void> | undefined;
  let over = false;

  /** The API server is down: as long as it does not listen, the proxy does not either. */
  function follow(): Promise<void> {
    return following ??= (async () => {
      gate.refuse();
      while (!over && !await isListening(new URL(cluster.server))) {
        await new Promise((resolve) => setTimeout(resolve, lookMs));
      }
      following = undefined;
      if (!over) gate[wanted]();
    })();
  }

  function want(state: typeof wanted): void {
    wanted = state;
    if (following === undefined) gate[wanted]();
  }

  async function handle(request: Request, { remoteAddr }: Deno.ServeHandlerInfo<Deno.NetAddr>): Promise<Response> {
    const path = request.url.slice(new URL(request.url).origin.length);
    const body = request.method === "GET" ? "" : await request.text();
    const kind = kindOf(request.method, path);
    const call: ProxiedCall = { kind, method: request.method, path, body, atMs: performance.now() };
    calls.push(call);
    if (retryAfterSeconds !== undefined) {
      call.status = 429;
      return Response.json(tooManyRequests, { status: 429, headers: { "retry-after": `${retryAfterSeconds}` } });
    }
    await proxy.onCall?.(call);
    const headers = new Headers(request.headers);
    for (const name of ["host", "content-length"]) headers.delete(name);
    headers.set("accept-encoding", "identity"); // fetch() would unpack it and leave the header
    const response = await fetch(cluster.server + path, {
      method: request.method,
      headers,
      client,
      redirect: "manual",
      ...(request.method === "GET" ? {} : { body }),
    }).catch(() => {
      gate.cut(remoteAddr.port);
      void follow();
    });
    if (response === undefined) return new Response(null, { status: 502 }); // the client is gone
    call.status = response.status;
    const { status, headers: answered } = response;
    if (kind === "watch" && response.ok && response.body !== null) {
      const relay = new WatchRelay(response.body, () => watches.delete(relay));
      watches.add(relay);
      return new Response(relay.readable, { status, headers: answered });
    }
    if (kind !== "write" && kind !== "event") return new Response(response.body, { status, headers: answered });
    const bytes = await response.arrayBuffer().catch(() => gate.cut(remoteAddr.port));
    if (bytes === undefined) return new Response(null, { status: 502 });
    if (response.ok) await proxy.onWritten?.(call);
    return new Response(bytes, { status, headers: answered });
  }

  const inside = serveOnLoopback(handle);
  const gate = openGate(inside.port);
  const server = `http://127.0.0.1:${gate.port}`;

  const proxy: FaultProxy = {
    server,
    kubeconfig: JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "proxied",
      clusters: [{ name: "proxied", cluster: { server } }],
      users: [{ name: "proxied", user: {} }],
      contexts: [{ name: "proxied", context: { cluster: "proxied", user: "proxied" } }],
    }),
    calls,
    forget: () => void calls.splice(0),
    get watches() {
      return watches.size;
    },
    onCall: undefined,
    onWritten: undefined,
    restore() {
      retryAfterSeconds = undefined;
      want("open");
    },
    refuse: () => want("refuse"),
    hush: () => want("hush"),
    loseConnections: () => gate.lose(),
    cutWatches() {
      for (const watch of watches) watch.cut();
    },
    expireWatches() {
      for (const watch of watches) watch.endWith(expired);
    },
    refuseRequests(seconds) {
      retryAfterSeconds = seconds;
    },
    async [Symbol.asyncDispose]() {
      over = true;
      await following;
      await gate[Symbol.asyncDispose]();
      for (const watch of watches) watch.cut();
      await inside[Symbol.asyncDispose]();
      client.close();
    },
  };
  return proxy;
}

/** Relays the events of one watch as they come, until it is cut. */
class WatchRelay {
  readonly readable: ReadableStream<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #ended: () => void;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #betweenLines = true;
  /** To be said before the end. */
  #lastLine: string | undefined;
  #over = false;

  constructor(events: ReadableStream<Uint8Array>, ended: () => void) {
    this.#reader = events.getReader();
    this.#ended = ended;
    this.readable = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
        void this.#relay();
      },
      cancel: () => this.#end(() => {}),
    });
  }

  cut(): void {
    this.#end(() => this.#controller.error(new Deno.errors.ConnectionReset("The proxy broke it off")));
  }

  endWith(line: string): void {
    this.#lastLine = line;
    this.#sayLastLine();
  }

  async #relay(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (this.#over) return;
        if (done) return this.#end(() => this.#controller.close());
        this.#controller.enqueue(value);
        this.#betweenLines = value.at(-1) === 0x0a;
        this.#sayLastLine();
      }
    } catch {
      this.cut(); // the API server broke it off
    }
  }

  #sayLastLine(): void {
    if (this.#lastLine === undefined || !this.#betweenLines) return;
    const bytes = new TextEncoder().encode(`${this.#lastLine}\n`);
    this.#end(() => {
      this.#controller.enqueue(bytes);
      this.#controller.close();
    });
  }

  #end(close: () => void): void {
    if (this.#over) return;
    this.#over = true;
    this.#ended();
    close();
    this.#reader.cancel().catch(() => {
      // It is broken already.
    });
  }
}

async function isListening({ hostname, port }: URL): Promise<boolean> {
  try {
    (await Deno.connect({ hostname, port: Number(port) })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}

function kindOf(method: string, path: string): CallKind {
  const { pathname, searchParams } = new URL(path, "http://proxy");
  if (method !== "GET") return /\/events(?:\/|$)/.test(pathname) ? "event" : "write";
  if (searchParams.get("watch") === "true") return "watch";
  return searchParams.has("limit") ? "list" : "get";
}

function status(code: number, reason: string, message: string) {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", reason, message, code };
}
