import type { Clock } from "../base/clock.ts";
import { redacted } from "../base/redact.ts";
import {
  type ApiError,
  errorFromResponse,
  MalformedResponseError,
  NetworkError,
  type RequestLine,
  ResponseTooLargeError,
} from "./api_error.ts";
import { ConfigError } from "./config.ts";
import type { Credential, Credentials } from "./credentials.ts";
import { Deadlines } from "./deadlines.ts";
import type { HttpClient } from "./http_client.ts";
import { chunksOf } from "./chunks.ts";
import { type Fence, FencedError } from "./fence.ts";
import { FencedCalls } from "./fenced_calls.ts";
import { join, LineSplitter } from "./line_splitter.ts";
import type { WarnedRequest } from "./warnings.ts";

/** One HTTP request as a value. */
export interface HttpRequest {
  readonly verb: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path and query. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
  /** Called with the status code of each response. */
  readonly onStatus?: ((code: number) => void) | undefined;
  /** The pass that makes it (`CallOptions.pass`). */
  readonly pass?: string | undefined;
  /** Header of that name; none when absent. */
  readonly traceparent?: string | undefined;
  /** Of the whole response; of a stream only until its first byte. */
  readonly timeoutMs: number;
}

/** Sends requests; every wait has a time-out and every body a size limit. */
export interface Transport {
  /** The text of a 2xx response. Throws `ApiError`, `NetworkError`, `ResponseTooLargeError`, or the signal's reason. */
  text(request: HttpRequest & { maxBytes: number }): Promise<string>;
  /**
   * Calls `onLine` with each line of a 2xx response. Returns `idle` when nothing came for `idleMs`, `ended` when the
   * server ended it between two lines. What `onLine` throws ends the stream and is thrown here. `onOpen` is called when
   * the response begins, before its first line.
   */
  lines(
    request: HttpRequest & { idleMs: number; maxLineBytes: number; onOpen?: () => void },
    onLine: (line: string) => void,
  ): Promise<"ended" | "idle">;
  close(): void;
}

const eventPath = /^\/apis\/events\.k8s\.io\//;

/** Maximum that is read of the body of an error. A Status with many causes is some 10 KB. */
const maxErrorBytes = 256 * 1024;

