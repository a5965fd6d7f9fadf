import type { Bulk } from "./bulk.ts";

/** An object as the double keeps it. */
export interface StoredObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Record<string, unknown> & { readonly name: string; readonly namespace: string };
  readonly [key: string]: unknown;
}

/** Lines that a watcher may have waiting in it; what is slower than that gets no more for now. */
const maxPendingBytes = 4 << 20; // bytes
const bookmarkMs = 30_000;

/**
 * One versions counter for all collections, as etcd has. Ten digits, so that they can be written into encoded events.
 */
export const versions = {
  last: 1_000_000_000,
  next(): string {
    return String(++versions.last);
  },
};

/** All objects of one type (and, for children, of one box): list in pages, watch, put. */
export class Collection {
  readonly objects = new Map<string, StoredObject>();
  /** Further objects, in bulk. */
  bulk: Bulk | undefined;
  readonly #listKind: string;
  #lastRemoval = 0;
  readonly #watchers = new Set<ReadableStreamDefaultController<Uint8Array>>();

  constructor(listKind: string) {
    this.#listKind = listKind;
  }

  put(object: StoredObject): void {
    const type = this.objects.has(object.metadata.name) ? "MODIFIED" : "ADDED";
    this.objects.set(object.metadata.name, object);
    this.send(encode({ type, object }));
  }

  remove(name: string): void {
    const object = this.objects.get(name);
    if (object === undefined) return;
    this.objects.delete(name);
    this.#sendDeleted(object);
  }

  /** Takes the objects in bulk away. */
  removeBulk(): void {
    const { bulk } = this;
    this.bulk = undefined;
    for (let i = 0; i < (bulk?.count ?? 0); i++) {
      this.#sendDeleted(JSON.parse(decoder.decode(bulk!.item(i))));
    }
  }

  /** What it was made of is of no interest any more, and may be large. */
  #sendDeleted({ apiVersion, kind, metadata }: StoredObject): void {
    const object = {
      apiVersion,
      kind,
      metadata: { ...metadata, resourceVersion: versions.next() },
    };
    this.#lastRemoval = versions.last;
    this.send(encode({ type: "DELETED", object }));
  }

  /** Hands bytes, one or more events, to every watcher. */
  send(bytes: Uint8Array): void {
    for (const watcher of this.#watchers) watcher.enqueue(bytes);
  }

  /** Every watcher has consumed what it was sent, except for what fits the buffers. */
  get isTaken(): boolean {
    return [...this.#watchers].every((watcher) => (watcher.desiredSize ?? 0) > 0);
  }

  /** Ends all watches, as a server does that goes away. */
  cut(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers.clear();
  }

  /** Pages of the objects, then of those in bulk. */
  list(query: URLSearchParams): Response {
    const limit = Number(query.get("limit") ?? Infinity);
    // All pages are of one moment, as those of an API server.
    const [start = 0, version = versions.last] = query.get("continue")?.split(":").map(Number) ?? [];
    if (version < this.#lastRemoval) return expired();
    const single = this.objects.size;
    const total = single + (this.bulk?.count ?? 0);
    const end = Math.min(start + limit, total);
    const metadata = { resourceVersion: String(version), ...(end < total ? { continue: `${end}:${version}` } : {}) };
    const parts: Uint8Array[] = [...this.objects.values()].slice(start, end)
      .map((object) => encoder.encode(JSON.stringify(object)));
    for (let i = Math.max(start, single); i < end; i++) parts.push(this.bulk!.item(i - single));
    const head = JSON.stringify({ kind: this.#listKind, apiVersion: "v1", metadata }).slice(0, -1);
    const body = joinAll([
      encoder.encode(`${head},"items":[`),
      ...parts.flatMap((part, i) => i === 0 ? [part] : [comma, part]),
      encoder.encode("]}"),
    ]);
    return new Response(body, { headers: { "content-type": "application/json" } });
  }

  /** The rest of what a new watcher has to see, as fast as it takes it, and then that this was all. */
  async #sendBulk(watcher: ReadableStreamDefaultController<Uint8Array>, since: number, whole: boolean): Promise<void> {
    const { bulk } = this;
    for (let i = 0; i < (bulk?.count ?? 0) && this.bulk === bulk; i++) {
      if (bulk!.versions[i]! <= since) continue;
      while (this.#watchers.has(watcher) && (watcher.desiredSize ?? 0) <= 0) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      if (!this.#watchers.has(watcher)) return;
      watcher.enqueue(bulk!.event(i));
    }
    if (!whole) return;
    const annotations = { "k8s.io/initial-events-end": "true" };
    const metadata = { resourceVersion: String(versions.last), annotations };
    watcher.enqueue(encode({ type: "BOOKMARK", object: { metadata } }));
  }

  /** Since the last list; a watcher that missed a removal has to relist. */
  watch(query: URLSearchParams): Response {
    let own: ReadableStreamDefaultController<Uint8Array>;
    let timer: ReturnType<typeof setInterval>;
    const since = Number(query.get("resourceVersion"));
    const whole = query.get("sendInitialEvents") === "true";
    if (!whole && since < this.#lastRemoval) return expired();
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        own = controller;
        for (const object of this.objects.values()) {
          if (Number(object.metadata["resourceVersion"]) > since) own.enqueue(encode({ type: "MODIFIED", object }));
        }
        this.#watchers.add(own);
        void this.#sendBulk(own, since, whole);
        timer = setInterval(() => {
          const metadata = { resourceVersion: String(versions.last) };
          if (this.#watchers.has(own)) own.enqueue(encode({ type: "BOOKMARK", object: { metadata } }));
        }, bookmarkMs);
      },
      cancel: () => {
        clearInterval(timer);
        this.#watchers.delete(own);
      },
    }, { highWaterMark: maxPendingBytes, size: (bytes) => bytes?.length ?? 0 });
    return new Response(body, { headers: { "content-type": "application/json" } });
  }
}

function expired(): Response {
  const status = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "Expired", code: 410 };
  return Response.json({ ...status, message: "too old" }, { status: 410 });
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const comma = encoder.encode(",");

export function joinAll(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** One line of a watch. */
export function encode(event: unknown): Uint8Array {
  return encoder.encode(`${JSON.stringify(event)}\n`);
}
