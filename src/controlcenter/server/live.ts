import type { Clock } from "../../base/clock.ts";
import type { Concerned } from "../sources/sources.ts";

export interface LiveOptions {
  readonly clock: Clock;
  /** Calls `listener` after each change, with what it is about; returns what ends that. */
  readonly onChange: (listener: (concerned: Concerned) => void) => () => void;
  /** The slug of the Katalog that is meant by a part of an address, at the moment; `undefined`: there is none. */
  readonly slugOf: (katalog: string) => string | undefined;
}

/** Streams at a time: one for each page that is open. */
export const maxStreams = 64;
/** Changes that come within this time are one event. */
const togetherMs = 250;
/** Proxies and our own front end a connection that is silent for longer. */
const heartbeatMs = 15_000;

const encoder = new TextEncoder();
const change = encoder.encode("event: change\ndata:\n\n");
const alive = encoder.encode(": alive\n\n");

/**
 * Server-sent events for open pages (HTML, "Server-sent events"): `change` after something has changed, without what. A
 * page of one Katalog is not loaded again for changes of others: with many processes something changes all the time.
 * Who reads slowly gets fewer events, and holds nothing up.
 */
export class LiveStreams {
  readonly #options: LiveOptions;
  readonly #streams = new Set<Stream>();
  readonly #end: () => void;
  /** What changes since the last event are about; absent: there was none. */
  #pending: { concerned: Concerned } | undefined;
  #cancel = (): void => {};
  #cancelHeartbeat: () => void;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#end = options.onChange((concerned) => this.#changed(concerned));
    this.#cancelHeartbeat = options.clock.after(heartbeatMs, () => this.#heartbeat());
  }

  get count(): number {
    return this.#streams.size;
  }

  /** A new stream, of changes of one Katalog or of everything; `undefined`: there are too many. */
  open(katalog?: string): ReadableStream<Uint8Array> | undefined {
    if (this.#streams.size >= maxStreams) return undefined;
    let own: Stream;
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        own = { controller, katalog, missed: false };
        this.#streams.add(own);
        controller.enqueue(encoder.encode("retry: 2000\n\n"));
      },
      pull: (controller) => {
        if (own.missed) controller.enqueue(change);
        own.missed = false;
      },
      cancel: () => void this.#streams.delete(own),
    });
  }

  /** Ends all streams. */
  close(): void {
    this.#end();
    this.#cancel();
    this.#cancelHeartbeat();
    for (const { controller } of this.#streams) controller.close();
    this.#streams.clear();
  }

  #changed(concerned: Concerned): void {
    if (this.#pending !== undefined) {
      const before = this.#pending.concerned;
      this.#pending.concerned = before && concerned && before.union(concerned);
      return;
    }
    this.#pending = { concerned };
    this.#cancel = this.#options.clock.after(togetherMs, () => {
      const { concerned } = this.#pending!;
      this.#pending = undefined;
      for (const stream of this.#streams) {
        if (!this.#concerns(concerned, stream)) continue;
        if (isRead(stream)) stream.controller.enqueue(change);
        else stream.missed = true;
      }
    });
  }

  /** A Katalog that is not known may become known. */
  #concerns(concerned: Concerned, { katalog }: Stream): boolean {
    if (concerned === undefined || katalog === undefined) return true;
    const slug = this.#options.slugOf(katalog);
    return slug === undefined || concerned.has(slug);
  }

  #heartbeat(): void {
    for (const stream of this.#streams) if (isRead(stream)) stream.controller.enqueue(alive);
    this.#cancelHeartbeat = this.#options.clock.after(heartbeatMs, () => this.#heartbeat());
  }
}

interface Stream {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  /** As an address has it; absent: changes of all Katalogs count. */
  readonly katalog: string | undefined;
  /** Something has changed, and what came before has not been read yet. */
  missed: boolean;
}

/** Everything that was sent has been taken. */
function isRead({ controller }: Stream): boolean {
  return (controller.desiredSize ?? 0) > 0;
}
