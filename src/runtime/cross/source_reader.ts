import { type Clock, formatTime } from "../../base/clock.ts";
import { errorText } from "../../base/error_text.ts";
import { shortenMiddle } from "../../base/shorten.ts";
import { type CrossEntry, type CrossSourceHealth, maxObjects, maxTotalBytes } from "../../box/mod.ts";
import { type ObjectKey, objectKey } from "../../k8s/object.ts";
import type { Log } from "../../observe/log.ts";
import type { CrossSourcePlan } from "../../plan/plan.ts";
import type { ObservedSource } from "./observed_source.ts";
import { PageError, readPage } from "./page.ts";
import type { RequestPage } from "./request_page.ts";

/** For one page, and for all pages of one poll. */
const pageTimeoutMs = 10_000;
const pollTimeoutMs = 60_000;
/** Largest body of one page. */
const maxPageBytes = 8 * 1024 * 1024;
/** What a Runtime publishes fits into fewer. */
const maxPages = 256;
/** After failures: doubles from the first to the second, each wait shortened by up to a half at random. */
const backoff = { initialMs: 1_000, maxMs: 60_000 };
/** Longest reason that is shown. */
const maxReason = 512;

export interface SourceReaderOptions {
  readonly source: CrossSourcePlan;
  /** Receives what is read. */
  readonly observed: ObservedSource;
  readonly request: RequestPage;
  /** The bearer token at this moment; `undefined`: none is needed. Rejects, with what is missing, where there is none. */
  readonly token: () => Promise<string | undefined>;
  readonly clock: Clock;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  readonly log: Log;
}

/** Everything of a source, as of one poll. */
interface Read {
  readonly entries: ReadonlyMap<ObjectKey, CrossEntry>;
  readonly omitted: number;
  /** Of all pages; absent where they had different ones. */
  readonly version?: string | undefined;
}

/** The source did not return its objects; the message says why. */
class UnreadError extends Error {
  override name = "UnreadError";
}

/**
 * Polls the objects of a box of another Runtime, and publishes what differs. A poll is taken whole or not at all. What was
 * read last stays while the source is away; nothing waits for it.
 */
export class SourceReader {
  readonly #options: SourceReaderOptions;
  #isStopped = false;
  #done: Promise<void> = Promise.resolve();
  /** Ends the running poll. */
  #abort: AbortController | undefined;
  /** Ends the wait for the next poll. */
  #wake: (() => void) | undefined;
  #isWoken = false;
  /** What the source called the state that was read last. */
  #version: string | undefined;
  #failures = 0;
  #lastRead: string | undefined;
  #since: string | undefined;
  #reason: string | undefined;
  /** What was logged of the outage last. */
  #logged: string | undefined;

  constructor(options: SourceReaderOptions) {
    this.#options = options;
  }

  start(): void {
    this.#done = this.#run();
  }

  /** Polls now, or once more when a poll is in flight: its token has changed. */
  wake(): void {
    this.#isWoken = true;
    this.#wake?.();
  }

