import type { Clock } from "../base/clock.ts";
import { errorText } from "../base/error_text.ts";
import { literalOrigin } from "../base/http_url.ts";
import { shortenMiddle } from "../base/shorten.ts";
import { Semaphore } from "../cluster/mod.ts";
import type { ExternalOutcome, ExternalRequest } from "../input/mod.ts";
import type { ExternalAuthPlan, ExternalCallPlan } from "../plan/plan.ts";
import { type Address, parseAddress, whyNotCalled } from "./address.ts";

export interface HttpCallerOptions {
  readonly clock: Clock;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  readonly userAgent: string;
  /** The value that `auth` names, read now. Rejects with words that hold no part of it. */
  readonly credential: (auth: ExternalAuthPlan, signal: AbortSignal) => Promise<string>;
  /** The addresses of a host name, as the system resolves it. */
  readonly lookup: (host: string) => Promise<readonly string[]>;
  readonly send: SendRequest;
}

/**
 * Sends one HTTP request, follows no redirect, and reads at most `maxBytes` of the body. `address` is where an `http`
 * request goes, whatever the name of its host resolves to by then. Rejects where there is no response, and where its
 * body is longer.
 */
export type SendRequest = (
  request: {
    readonly url: URL;
    readonly address: string;
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | undefined;
  },
  options: { readonly signal: AbortSignal; readonly maxBytes: number },
) => Promise<Pick<ExternalOutcome, "statusCode" | "headers" | "body">>;

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** For all tries together, in ms; the end of a review, say. */
  readonly withinMs?: number | undefined;
  /** Read before each try: this process may act at present. */
  readonly mayCall?: (() => boolean) | undefined;
}

/** Makes calls; each resolves, within the times of its plan, whatever the server does. */
export interface HttpCaller {
  call(plan: ExternalCallPlan, request: ExternalRequest, options?: CallOptions): Promise<ExternalOutcome>;
}

/** Of the process; those beyond wait for their turn. */
const maxInFlight = 64;
/** All tries of one call, and the waits between them. */
const maxCallMs = 120_000;
const maxBodyBytes = 256 * 1024;
const maxRequestBody = 64 * 1024;
const maxUrl = 4096;
const maxHeaderValue = 4096;
/** Of a response. */
const maxResponseHeaders = 32;
const maxResponseHeader = 1024;
/** Longest error of a result. */
const maxError = 400;
/** Credentials of a session with the server, which nothing is to read. */
const hiddenHeaders = new Set(["set-cookie", "set-cookie2", "www-authenticate", "proxy-authenticate"]);

/** A call cannot be made, or failed, for a reason that a further try does not change. */
class Final extends Error {
  override name = "Final";
}

/** Creates what makes calls. */
export function httpCaller(options: HttpCallerOptions): HttpCaller {
  const { clock } = options;
  const places = new Semaphore(maxInFlight);
  return {
    async call(plan, request, { signal, withinMs = maxCallMs, mayCall } = {}) {
      const startMs = clock.nowMs();
      const limitMs = Math.min(withinMs, maxCallMs);
      const call = new Call(options, plan, request, mayCall ?? (() => true));
      const abort = new AbortController();
      const cancel = clock.after(limitMs, () => abort.abort(new Error(`No result within ${limitMs} ms`)));
      const stop = (): void => abort.abort(new Error("It was aborted"));
      signal?.addEventListener("abort", stop, { once: true });
      if (signal?.aborted === true) stop();
      try {
        const release = await places.acquire(abort.signal);
        try {
          return timed(await call.run(abort.signal), clock.nowMs() - startMs);
        } finally {
          release();
        }
      } catch (error) {
        return timed(call.failure(error), clock.nowMs() - startMs);
      } finally {
        cancel();
        signal?.removeEventListener("abort", stop);
      }
    },
  };
}

type Outcome = Omit<ExternalOutcome, "durationSeconds">;

function timed(outcome: Outcome, ms: number): ExternalOutcome {
  return { ...outcome, durationSeconds: Math.round(ms) / 1000 };
}

class Call {
  readonly #options: HttpCallerOptions;
  readonly #plan: ExternalCallPlan;
  readonly #request: ExternalRequest;
  readonly #mayCall: () => boolean;
  /** What no text may hold. */
  #credential: string | undefined;

  constructor(
    options: HttpCallerOptions,
    plan: ExternalCallPlan,
    request: ExternalRequest,
    mayCall: () => boolean,
  ) {
    this.#options = options;
    this.#plan = plan;
    this.#request = request;
    this.#mayCall = mayCall;
  }

  async run(signal: AbortSignal): Promise<Outcome> {
    const { initialMs, maxMs, multiplier, maxAttempts } = this.#plan.retry;
    let waitMs = initialMs;
    for (let attempt = 1;; attempt++) {
      let outcome: Outcome;
      try {
        outcome = await this.#try(signal);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        outcome = this.failure(error);
        if (error instanceof Final) return outcome;
      }
      const again = outcome.error !== "" && isTransient(outcome.statusCode) && attempt < maxAttempts;
      if (!again) return outcome;
      await this.#wait(Math.min(waitMs, maxMs) * (0.5 + this.#options.random() / 2), signal);
      waitMs *= multiplier;
    }
  }

