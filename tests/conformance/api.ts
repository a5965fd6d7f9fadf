import assert from "node:assert/strict";
import { waitFor } from "../support/wait_for.ts";
import type { Fetch } from "./exchange.ts";
import { patchTypes } from "./scenarios/steps.ts";

// deno-lint-ignore no-explicit-any -- responses are whatever the server sends
export type Body = any;

export interface Reply {
  readonly status: number;
  readonly body: Body;
}

export interface Event {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: Body;
}

/** A server by its paths, for tests. */
export class Api {
  readonly #fetch: Fetch;

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  async send(method: string, path: string, body?: unknown, type = "application/json"): Promise<Reply> {
    const headers = { "user-agent": "conformance/1", ...(body === undefined ? {} : { "content-type": type }) };
    const response = await this.#fetch(path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text };
  }

  async get(path: string): Promise<Body> {
    return succeeded(await this.send("GET", path));
  }

  async create(path: string, body: unknown): Promise<Body> {
    return succeeded(await this.send("POST", path, body));
  }

  async patch(kind: keyof typeof patchTypes, path: string, body: unknown): Promise<Body> {
    return succeeded(await this.send("PATCH", path, body, patchTypes[kind]));
  }

  async remove(path: string, body?: unknown): Promise<Body> {
    return succeeded(await this.send("DELETE", path, body));
  }

  /** Waits until an object is there and `probe` accepts it. */
  until(description: string, path: string, probe: (object: Body) => boolean = () => true): Promise<Body> {
    let last: Reply | undefined;
    return waitFor(description, async () => {
      last = await this.send("GET", path);
      return last.status === 200 && probe(last.body) ? last.body : undefined;
    }, { explain: () => last });
  }

  /** Waits until there is nothing at a path. */
  async untilGone(path: string): Promise<void> {
    let last: Reply | undefined;
    await waitFor(`${path} is gone`, async () => {
      last = await this.send("GET", path);
      return last.status === 404;
    }, { explain: () => last });
  }

  /** A watch; it has begun when this resolves. Dispose of it. */
  async watch(path: string, accept = "application/json"): Promise<Watching> {
    const aborter = new AbortController();
    const url = `${path}${path.includes("?") ? "&" : "?"}watch=true`;
    const response = await this.#fetch(url, {
      method: "GET",
      headers: { "user-agent": "conformance/1", accept },
      signal: aborter.signal,
    });
    return new Watching(response, aborter);
  }
}

function succeeded({ status, body }: Reply): Body {
  assert.ok(status < 300, `HTTP ${status}: ${JSON.stringify(body)}`);
  return body;
}

/** A watch and its events so far. */
export class Watching implements AsyncDisposable {
  readonly status: number;
  readonly #aborter: AbortController;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #rest = "";
  #events: Event[] = [];

  constructor(response: Response, aborter: AbortController) {
    this.status = response.status;
    this.#aborter = aborter;
    this.#reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next event; `undefined` when the server has ended the watch. Fails after ten seconds of silence. */
  async next(): Promise<Event | undefined> {
    while (this.#events.length === 0) {
      const { done, value } = await this.#read();
      if (done) return undefined;
      const lines = (this.#rest + value).split("\n");
      this.#rest = lines.pop()!;
      this.#events.push(...lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Event));
    }
    return this.#events.shift();
  }

  /** The next `count` events as `TYPE name`, bookmarks left out. */
  async names(count: number): Promise<string[]> {
    const out: string[] = [];
    while (out.length < count) {
      const event = await this.next();
      if (event === undefined) break;
      if (event.type !== "BOOKMARK") out.push(`${event.type} ${event.object.metadata?.name ?? event.object.reason}`);
    }
    return out;
  }

  async #read(): Promise<ReadableStreamReadResult<string>> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("Not within 10 s: an event of the watch")), 10_000);
    });
    try {
      return await Promise.race([this.#reader.read(), silence]);
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A watch that the server has ended or broken off cannot be cancelled, and need not be.
    await this.#reader.cancel().catch(() => {
      // See above.
    });
    this.#aborter.abort();
  }
}