  get state(): CrossSourceHealth {
    const [lastRead, since, reason] = [this.#lastRead, this.#since, this.#reason];
    const state = lastRead === undefined ? "unreached" : since === undefined ? "current" : "stale";
    return {
      source: this.#options.source.key,
      state,
      ...(lastRead === undefined ? {} : { lastRead }),
      ...(since === undefined ? {} : { since }),
      ...(reason === undefined ? {} : { reason }),
    };
  }

  /** Resolves when no request is in flight. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#abort?.abort(new DOMException("The reader was stopped", "AbortError"));
    this.#wake?.();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { source, clock } = this.#options;
    while (!this.#isStopped) {
      this.#isWoken = false;
      const abort = this.#abort = new AbortController();
      const cancel = clock.after(pollTimeoutMs, () => abort.abort(timeOut(pollTimeoutMs)));
      let waitMs = source.intervalMs;
      try {
        await this.#poll(abort);
        if (!this.#isStopped) this.#succeeded();
      } catch (error) {
        if (this.#isStopped) return;
        this.#failed(abort.signal.aborted ? abort.signal.reason : error);
        waitMs = this.#backoffMs();
      } finally {
        cancel();
      }
      await this.#wait(waitMs);
    }
  }

  async #wait(ms: number): Promise<void> {
    if (this.#isStopped || this.#isWoken) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
    this.#wake = undefined;
  }

  async #poll(abort: AbortController): Promise<void> {
    const { observed } = this.#options;
    const read = await this.#readAll(abort);
    if (read === "unchanged" || this.#isStopped) return;
    const { entries, omitted, version } = read;
    const update = { begins: true, complete: true, objects: [...entries.values()], gone: [], omitted };
    observed.publish({ source: observed.name, ...update });
    this.#version = version;
  }

  async #readAll(abort: AbortController): Promise<Read | "unchanged"> {
    const { source } = this.#options;
    const entries = new Map<ObjectKey, CrossEntry>();
    let [chars, omitted] = [0, 0];
    const versions = new Set<string | undefined>();
    let next: string | undefined;
    for (let pages = 0; pages < maxPages; pages++) {
      const response = await this.#request(next, abort);
      if (response === "unchanged") return response;
      const page = readPage(response.body, source.crd);
      versions.add(response.version);
      omitted = Math.max(omitted, page.omitted);
      for (const entry of page.entries) {
        const key = objectKey(entry.object);
        chars += entry.bytes - (entries.get(key)?.bytes ?? 0);
        entries.set(key, entry);
      }
      if (entries.size > maxObjects || chars > maxTotalBytes) {
        throw new UnreadError(
          `It has more than ${maxObjects} objects, or more than ${maxTotalBytes / 1024 / 1024} MiB of them`,
        );
      }
      if (page.next === undefined) {
        const [version] = versions;
        return { entries, omitted, ...(versions.size === 1 && version !== undefined ? { version } : {}) };
      }
      if (page.entries.length === 0) throw new PageError("It has a next page, and no items");
      next = page.next;
    }
    throw new UnreadError(`It has more than ${maxPages} pages`);
  }

  /** One page: the first, unless the source is as it was read last; or the one that `next` stands for. */
  async #request(
    next: string | undefined,
    abort: AbortController,
  ): Promise<{ readonly body: string; readonly version: string | undefined } | "unchanged"> {
    const { source: { url, crd }, request, token, clock } = this.#options;
    const cancel = clock.after(pageTimeoutMs, () => abort.abort(timeOut(pageTimeoutMs)));
    const known = next === undefined ? this.#version : undefined;
    try {
      const query = new URLSearchParams({ view: "cross", ...(next === undefined ? {} : { continue: next }) });
      const bearer = await Promise.race([token(), aborted(abort.signal)]);
      const headers: Record<string, string> = { accept: "application/json" };
      if (bearer !== undefined) headers["authorization"] = `Bearer ${bearer}`;
      if (known !== undefined) headers["if-none-match"] = known;
      const path = `/katalog/${encodeURIComponent(crd)}/cr?${query}`;
      const { signal } = abort;
      const { status, etag, body } = await request(url + path, { headers, signal, maxBytes: maxPageBytes });
      if (status === 304 && known !== undefined) return "unchanged";
      if (status !== 200) throw new UnreadError(refusal(status, body));
      return { body, version: etag };
    } finally {
      cancel();
    }
  }

  #succeeded(): void {
    const { source: { key }, clock, log } = this.#options;
    if (this.#since !== undefined) {
      log("info", `cross: ${key} can be read again`, {
        event: "cross.source",
        source: key,
        since: this.#since,
      });
    }
    this.#failures = 0;
    this.#since = undefined;
    this.#reason = undefined;
    this.#logged = undefined;
    this.#lastRead = formatTime(clock.wallMs());
  }

  #failed(error: unknown): void {
    const { source: { key }, observed, clock, log } = this.#options;
    const reason = reasonOf(error);
    this.#failures++;
    this.#since ??= formatTime(clock.wallMs());
    this.#reason = reason;
    observed.unreached();
    const kept = this.#lastRead === undefined
      ? "its objects count as not found until it can"
      : `its objects stay as they were read at ${this.#lastRead}`;
    // Errors of connections name ports, and are one for an outage.
    const kind = error instanceof UnreadError || error instanceof PageError ? reason : "away";
    log(kind === this.#logged ? "debug" : "warn", `cross: ${key} cannot be read: ${reason}; ${kept}`, {
      event: "cross.source",
      source: key,
      reason,
      since: this.#since,
    });
    this.#logged = kind;
  }

  #backoffMs(): number {
    const { random, source: { intervalMs } } = this.#options;
    const ms = Math.min(backoff.initialMs * 2 ** Math.min(this.#failures - 1, 16), Math.max(backoff.maxMs, intervalMs));
    return ms - random() * ms / 2;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof PageError) return `Cannot use the response: ${error.message}`;
  return shortenMiddle(errorText(error), maxReason);
}

/** Rejects when it is aborted. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function timeOut(ms: number): Error {
  return new Error(`No response within ${ms / 1000} s`);
}

/** `HTTP 403: …`, with what the other Runtime says. */
function refusal(status: number, body: string): string {
  const said = /^\s*\{\s*"error"\s*:\s*("(?:[^"\\]|\\.){0,2000}")/.exec(body)?.[1];
  const text = said === undefined ? undefined : textIn(said);
  return `HTTP ${status}` + (text === undefined ? "" : `: ${shortenMiddle(text, maxReason)}`);
}

function textIn(json: string): string | undefined {
  try {
    // Another process wrote it: no control characters in the log.
    return String(JSON.parse(json)).replace(/\p{Cc}/gu, " ");
  } catch {
    return undefined; // no text, so there is nothing to show but the status
  }
}