  failure(error: unknown): Outcome {
    const text = shortenMiddle(this.#withoutCredential(errorText(error)), maxError);
    return { statusCode: 0, headers: {}, body: "", error: text };
  }

  async #try(signal: AbortSignal): Promise<Outcome> {
    if (!this.#mayCall()) throw new Final("This process does not lead");
    const { clock, send, credential, userAgent } = this.#options;
    const { auth, method, timeoutMs } = this.#plan;
    const url = this.#url();
    const headers: Record<string, string> = { "user-agent": userAgent, ...this.#headers() };
    const body = this.#body();
    const abort = new AbortController();
    const cancel = clock.after(timeoutMs, () => abort.abort(new Error(`No response within ${timeoutMs} ms`)));
    const either = AbortSignal.any([signal, abort.signal]);
    try {
      return await Promise.race([
        aborted(either),
        (async () => {
          if (auth !== undefined) {
            const value = await credential(auth, either);
            this.#credential = value;
            headers[auth.header] = auth.header === "authorization" ? `Bearer ${value}` : value;
          }
          const address = await this.#addressOf(url);
          if (!this.#mayCall()) throw new Final("This process does not lead");
          const response = await send(
            { url, address, method, headers, body: method === "GET" || method === "HEAD" ? undefined : body },
            { signal: either, maxBytes: maxBodyBytes },
          );
          return this.#judged({ ...response, headers: shownHeaders(response.headers) });
        })(),
      ]);
    } finally {
      cancel();
    }
  }

  #judged(response: Omit<Outcome, "error">): Outcome {
    const { expectedStatus } = this.#plan;
    const { statusCode } = response;
    const isExpected = expectedStatus.length === 0
      ? statusCode >= 200 && statusCode <= 299
      : expectedStatus.includes(statusCode);
    return { ...response, error: isExpected ? "" : `Status ${statusCode}` };
  }

  #url(): URL {
    const { url: text } = this.#request;
    if (text.length > maxUrl) throw new Final(`The URL is longer than ${maxUrl} characters`);
    let url: URL;
    try {
      url = new URL(text);
    } catch {
      throw new Final("Its templates render to no URL"); // the error would quote what may be a secret
    }
    if (url.protocol !== "http:" && url.protocol !== "https:") throw new Final("The URL is neither http nor https");
    if (url.username !== "" || url.password !== "") throw new Final("The URL holds a user or a password");
    url.hash = "";
    const declared = literalOrigin(this.#plan.url.text);
    const isDeclared = declared === undefined ||
      new URL(`${declared.scheme}://${declared.host}:${declared.port}`).origin === url.origin;
    if (!isDeclared) throw new Final("The URL leads to another host than the one that the Katalog writes out");
    return url;
  }

  #headers(): Record<string, string> {
    const headers: Record<string, string> = {};
    for (const name of Object.keys(this.#plan.headers)) {
      const { headers: rendered } = this.#request;
      const value = Object.hasOwn(rendered, name) ? rendered[name]! : "";
      if (value.length > maxHeaderValue || !/^[\x20-\x7e]*$/.test(value)) {
        throw new Final(`The header ${name} renders to what no header can have: too long, or with signs beyond ASCII`);
      }
      headers[name] = value;
    }
    return headers;
  }

  #body(): string | undefined {
    const { body } = this.#request;
    if (body !== undefined && new TextEncoder().encode(body).length > maxRequestBody) {
      throw new Final(`The body of the request is longer than ${maxRequestBody} bytes`);
    }
    return body;
  }

  /** An address of the host, all of which may be called. */
  async #addressOf({ hostname }: URL): Promise<string> {
    const declared = literalOrigin(this.#plan.url.text);
    const own = parseAddress(hostname);
    const explicit = {
      hostIsLiteral: declared !== undefined,
      addressIsLiteral: declared !== undefined && own !== undefined,
    };
    const texts = own !== undefined ? [hostname.replace(/^\[|\]$/g, "")] : await this.#lookup(hostname);
    for (const text of texts) {
      const address: Address | undefined = own ?? parseAddress(text);
      const why = address === undefined ? "it is no address" : whyNotCalled(address, explicit);
      if (why !== undefined) {
        throw new Final(`${hostname} is not called: ${own === undefined ? `${text}: ` : ""}${why}`);
      }
    }
    const [first] = texts;
    if (first === undefined) throw new Error(`${hostname} has no address`);
    return first;
  }

  async #lookup(host: string): Promise<readonly string[]> {
    try {
      return await this.#options.lookup(host);
    } catch (error) {
      throw new Error(`The name ${host} cannot be resolved: ${errorText(error)}`);
    }
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(ms, resolve);
    try {
      await Promise.race([promise, aborted(signal)]);
    } finally {
      cancel();
    }
  }

  /** Errors of libraries may quote the URL, with its query, or a header. */
  #withoutCredential(text: string): string {
    const { url } = this.#request;
    const query = url.indexOf("?");
    const withoutQuery = query < 0 ? text : text.replaceAll(url.slice(query), "?…");
    return this.#credential === undefined ? withoutQuery : withoutQuery.replaceAll(this.#credential, "…");
  }
}

/** Rejects when the signal aborts, also for work that does not heed it. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** No response, or one that says that another time is better. */
function isTransient(statusCode: number): boolean {
  return statusCode === 0 || statusCode === 408 || statusCode === 429 || statusCode >= 500;
}

/** The first headers of a response, without those that are credentials, none of them longer than 1 KiB. */
function shownHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const shown = Object.entries(headers)
    .filter(([name, value]) => !hiddenHeaders.has(name) && value.length <= maxResponseHeader)
    .slice(0, maxResponseHeaders);
  return Object.fromEntries(shown);
}
