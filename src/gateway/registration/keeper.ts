import type { Clock } from "../../base/clock.ts";
import { errorText } from "../../base/error_text.ts";
import { type Informer, isAlreadyExists, isConflict, isNotFound, startInformer } from "../../cluster/mod.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import { compareResourceVersions, type KubeObject } from "../../k8s/object.ts";
import type { Log } from "../../observe/log.ts";
import type { Registration } from "./registration.ts";

export interface KeeperOptions {
  readonly api: ClusterApi;
  readonly clock: Clock;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  readonly log: Log;
  /** The CAs to be trusted as of now, as PEM: asked before each write, so that no CA of another replica is lost. */
  readonly currentBundle: () => Promise<string>;
  /** Called after each change of what `published` returns. */
  readonly onPublished: () => void;
  /** Counts what is written and what fails. */
  readonly metrics: { registered(source: "start" | "watch"): void; registrationFailed(name: string): void };
}

/** Between attempts after an error, and between deletions of what others create again; doubles. */
const retryMs = { initial: 500, max: 10_000 };
/** After this time without a deletion the next one is done at once. */
const forgetMs = 60_000;

/**
 * Keeps one object registered: it is watched by name, and written whenever it differs from what it must be. Level
 * triggered: whatever happened, the next look decides. Errors are logged when they change, and tried again.
 */
export class Keeper {
  readonly #registration: Registration;
  readonly #options: KeeperOptions;
  readonly #informer: Informer;
  #observed: KubeObject | undefined;
  /** The version of what was observed last, of a deletion too. */
  #version = "0";
  #synced = false;
  #caBundle: string | undefined;
  #published: string | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #failures = 0;
  /** How often it was deleted, with less than `forgetMs` between two times, and the last one, in monotonic ms. */
  #deletions = 0;
  #deletedMs = 0;
  #lastError = "";
  /** It has been as it must be before. */
  #settledOnce = false;
  #cancelRetry = (): void => {};
  #stopped = false;

