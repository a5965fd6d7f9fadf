import type { Clock } from "../base/clock.ts";
import { type KubeObject, objectKey } from "../k8s/object.ts";
import { ApiError, isAlreadyExists, isNotFound, isRetryable } from "./api_error.ts";
import { eventBody, type EventText, eventType, microTime } from "./event_body.ts";
import { EventQueue } from "./event_queue.ts";
import type { ClusterApi } from "./ports.ts";
import { sleep } from "./sleep.ts";
import { TokenBucket } from "./token_bucket.ts";

export interface EventRecorder {
  /** Queues an Event and returns at once; never throws. */
  record(event: EventText): void;
  /** Events that were dropped: too many, refused by the server, or not sent before `stop`. */
  readonly dropped: number;
  /** Stops sending; what is queued is dropped. */
  stop(): Promise<void>;
}

export interface EventRecorderOptions {
  /** `reportingController`, a qualified name such as `orkestra.orkspace.io/runtime`. */
  readonly component: string;
  /** `reportingInstance`: which process, as a host name. */
  readonly instance: string;
  readonly clock: Clock;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  /** Called for each Event that is dropped. */
  readonly onDropped?: (event: EventText, why: unknown) => void;
}

/** Per object and type, as in client-go; the refill is faster here. */
const objectLimit = { burst: 25, everyMs: 60_000 };
/** Per recorder. More queued Warnings mean that something is badly wrong, and it was reported already. */
const warnings = { rate: { burst: 50, everyMs: 50 }, maxWaiting: 1000 };
/** Successes matter less: a start with ten thousand objects must not become ten thousand Events. */
const normals = { rate: { burst: 20, everyMs: 100 }, maxWaiting: 200 };
/** Repeats of a Warning are written after this long, then with exponential backoff. */
const initialSeriesMs = 10_000;
const maxSeriesMs = 30 * 60_000;
/** A Warning that did not recur for this long is a new one. Shorter than the server keeps Events (1 h). */
const seriesEndMs = 40 * 60_000;
/** Maximum number of objects and Warnings that are remembered, the least recent forgotten first. */
const maxRemembered = 4096;
/** Characters of a message by which two Warnings are distinguished. */
const maxKeyText = 1024;
/** Attempts to send one Event, and the delay between them. */
const maxAttempts = 3;
const retryMs = 1_000;

/** A Warning that was sent, and its repeats that were not yet. */
interface Series {
  /** Object, reason and message. */
  readonly key: string;
  readonly text: EventText;
  readonly body: KubeObject;
  count: number;
  lastWallMs: number;
  lastMs: number;
  intervalMs: number;
  /** The repeats are due. */
  cancelWrite?: () => void;
}

interface Work {
  readonly kind: "create" | "series";
  readonly series: Series;
  readonly key?: string;
}

/**
 * Sends Events asynchronously: `record` only puts them into a bounded queue, one for Warnings and one for Normal
 * Events, so that neither delays the other. A Normal Event is sent once; while it is queued, duplicates of it
 * (object, reason and message) are dropped. A Warning that recurs is counted, and its count is written with
 * exponential backoff. Each object has a rate limit, and so has each queue; what exceeds it is dropped and counted.
 */
export function createEventRecorder(api: ClusterApi, options: EventRecorderOptions): EventRecorder {
  return new Recorder(api, options);
}

class Recorder implements EventRecorder {
  dropped = 0;
  readonly #api: ClusterApi;
  readonly #options: EventRecorderOptions;
  readonly #controller = new AbortController();
  readonly #warnings: EventQueue<Work>;
  readonly #normals: EventQueue<Work>;
  readonly #objects = new Map<string, TokenBucket>(); // type, kind, key and uid → its rate
  readonly #series = new Map<string, Series>(); // object, reason and message → the Warning
  #named = 0;

  constructor(api: ClusterApi, options: EventRecorderOptions) {
    this.#api = api;
    this.#options = options;
    const parts = {
      clock: options.clock,
      signal: this.#controller.signal,
      send: async (work: Work): Promise<void> => {
        try {
          await this.#sendWithRetries(work);
        } catch (error) {
          this.#giveUp(work, error);
        }
      },
    };
    this.#warnings = new EventQueue({ ...parts, ...warnings });
    this.#normals = new EventQueue({ ...parts, ...normals });
  }

