import type { z } from "zod";
import type { Clock } from "../../base/clock.ts";
import { errorText } from "../../base/error_text.ts";
import { InspectError } from "../../dev/inspect/inspect_error.ts";
import { type Place, RuntimeApi, UnreachableError } from "../../dev/inspect/runtime_api.ts";
import { type GatewayKatalog, instantVector, katalogShape, type RuntimeKatalog } from "./documents.ts";
import { type BucketsByBox, bucketsOf, seriesKey } from "./latency.ts";
import { BoxSeries, type Point } from "./series.ts";

/** What a process said last. */
export type Known =
  | { readonly kind: "nothing" }
  | { readonly kind: "runtime"; readonly katalog: RuntimeKatalog }
  | { readonly kind: "gateway"; readonly katalog: GatewayKatalog };

/**
 * Why the last reading failed. `unreachable`: there was no response. `unusable`: there was one that cannot be used, of
 * another program, of another version, or of a process that starts.
 */
export interface Trouble {
  readonly kind: "unreachable" | "unusable";
  readonly message: string;
  /** Since when, in wall-clock ms. */
  readonly sinceMs: number;
}

export interface ProcessOptions {
  readonly place: Place;
  /** Processes of different groups are no replicas of each other. */
  readonly group?: string | undefined;
  readonly clock: Clock;
  /** From the end of one reading to the next. */
  readonly refreshMs: number;
  /** Of one request. */
  readonly timeoutMs: number;
  /** Called when what is known of it has changed. */
  readonly changed: () => void;
}

/** Requests of pages to one process at a time. */
const maxInFlight = 16;
/** How long a response serves the pages that ask the same, in ms. */
const keptMs = 500;
const maxKept = 64;
/** Boxes with a history. */
const maxSeries = 300;
/** From one reading of that histogram to the next: of many boxes it is large, and a percentile of a minute moves slowly. */
const durationsMs = 5_000;
/** The histogram that percentiles are made of. */
const durations = "controller_reconcile_duration_seconds_bucket";

/** One Runtime or Gateway, read again and again over its HTTP API. Whatever it responds is a state, never an error. */
export class Process {
  readonly #options: ProcessOptions;
  readonly #api: RuntimeApi;
  readonly #series = new Map<string, BoxSeries>();
  readonly #kept = new Map<string, { readonly untilMs: number; readonly response: Promise<unknown> }>();
  #known: Known = { kind: "nothing" };
  #trouble: Trouble | undefined;
  #readMs: number | undefined;
  #signature = "";
  /** When the durations may be read again, in monotonic ms. */
  #durationsDueMs = 0;
  #inFlight = 0;
  #closed = false;
  #cancel = (): void => {};
  #reading: Promise<void>;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.#api = new RuntimeApi(options.place, options.clock, options.timeoutMs);
    this.#reading = this.#read();
  }

  /** For messages: its URL, or the Pod behind it. */
  get place(): string {
    return this.#api.place.text;
  }

  get group(): string {
    return this.#options.group ?? "";
  }

  get known(): Known {
    return this.#known;
  }

  /** Absent: the last reading succeeded, or there was none yet. */
  get trouble(): Trouble | undefined {
    return this.#trouble;
  }

  /** When what is known was read, in wall-clock ms. */
  get readMs(): number | undefined {
    return this.#readMs;
  }

  /** Its first reading has ended, well or not. */
  get wasTried(): boolean {
    return this.#readMs !== undefined || this.#trouble !== undefined;
  }

  /** The history of a box, oldest first, of the time in which this process led. */
  points(box: string): readonly Point[] {
    return this.#series.get(box)?.points ?? [];
  }

  /**
   * GET for a page. Pages that ask the same at about the same time share one request. Throws `InspectError`, also when
   * there are too many requests.
   */
  async get<T>(path: string, shape: z.ZodType<T>): Promise<T> {
    const nowMs = this.#options.clock.nowMs();
    const kept = this.#kept.get(path);
    if (kept !== undefined && kept.untilMs > nowMs) return await kept.response as T;
    if (this.#inFlight >= maxInFlight) {
      throw new InspectError(`${this.place} has too many requests in flight; load the page again`);
    }
    this.#inFlight++;
    const response = this.#api.get(path, shape).finally(() => this.#inFlight--);
    if (this.#kept.size >= maxKept) this.#kept.clear();
    this.#kept.set(path, { untilMs: nowMs + keptMs, response });
    return await response;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#api.close();
    await this.#reading;
  }

  async #read(): Promise<void> {
    const { clock, refreshMs } = this.#options;
    try {
      const known = await this.#api.get("/katalog", katalogShape);
      const buckets = known.kind === "runtime" && known.katalog.isKonductor ? await this.#buckets() : undefined;
      if (this.#closed) return;
      this.#succeeded(known, buckets);
    } catch (error) {
      // One that nobody expected is shown as well: the others have to be read on.
      const message = error instanceof InspectError ? error.message : `Unexpected error: ${errorText(error)}`;
      this.#failed(error instanceof UnreachableError ? "unreachable" : "unusable", message);
    }
    if (this.#closed) return;
    this.#cancel = clock.after(refreshMs, () => this.#reading = this.#read());
  }

  /** Of all boxes; `undefined`: it is not time, or a former version has no such metric. */
  async #buckets(): Promise<BucketsByBox | undefined> {
    const nowMs = this.#options.clock.nowMs();
    if (nowMs < this.#durationsDueMs) return undefined;
    this.#durationsDueMs = nowMs + durationsMs;
    try {
      return bucketsOf(await this.#api.get(`/api/v1/query?query=${durations}`, instantVector));
    } catch (error) {
      // Without it there is no latency to show, and everything else is as it was read.
      if (error instanceof InspectError) return undefined;
      throw error;
    }
  }

  #succeeded(known: Known, buckets: BucketsByBox | undefined): void {
    this.#known = known;
    this.#trouble = undefined;
    this.#readMs = this.#options.clock.wallMs();
    if (known.kind === "runtime") this.#record(known.katalog, buckets, this.#readMs);
    this.#notify();
  }

  #failed(kind: Trouble["kind"], message: string): void {
    const sinceMs = this.#trouble?.sinceMs ?? this.#options.clock.wallMs();
    this.#trouble = { kind, message, sinceMs };
    for (const series of this.#series.values()) series.interrupt();
    this.#notify();
  }

  #record({ isKonductor, crds }: RuntimeKatalog, buckets: BucketsByBox | undefined, atMs: number): void {
    const names = new Set(crds.map(({ name }) => name));
    for (const name of this.#series.keys()) if (!names.has(name)) this.#series.delete(name);
    for (const crd of crds.slice(0, maxSeries)) {
      const series = this.#series.get(crd.name) ?? new BoxSeries();
      this.#series.set(crd.name, series);
      // A box that waits, or that another process leads, has nothing to count.
      if (!isKonductor || crd.state === "pending" || crd.gvk === undefined) series.interrupt();
      else series.add(atMs, crd, buckets?.get(seriesKey(crd.gvk, crd.name)) ?? buckets?.get(crd.gvk));
    }
  }

  /** Times that pass are no change. */
  #notify(): void {
    const { kind } = this.#known;
    const signature = JSON.stringify(
      [kind, this.#trouble?.message, this.#known],
      (key, value: unknown) => key === "uptime" ? undefined : value,
    );
    if (signature === this.#signature) return;
    this.#signature = signature;
    if (!this.#closed) this.#options.changed();
  }
}