  constructor(registration: Registration, options: KeeperOptions) {
    this.#registration = registration;
    this.#options = options;
    const { api, clock, random } = options;
    const { type, name } = registration;
    this.#informer = startInformer(api, type, { fieldSelector: `metadata.name=${name}` }, {
      upsert: (object) => this.#saw(object, object.metadata.resourceVersion!),
      removed: ({ metadata }) => this.#saw(undefined, metadata.resourceVersion!),
      restarted: () => void (this.#version = "0"),
      replaced: (keys, version) => {
        this.#synced = true;
        if (keys.size === 0) this.#saw(undefined, version);
        else this.#wake();
      },
      state: (state, detail) => {
        if (state === "retrying" && detail !== undefined) this.#failed("watch", detail.error);
      },
      failed: (error) => this.#failed("watch", error),
    }, { clock, random });
    this.#informer.synced.catch(() => {
      // A stop before the first list rejects it, and nothing waits for it.
    });
  }

  get name(): string {
    return `${this.#registration.type.kind} ${this.#registration.name}`;
  }

  /** The CAs that the object was last seen or written with, as PEM; `undefined`: it is not as it must be. */
  get published(): string | undefined {
    return this.#published;
  }

  /** Why it is not as it must be; "": it is, or nothing has failed. */
  get problem(): string {
    return this.#published === undefined ? this.#lastError : "";
  }

  /** The CAs to be trusted from now on. */
  trust(caBundle: string): void {
    if (caBundle === this.#caBundle) return;
    this.#caBundle = caBundle;
    this.#wake();
  }

  /** Writes no more. With `remove` the object is deleted where the registration says so. */
  async stop({ remove }: { readonly remove: boolean }): Promise<void> {
    this.#stopped = true;
    this.#cancelRetry();
    await this.#running;
    await this.#informer.stop();
    if (!remove || !this.#registration.cleanupOnShutdown || this.#observed === undefined) return;
    const { uid, name } = this.#observed.metadata;
    try {
      await this.#options.api.delete(this.#registration.type, { name }, uid === undefined ? {} : { uid });
    } catch (error) {
      if (!isNotFound(error)) this.#failed("delete", error);
    }
  }

  /** A response may arrive after the event of a later change. */
  #saw(object: KubeObject | undefined, version: string): void {
    if (compareResourceVersions(version, this.#version) < 0) return;
    this.#version = version;
    this.#observed = object;
    this.#wake();
  }

  #wrote(object: KubeObject): void {
    this.#saw(object, object.metadata.resourceVersion!);
  }

  #wake(): void {
    if (this.#stopped || !this.#synced || this.#caBundle === undefined) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (this.#again) {
        this.#again = false;
        this.#wake();
      }
    });
  }

  async #run(): Promise<void> {
    this.#cancelRetry();
    const { api, clock, log } = this.#options;
    const { type, name } = this.#registration;
    let caBundle = this.#caBundle!;
    const observed = this.#observed;
    let step = this.#registration.decide(observed, caBundle);
    if (step.do === "delete") {
      // A replica of the former Katalog, which a rollout ends soon, creates it again each time.
      const waitMs = this.#deletionMs();
      if (waitMs > 0) {
        this.#setPublished(undefined);
        this.#cancelRetry = clock.after(waitMs, () => this.#wake());
        return;
      }
    }
    try {
      if (step.do === "create" || step.do === "patch") {
        // After the object was read: a bundle that was written in between makes the write fail with a conflict.
        caBundle = await this.#options.currentBundle();
        step = this.#registration.decide(observed, caBundle);
      }
      switch (step.do) {
        case "nothing":
          return this.#settled(caBundle);
        case "wait":
          // Nothing is there that could carry the CAs: the Gateway is ready without it.
          this.#failed("register", new Error(step.why));
          return this.#setPublished(caBundle);
        case "create":
          this.#wrote(await api.create(type, step.object));
          break;
        case "patch":
          this.#wrote(await api.mergePatch(type, { name }, step.patch));
          break;
        case "delete": {
          const uid = this.#observed?.metadata.uid;
          await api.delete(type, { name }, uid === undefined ? {} : { uid });
          if (this.#observed?.metadata.uid === uid) this.#observed = undefined;
          this.#deletions++;
          this.#deletedMs = clock.nowMs();
          break;
        }
        default:
          step satisfies never;
      }
    } catch (error) {
      this.#setPublished(undefined);
      // Somebody else was faster, perhaps another replica: the watch brings what there is now.
      const expected = isAlreadyExists(error) || isConflict(error) || isNotFound(error);
      if (!expected) this.#failed(step.do, error);
      const delayMs = Math.min(retryMs.max, retryMs.initial * 2 ** this.#failures++);
      this.#cancelRetry = clock.after(delayMs, () => this.#wake());
      return;
    }
    const [done, event] = step.do === "delete"
      ? ["removed", "webhook.removed"] as const
      : ["registered", "webhook.registered"] as const;
    log("info", `${done} ${this.name}`, { event, name, kind: type.kind });
    this.#options.metrics.registered(this.#settledOnce ? "watch" : "start");
    this.#settled(caBundle);
  }

  /** How long a deletion has to wait. */
  #deletionMs(): number {
    if (this.#deletions === 0) return 0;
    const sinceMs = this.#options.clock.nowMs() - this.#deletedMs;
    if (sinceMs >= forgetMs) this.#deletions = 0;
    else return Math.min(retryMs.max, retryMs.initial * 2 ** (this.#deletions - 1)) - sinceMs;
    return 0;
  }

  #settled(caBundle: string): void {
    this.#settledOnce = true;
    this.#failures = 0;
    this.#lastError = "";
    this.#setPublished(caBundle);
  }

  #setPublished(caBundle: string | undefined): void {
    if (this.#published === caBundle) return;
    this.#published = caBundle;
    this.#options.onPublished();
  }

  #failed(what: string, error: unknown): void {
    this.#options.metrics.registrationFailed(this.#registration.name);
    const text = `cannot ${what} ${this.name}: ${errorText(error)}`;
    if (text === this.#lastError) return;
    this.#lastError = text;
    this.#options.log("error", text, {
      event: "webhook.error",
      name: this.#registration.name,
      error: text,
    });
  }
}
