import type { Clock } from "../../base/clock.ts";
import { stringifyJson } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { needsWebhook, readAt } from "../conversion.ts";
import { ApiFault, expired } from "../faults.ts";
import { internal } from "../objects.ts";
import type { ResourceVersion } from "../resource.ts";
import type { Matcher } from "./list.ts";
import { unreviewed } from "../steps.ts";
import type { Change, Collection } from "../store.ts";
import { renderEvent, type Rendering } from "./render.ts";

export interface WatchOptions {
  readonly type: ResourceVersion;
  readonly collection: Collection;
  readonly namespace: string | undefined;
  readonly query: URLSearchParams;
  readonly matcher: Matcher | undefined;
  readonly rendering: Rendering;
  /** Stored objects at the version of the watch, where a webhook has to convert them. Rejects with `ApiFault`. */
  readonly read: (stored: readonly KubeObject[]) => Promise<KubeObject[]>;
  /** Called with bugs of the sandbox itself. */
  readonly onFault: (error: unknown) => void;
  readonly clock: Clock;
  /** Ends the watch when the client has gone. */
  readonly signal: AbortSignal;
  /** Called once, when the watch has ended for whatever reason. */
  readonly onEnd: () => void;
}

/** A client with more unread bytes than this is disconnected, as the API server does with slow watchers. */
const maxPendingBytes = 32 * 1024 * 1024;
/** A client that is this many events behind a webhook is disconnected, too. */
const maxWaiting = 20_000;
/** Bookmarks come at this interval, and shortly before the end (`bookmarkFrequency`). */
const bookmarkMs = 60_000;
const beforeEndMs = 2000;
const encoder = new TextEncoder();

/** Event lines printed once for all watchers of a change; keyed by what the text depends on. */
const lines = new WeakMap<Change, Map<string, Uint8Array>>();

/** A watch and the means to end it from outside. */
export interface Watch {
  readonly body: ReadableStream<Uint8Array>;
  /** True when it ended at once: there is nothing to stop. */
  readonly ended: boolean;
  stop(): void;
}

/** Streams changes as JSON lines. Too old a resourceVersion gives one ERROR event of code 410. */
export function openWatch(options: WatchOptions): Watch {
  const { query, collection, clock } = options;
  const version = query.get("resourceVersion") ?? "";
  if (!/^\d{0,15}$/.test(version)) {
    // Unlike a list, a watch responds to this with code 500.
    throw new ApiFault(500, "", `strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`);
  }
  let stop = () => {};
  let ended = false;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      let open = true;
      const ends: (() => void)[] = [];
      stop = () => {
        if (!open) return;
        open = false;
        ended = true;
        for (const end of ends) end();
        try {
          controller.close();
        } catch (error) {
          // The reader has cancelled the stream already.
          if (!(error instanceof TypeError)) throw error;
        }
        options.onEnd();
      };
      const send = (line: Uint8Array) => {
        if (!open) return;
        controller.enqueue(line);
        if ((controller.desiredSize ?? 0) < -maxPendingBytes) stop();
      };
      const watcher = new Watcher(options, send, () => stop());
      if (!watcher.begin()) return stop();
      ends.push(collection.store.subscribe((change) => {
        if (change.collection === collection) watcher.onChange(change);
      }));
      const timeoutMs = timeoutOf(query);
      ends.push(clock.after(timeoutMs, () => stop()));
      if (isTrue(query.get("allowWatchBookmarks"))) {
        ends.push(repeatBookmarks(clock, timeoutMs, () => watcher.bookmark()));
      }
      options.signal.addEventListener("abort", stop, { once: true });
      ends.push(() => options.signal.removeEventListener("abort", stop));
      if (options.signal.aborted) stop();
    },
    cancel() {
      stop();
    },
  }, { highWaterMark: 0, size: (chunk) => chunk.byteLength });
  return {
    body,
    get ended() {
      return ended;
    },
    stop: () => stop(),
  };
}

function repeatBookmarks(clock: Clock, timeoutMs: number, send: () => void): () => void {
  let cancel = () => {};
  let elapsed = 0;
  const next = () => {
    const left = timeoutMs - beforeEndMs - elapsed;
    const wait = left > 0 ? Math.min(bookmarkMs, left) : bookmarkMs;
    cancel = clock.after(wait, () => {
      elapsed += wait;
      send();
      next();
    });
  };
  next();
  return () => cancel();
}

function timeoutOf(query: URLSearchParams): number {
  const seconds = Number(query.get("timeoutSeconds") ?? 0);
  return seconds > 0 ? Math.min(seconds, 86_400) * 1000 : (1800 + Math.random() * 1800) * 1000;
}

function isTrue(text: string | null): boolean {
  return text === "true" || text === "1";
}

class Watcher {
  readonly #options: WatchOptions;
  readonly #send: (line: Uint8Array) => void;
  readonly #stop: () => void;
  #first = true;
  /** Ends when everything so far has been sent; events that wait for a webhook hold up those after them. */
  #sent = Promise.resolve();
  #waiting = 0;