  record(text: EventText): void {
    const { clock } = this.#options;
    const object = `${text.type} ${objectId(text)}`;
    const key = `${object} ${text.reason} ${text.message.slice(0, maxKeyText)}`;
    if (text.type === "Warning" ? this.#repeat(key) : this.#normals.has(key)) return;
    const bucket = this.#objects.get(object) ?? new TokenBucket(objectLimit, clock.nowMs());
    remember(this.#objects, object, bucket);
    if (!bucket.take(clock.nowMs())) return this.#drop(text, "too many Events of this object");
    const series = this.#begin(key, text);
    if (text.type === "Warning") remember(this.#series, key, series)?.cancelWrite?.();
    this.#enqueue({ kind: "create", series, key });
  }

  async stop(): Promise<void> {
    this.#controller.abort();
    for (const series of this.#series.values()) series.cancelWrite?.();
    const queues = [this.#warnings, this.#normals];
    for (const { series } of queues.flatMap((queue) => queue.clear())) this.#drop(series.text, "stopped");
    await Promise.all(queues.map((queue) => queue.idle()));
  }

  /** Counts a repeat of a Warning. */
  #repeat(key: string): boolean {
    const { clock } = this.#options;
    const series = this.#series.get(key);
    if (series === undefined) return false;
    const nowMs = clock.nowMs();
    if (nowMs - series.lastMs > seriesEndMs) {
      this.#forget(series);
      return false;
    }
    remember(this.#series, key, series);
    series.count++;
    series.lastMs = nowMs;
    series.lastWallMs = clock.wallMs();
    series.cancelWrite ??= clock.after(series.intervalMs, () => {
      delete series.cancelWrite;
      series.intervalMs = Math.min(series.intervalMs * 2, maxSeriesMs);
      this.#enqueue({ kind: "series", series });
    });
    return true;
  }

  #begin(key: string, text: EventText): Series {
    const { clock, component, instance } = this.#options;
    const wallMs = clock.wallMs();
    const body = eventBody(text, { controller: component, instance, wallMs, suffix: this.#suffix() });
    return { key, text, body, count: 1, lastWallMs: wallMs, lastMs: clock.nowMs(), intervalMs: initialSeriesMs };
  }

  /** Time, a counter and a random part: no two Events of two processes share a name. */
  #suffix(): string {
    const { clock, random } = this.#options;
    const chance = Math.floor(random() * 2 ** 32).toString(16).padStart(8, "0");
    return `${clock.wallMs().toString(16)}${chance}${(this.#named++ & 0xffff).toString(16).padStart(4, "0")}`;
  }

  #enqueue(work: Work): void {
    if (this.#controller.signal.aborted) return this.#drop(work.series.text, "stopped");
    const queue = work.series.text.type === "Warning" ? this.#warnings : this.#normals;
    if (!queue.push(work)) this.#giveUp(work, "too many Events wait");
  }

  async #sendWithRetries(work: Work): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#controller;
    for (let attempt = 1;; attempt++) {
      try {
        return await this.#send(work);
      } catch (error) {
        if (!isRetryable(error) || attempt === maxAttempts || signal.aborted) throw error;
        const askedMs = error instanceof ApiError ? error.retryAfterMs ?? 0 : 0;
        await sleep(clock, Math.max(retryMs * attempt, askedMs), signal);
      }
    }
  }

  async #send({ kind, series }: Work): Promise<void> {
    const { signal } = this.#controller;
    signal.throwIfAborted();
    const { body } = series;
    if (kind === "create") {
      try {
        await this.#api.post(eventType, body, { signal });
      } catch (error) {
        // An attempt that was cut off had arrived nevertheless.
        if (!isAlreadyExists(error)) throw error;
      }
      return;
    }
    const patch = { series: { count: series.count, lastObservedTime: microTime(series.lastWallMs) } };
    try {
      await this.#api.mergePatch(eventType, body.metadata, patch, { signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      // The server keeps Events for only an hour.
      await this.#api.post(eventType, { ...body, ...patch }, { signal });
    }
  }

  #giveUp({ kind, series }: Work, why: unknown): void {
    // A Warning that was never sent must not silence the next one.
    if (kind === "create") this.#forget(series);
    this.#drop(series.text, why);
  }

  #forget(series: Series): void {
    series.cancelWrite?.();
    if (this.#series.get(series.key) === series) this.#series.delete(series.key);
  }

  #drop(text: EventText, why: unknown): void {
    this.dropped++;
    this.#options.onDropped?.(text, why);
  }
}

function objectId({ regarding }: EventText): string {
  return `${regarding.apiVersion} ${regarding.kind} ${objectKey(regarding.metadata)} ${regarding.metadata.uid ?? ""}`;
}

/** Makes a key the most recent of a map; if the map is too large, removes the least recent and returns it. */
function remember<V>(map: Map<string, V>, key: string, value: V): V | undefined {
  map.delete(key);
  map.set(key, value);
  if (map.size <= maxRemembered) return undefined;
  const [[oldestKey, oldest]] = map.entries().take(1).toArray() as [[string, V]];
  map.delete(oldestKey);
  return oldest;
}