export function createTransport(
  parts: {
    /** Base URL, for messages. */
    server: string;
    http: HttpClient;
    credentials: Credentials;
    clock: Clock;
    userAgent: string;
    onWarning?: (text: string, request: WarnedRequest) => void;
    fence?: Fence | undefined;
    onRequest?: ((verb: string, code: number | undefined, ms: number) => void) | undefined;
    /** A write, Events aside, was refused or aborted by the fence. */
    onFenced?: (() => void) | undefined;
  },
): Transport {
  const { http, credentials, clock, onRequest } = parts;
  const { fence } = parts;
  const deadlines = new Deadlines(clock);
  const fenced = fence && new FencedCalls(fence, clock);

  /** Sends once, again with a fresh credential after a 401, and returns a 2xx response. */
  async function responseTo(request: HttpRequest, call: Call): Promise<Response> {
    let response = await exchange(request, call);
    if (response.status === 401) {
      await discard(response);
      credentials.rejected();
      response = await exchange(request, call);
    }
    if (response.ok) return response;
    throw await refusal(response, request, call);
  }

  async function exchange(request: HttpRequest, call: Call): Promise<Response> {
    const credential = await credentialFor(request);
    call.token = credential.token;
    fence?.check(lineOf(request)); // nothing that waits comes between this and the request
    // A plain record: `fetch` would walk through a Headers object by sorting it first.
    const headers: Record<string, string> = {
      accept: "application/json",
      // kube-apiserver compresses into several gzip members, of which newer versions of Deno read only the first. Nor
      // does compression pay off inside a cluster.
      "accept-encoding": "identity",
      "user-agent": fence?.userAgent === undefined ? parts.userAgent : `${parts.userAgent} ${fence.userAgent}`,
    };
    if (request.contentType !== undefined) headers["content-type"] = request.contentType;
    if (request.traceparent !== undefined) headers["traceparent"] = request.traceparent;
    if (credential.token !== undefined) headers["authorization"] = `Bearer ${credential.token}`;
    const sentMs = clock.nowMs();
    let response: Response;
    try {
      response = await http.fetch(request.path, {
        method: request.verb,
        headers,
        redirect: "manual", // the credential is for this server only
        signal: call.signal,
        ...(request.body === undefined ? {} : { body: request.body }),
      }, credential);
    } catch (error) {
      count(request, undefined, sentMs);
      throw error;
    }
    count(request, response.status, sentMs);
    request.onStatus?.(response.status);
    if (call.signal.aborted) {
      await discard(response);
      throw call.signal.reason;
    }
    http.responded();
    if (parts.onWarning !== undefined) reportWarnings(response, request, parts.onWarning);
    return response;
  }

  /** Without one no request is sent, as without a connection: it is tried again like that. */
  async function credentialFor(request: HttpRequest): Promise<Credential> {
    try {
      return await credentials.current();
    } catch (cause) {
      if (cause instanceof ConfigError) throw cause;
      const line = lineOf(request);
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new NetworkError(`Cannot ${line.verb} ${parts.server}${line.path}: no credential: ${reason}`, {
        request: line,
        cause,
      });
    }
  }

  function count(request: HttpRequest, code: number | undefined, sentMs: number): void {
    onRequest?.("idleMs" in request ? "WATCH" : request.verb, code, clock.nowMs() - sentMs);
  }

  async function refusal(response: Response, request: HttpRequest, call: Call): Promise<ApiError> {
    const { bytes } = await readUpTo(response, maxErrorBytes, call);
    const retryAfter = response.headers.get("retry-after");
    const text = new TextDecoder().decode(bytes);
    // Proxies exist that say which token they refuse.
    const body = call.token === undefined || call.token === "" ? text : text.replaceAll(call.token, redacted);
    return errorFromResponse({ status: response.status, body, retryAfter, wallMs: clock.wallMs() }, lineOf(request));
  }

  /** Runs `use` with the time-out and the signal of a request, and converts errors to our types. */
  async function within<T>(request: HttpRequest, use: (call: Call) => Promise<T>): Promise<T> {
    request.signal?.throwIfAborted();
    const call = new Call(clock, deadlines, request.signal);
    call.limit(request.timeoutMs);
    const unfenced = request.verb === "GET"
      ? undefined
      : fenced?.add(() =>
        call.abort(new FencedError(lineOf(request), "The right to write has ended", { wasSent: true }))
      );
    try {
      return await call.race(use(call));
    } catch (error) {
      // Events that are still to be sent when a term ends in order are no sign of a leader that is late.
      if (error instanceof FencedError && !eventPath.test(request.path)) parts.onFenced?.();
      if (request.signal?.aborted) throw request.signal.reason;
      const line = lineOf(request);
      const what = `Cannot ${line.verb} ${parts.server}${line.path}`;
      if (call.timedOut) {
        http.timedOut();
        throw new NetworkError(`${what}: no response in time`, { request: line, timedOut: true });
      }
      // What fetch and its body throw is a TypeError, an error of the connection, or of the HTTP in it.
      if (error instanceof TypeError || isConnectionError(error)) {
        throw new NetworkError(`${what}: ${withoutUrl(reasonOf(error))}`, { request: line, cause: error });
      }
      throw error;
    } finally {
      unfenced?.();
      call.end();
    }
  }

  return {
    text: (request) =>
      within(request, async (call) => {
        const response = await responseTo(request, call);
        if (isShort(response, request.maxBytes)) return await response.text(); // several times faster than chunks
        const { bytes, whole } = await readUpTo(response, request.maxBytes, call);
        if (!whole) throw new ResponseTooLargeError({ request: lineOf(request), limitBytes: request.maxBytes });
        return new TextDecoder().decode(bytes);
      }),

    async lines(request, onLine) {
      let opened = false;
      let thrown: { error: unknown } | undefined; // by onLine: passed through, whatever its class
      const guarded = (line: string): void => {
        try {
          onLine(line);
        } catch (error) {
          thrown = { error };
          throw error;
        }
      };
      try {
        await within(request, async (call) => {
          const response = await responseTo(request, call);
          const line = lineOf(request);
          const splitter = new LineSplitter(request.maxLineBytes, guarded, () => {
            throw new ResponseTooLargeError({ request: line, limitBytes: request.maxLineBytes });
          });
          call.limit(request.idleMs);
          opened = true;
          request.onOpen?.();
          await readChunks(response, call, (chunk) => {
            call.touch();
            splitter.push(chunk);
            return true;
          });
          if (splitter.unfinished) {
            throw new MalformedResponseError(`${line.verb} ${line.path}: ended in the middle of an event`, {
              request: line,
            });
          }
        });
        return "ended";
      } catch (error) {
        if (thrown !== undefined) throw thrown.error;
        if (opened && error instanceof NetworkError && error.timedOut) return "idle";
        throw error;
      }
    },

    close: () => http.close(),
  };
}

/** One request in flight: its abort signal, and a timer that restarts with `limit` and is extended with `touch`. */
class Call {
  timedOut = false;
  /** That was sent last. */
  token: string | undefined;
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #onOuterAbort = () => this.#controller.abort(this.#outer?.reason);
  #cancelTimer: () => void = () => {};
  #touchedMs = 0;