  constructor(options: WatchOptions, send: (line: Uint8Array) => void, stop: () => void) {
    this.#options = options;
    this.#send = send;
    this.#stop = stop;
  }

  /** Sends the changes between the requested and the current state; false when the watch ends at once. */
  begin(): boolean {
    const { query, collection, namespace } = this.#options;
    const version = query.get("resourceVersion") ?? "";
    const initial = query.get("sendInitialEvents");
    const wantsState = initial === null ? version === "" || version === "0" : isTrue(initial);
    if (wantsState) {
      const objects = collection.list(namespace).filter((object) => this.#matches(object));
      // In few reviews, not in one for each.
      if (objects.some((object) => needsWebhook(this.#options.type, object))) this.#inOrder(objects, () => {});
      for (const object of objects) this.#sendObject("ADDED", object);
      if (isTrue(initial)) this.bookmark({ "k8s.io/initial-events-end": "true" });
      return true;
    }
    const from = version === "" || version === "0" ? collection.store.revision : Number(version);
    const changes = collection.changesAfter(from);
    if (changes === undefined) {
      this.#sendFault(expired(`too old resource version: ${from} (${collection.floor + 1})`));
      return false;
    }
    for (const change of changes) this.onChange(change);
    return true;
  }

  onChange(change: Change): void {
    const { namespace } = this.#options;
    const { object, previous } = change;
    if (namespace !== undefined && object.metadata.namespace !== namespace) return;
    const after = change.type !== "DELETED" && this.#matches(object);
    const before = previous !== undefined && this.#matches(previous);
    if (after) this.#sendChange(before ? "MODIFIED" : "ADDED", change, object);
    else if (before) {
      this.#sendChange("DELETED", change, change.type === "DELETED" ? object : left(previous!, change.revision));
    }
  }

  bookmark(annotations?: Record<string, string>): void {
    const { type, collection, rendering } = this.#options;
    const metadata = {
      resourceVersion: String(collection.store.revision),
      ...(annotations === undefined ? {} : { annotations }),
    };
    const bare = { kind: type.resource.kind, apiVersion: type.apiVersion, metadata };
    const object = rendering.wanted.as === "object"
      ? stringifyJson(bare)
      : renderEvent(bare as unknown as KubeObject, { ...rendering, includeObject: "Metadata" }, false);
    this.#inOrder([], () => this.#send(encoder.encode(`{"type":"BOOKMARK","object":${object}}\n`)));
  }

  #matches(object: KubeObject): boolean {
    return this.#options.matcher === undefined || this.#options.matcher(object);
  }

  #sendChange(kind: string, change: Change, object: KubeObject): void {
    const { type, rendering } = this.#options;
    if (rendering.wanted.as === "table") return this.#sendObject(kind, object);
    let printed = lines.get(change);
    if (printed === undefined) lines.set(change, printed = new Map());
    const id = `${kind} ${type.apiVersion} ${rendering.wanted.as}`;
    this.#inOrder([object], () => {
      let line = printed.get(id);
      if (line === undefined) printed.set(id, line = this.#line(kind, object));
      this.#send(line);
    });
  }

  #sendObject(kind: string, object: KubeObject): void {
    this.#inOrder([object], () => this.#send(this.#line(kind, object)));
  }

  /** Sends what is about these stored objects: at once where nothing has to be converted, and nothing waits. */
  #inOrder(stored: readonly KubeObject[], send: () => void): void {
    const { type } = this.#options;
    if (this.#waiting === 0 && !stored.some((object) => needsWebhook(type, object))) return send();
    if (++this.#waiting > maxWaiting) return this.#stop();
    this.#sent = this.#sent.then(async () => {
      try {
        if (stored.some((object) => needsWebhook(type, object))) await this.#options.read(stored);
        send();
      } catch (error) {
        if (!(error instanceof ApiFault)) this.#options.onFault(error);
        this.#sendFault(error instanceof ApiFault ? error : internal("an object cannot be converted"));
        this.#stop();
      } finally {
        this.#waiting--;
      }
    });
  }

  #sendFault(fault: ApiFault): void {
    this.#send(encoder.encode(`{"type":"ERROR","object":${stringifyJson(fault.toStatus())}}\n`));
  }

  #line(kind: string, stored: KubeObject): Uint8Array {
    const { type, rendering } = this.#options;
    // Converted already, where that takes a webhook.
    const [object] = unreviewed(readAt(type, [stored]));
    const now = { ...rendering, nowMs: this.#options.clock.wallMs() };
    const text = renderEvent(object!, now, this.#first);
    this.#first = false;
    return encoder.encode(`{"type":"${kind}","object":${text}}\n`);
  }
}

/**
 * An object that no longer matches is reported in its last matching state, at the revision at which it stopped
 * matching.
 */
function left(previous: KubeObject, revision: number): KubeObject {
  return { ...previous, metadata: { ...previous.metadata, resourceVersion: String(revision) } };
}