  constructor(clock: Clock, deadlines: Deadlines, outer: AbortSignal | undefined) {
    this.#clock = clock;
    this.#deadlines = deadlines;
    this.#outer = outer;
    // Not AbortSignal.any(): it would stay attached to a signal that lives as long as the process.
    outer?.addEventListener("abort", this.#onOuterAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#controller.abort(reason);
  }

  limit(ms: number): void {
    this.#cancelTimer();
    this.#touchedMs = this.#clock.nowMs();
    this.#arm(ms, ms);
  }

  touch(): void {
    this.#touchedMs = this.#clock.nowMs();
  }

  /** One timer for many chunks: when it fires early, it waits for the rest. */
  #arm(limitMs: number, waitMs: number): void {
    this.#cancelTimer = this.#deadlines.after(waitMs, () => {
      const leftMs = this.#touchedMs + limitMs - this.#clock.nowMs();
      if (leftMs > 0) return this.#arm(limitMs, leftMs);
      this.timedOut = true;
      this.#controller.abort(new DOMException("no response in time", "TimeoutError"));
    });
  }

  /** Waits for `work`, but no longer than the call lives: not everything in it obeys the signal. */
  async race<T>(work: Promise<T>): Promise<T> {
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(this.signal.reason);
    this.signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([work, aborted]);
    } finally {
      this.signal.removeEventListener("abort", onAbort);
    }
  }

  end(): void {
    this.#cancelTimer();
    this.#outer?.removeEventListener("abort", this.#onOuterAbort);
  }
}

/** The length is known and within bounds. HTTP/1.1 lets no more through than it says, except by compression. */
function isShort({ headers }: Response, maxBytes: number): boolean {
  const length = headers.get("content-length");
  return length !== null && Number(length) <= maxBytes && !headers.has("content-encoding");
}

/** Reads until the end, or until `onChunk` returns false. A chunk is valid until `onChunk` returns. */
async function readChunks(response: Response, call: Call, onChunk: (chunk: Uint8Array) => boolean): Promise<void> {
  if (response.body === null) return;
  const reader = chunksOf(response.body);
  // Frees the connection, also when the stream ignores the signal.
  const leave = (): void =>
    void reader.cancel().catch(() => {
      // It broke by itself, and that error was thrown already.
    });
  call.signal.addEventListener("abort", leave, { once: true });
  try {
    for (;;) {
      const chunk = await reader.next();
      if (chunk === undefined || !onChunk(chunk)) break;
    }
  } finally {
    call.signal.removeEventListener("abort", leave);
    leave();
  }
}

async function readUpTo(
  response: Response,
  maxBytes: number,
  call: Call,
): Promise<{ bytes: Uint8Array; whole: boolean }> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  let whole = true;
  await readChunks(response, call, (chunk) => {
    const part = chunk.slice(0, maxBytes - total);
    chunks.push(part);
    total += part.length;
    return whole = part.length === chunk.length;
  });
  return { bytes: chunks.length === 1 ? chunks[0]! : join(chunks, total), whole };
}

/** The root cause: newer versions of Deno say "fetch failed", and the rest in the cause. */
function reasonOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** The message of an error of `fetch` has the URL, and ours too. */
function withoutUrl(message: string): string {
  return message.replace(/^error sending request (?:from \S+ )?for url \(\S+\): /, "");
}

/** An error that `fetch` or a body stream raises for a broken connection (`Deno.errors.*`). */
function isConnectionError(error: unknown): error is Error {
  const { errors } = Deno;
  return [
    errors.Http,
    errors.ConnectionAborted,
    errors.ConnectionRefused,
    errors.ConnectionReset,
    errors.BrokenPipe,
    errors.UnexpectedEof,
    errors.TimedOut,
    errors.Interrupted,
    errors.BadResource,
  ].some((type) => error instanceof type);
}

function lineOf(request: HttpRequest): RequestLine {
  return { verb: request.verb, path: request.path };
}

/** `Warning: 299 - "text"` (RFC 7234, section 5.5): deprecated versions, unknown fields. */
function reportWarnings(
  response: Response,
  request: HttpRequest,
  onWarning: (text: string, request: WarnedRequest) => void,
): void {
  const header = response.headers.get("warning");
  if (header === null) return;
  for (const [, quoted] of header.slice(0, maxErrorBytes).matchAll(/299 [^ ,]+ "((?:[^"\\]|\\.)*)"/g)) {
    onWarning(quoted!.replace(/\\(.)/g, "$1"), { ...lineOf(request), pass: request.pass });
  }
}

/** Frees the connection of a response that is not read. */
async function discard(response: Response): Promise<void> {
  try {
    await response.body?.cancel();
  } catch {
    // It is broken, so it is free already.
  }
}
