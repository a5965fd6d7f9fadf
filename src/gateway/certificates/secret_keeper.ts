import type { Clock } from "../../base/clock.ts";
import { errorText } from "../../base/error_text.ts";
import { isAlreadyExists, isConflict, isNotFound, startInformer } from "../../cluster/mod.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import { compareResourceVersions, type KubeObject } from "../../k8s/object.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import type { Log } from "../../observe/log.ts";
import { changeSecret, type SecretChange } from "./change.ts";
import { decideCertificates, type WantedCertificates, whyUnusable } from "./decide.ts";
import { inspectLeaf } from "./inspect.ts";
import { cannotBePatched, newSecret, readSecret, secretName, secretPatch, type Stored } from "./secret.ts";
import type { CertificateState } from "./state.ts";

export interface KeeperOptions {
  readonly api: ClusterApi;
  readonly clock: Clock;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  readonly log: Log;
  readonly namespace: string;
  readonly wanted: WantedCertificates;
}

const secretType = builtInType("Secret", "")!;
/** Somebody else who changes the Secret each time does not make us write faster than this. */
const minWriteGapMs = 1_000;
/** The wall clock may be set, and timers have a maximum of 24 days: it is looked at this often. */
const maxWaitMs = 24 * 3600_000;
/** Renewals of several replicas are spread over this time, or a tenth of the threshold. */
const maxJitterMs = 5 * 60_000;
const backoff = { initialMs: 250, maxMs: 30_000 };
/** A failure that lasts is logged again after this time. */
const againMs = 30_000;

/**
 * Keeps the Secret of the certificates, together with the keepers of all other replicas; see `startCertificates`.
 * Level-triggered: each pass decides on the Secret as last seen, and writes only on top of that.
 */
export class SecretKeeper {
  readonly #options: KeeperOptions;
  readonly #state: CertificateState;
  readonly #informer: { stop(): Promise<void> };
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  readonly #jitterMs: number;
  /** `null`: there is none; `undefined`: not known yet. */
  #seen: KubeObject | null | undefined;
  /** The version of what was seen last, of a deletion too. */
  #version = "0";
  /** The last content that could be served. */
  #memory: Stored | undefined;
  #wroteMs = -Infinity;
  #failures = 0;
  #passTrouble: string | undefined = "The Secret is being read";
  #watchTrouble: string | undefined;
  #reported = { text: "", atMs: -Infinity };
  #isNews = false;
  #wakeUp = (): void => {};

  constructor(options: KeeperOptions, state: CertificateState) {
    const { api, clock, random, namespace, wanted } = options;
    this.#options = options;
    this.#state = state;
    this.#jitterMs = random() * Math.min(maxJitterMs, wanted.rotationThresholdMs / 10);
    this.#informer = startInformer(api, secretType, { namespace, fieldSelector: `metadata.name=${secretName}` }, {
      upsert: (secret) => this.#saw(secret),
      removed: ({ metadata }) => void (metadata.name === secretName && this.#sawNone(metadata.resourceVersion!)),
      replaced: (keys, version) => void (keys.has(`${namespace}/${secretName}`) || this.#sawNone(version)),
      restarted: () => void (this.#version = "0"),
      state: (_state, detail) => {
        this.#watchTrouble = detail === undefined ? undefined : this.#failed("Cannot watch", detail.error);
      },
      failed: (error) => void (this.#watchTrouble = this.#failed("Cannot watch", error)),
    }, { clock, random, streamsState: true });
    this.#done = this.#run();
  }

  /** Why the Secret is not as it is to be; `undefined` when it is. */
  get trouble(): string | undefined {
    return this.#watchTrouble ?? this.#passTrouble;
  }

  /** To be called when what was published has changed. */
  wake(): void {
    this.#isNews = true;
    this.#wakeUp();
  }

  /** Reads the Secret from the API server. Throws what the call throws. */
  async refresh(): Promise<void> {
    const { api, namespace } = this.#options;
    try {
      this.#saw(await api.get(secretType, { name: secretName, namespace }, { signal: this.#stopping.signal }));
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.#seen = null; // a deletion has no version here
      this.wake();
    }
    this.#offer(this.#seen ?? undefined, this.#options.clock.wallMs());
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await Promise.all([this.#done, this.#informer.stop()]);
  }

  async #run(): Promise<void> {
    const { random } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      let waitMs = maxWaitMs;
      if (this.#seen !== undefined) {
        this.#isNews = false;
        try {
          waitMs = await this.#pass(this.#seen ?? undefined);
          this.#failures = 0;
          this.#passTrouble = undefined;
        } catch (error) {
          if (signal.aborted) return;
          waitMs = Math.min(backoff.initialMs * 2 ** this.#failures, backoff.maxMs) * (1 - random() / 2);
          this.#failures = Math.min(this.#failures + 1, 20);
          // Somebody else was faster. A creation that finds nothing misses its namespace.
          const outpaced = isConflict(error) || isAlreadyExists(error) || (isNotFound(error) && this.#seen !== null);
          if (outpaced) await this.#read();
          else this.#passTrouble = this.#failed("Cannot keep", error);
        }
      }
      await this.#newsWithin(Math.min(waitMs, maxWaitMs));
    }
  }

  /** Returns in how many ms the next pass is due. */
  async #pass(secret: KubeObject | undefined): Promise<number> {
    const { clock, wanted } = this.#options;
    const wallMs = clock.wallMs();
    const offerMs = this.#offer(secret, wallMs);
    const gapMs = this.#wroteMs + minWriteGapMs - clock.nowMs();
    if (gapMs > 0) return gapMs;
    const decision = decideCertificates(secret, wanted, wallMs);
    const { leaf, publication } = this.#state;
    const change = await changeSecret(secret, decision, {
      wanted,
      wallMs,
      servedCa: leaf === undefined || whyUnusable(leaf, wallMs) !== undefined ? undefined : leaf.caPem,
      memory: this.#memory,
      isPublished: (ca) => publication.settlesInMs(ca) === 0,
    });
    if (change !== undefined) {
      this.#wroteMs = clock.nowMs();
      await this.#write(secret, change);
      return 0; // for the pass on what was written
    }
    if (decision.action !== "keep") throw new TypeError("A decision that changes the Secret without a change");
    const nextCa = decision.next?.caPem;
    const settlesInMs = nextCa === undefined ? undefined : publication.settlesInMs(nextCa);
    const dueMs = Math.max(decision.untilWallMs - wallMs, 0) + (decision.renews ? this.#jitterMs : 0);
    return Math.min(dueMs, offerMs, settlesInMs ?? Infinity);
  }

  /** Serves what the Secret holds, where it can be. Returns in how many ms to try again. */
  #offer(secret: KubeObject | undefined, wallMs: number): number {
    if (secret === undefined) return Infinity;
    const stored = readSecret(secret);
    const leaf = inspectLeaf(stored.current, stored.caBundle);
    if ("trouble" in leaf || whyUnusable(leaf, wallMs) !== undefined) return Infinity;
    this.#memory = stored;
    const waitMs = this.#state.offer(leaf, stored.caBundle);
    return waitMs === 0 ? Infinity : waitMs;
  }

  async #write(secret: KubeObject | undefined, { stored, reason, promotes = false }: SecretChange): Promise<void> {
    const { api, clock, log, namespace } = this.#options;
    const { signal } = this.#stopping;
    const target = { name: secretName, namespace };
    const wallMs = clock.wallMs();
    let written: KubeObject;
    if (secret !== undefined && !cannotBePatched(secret)) {
      written = await api.mergePatch(secretType, target, secretPatch(secret, stored, { wallMs, promotes }), { signal });
    } else {
      if (secret !== undefined) {
        const { uid, resourceVersion } = secret.metadata;
        await api.delete(secretType, target, { uid: uid!, resourceVersion: resourceVersion!, signal });
        this.#seen = null;
      }
      written = await api.create(secretType, newSecret(namespace, stored, wallMs), { signal });
    }
    log("info", reason, { event: "certificate.stored", secret: `${namespace}/${secretName}`, reason });
    this.#saw(written);
  }

  /** After a write that met a change by somebody else. */
  async #read(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      this.#passTrouble = this.#failed("Cannot read", error);
    }
  }

  #saw(secret: KubeObject): void {
    const version = secret.metadata.resourceVersion!;
    if (secret.metadata.name !== secretName || compareResourceVersions(version, this.#version) < 0) return;
    if (version === this.#version && this.#seen) return;
    this.#version = version;
    this.#seen = secret;
    this.wake();
  }

  #sawNone(version: string): void {
    if (compareResourceVersions(version, this.#version) < 0) return;
    this.#version = version;
    this.#seen = null;
    this.wake();
  }

  /** Logs a failure, and returns its text. */
  #failed(what: string, error: unknown): string {
    const { clock, log, namespace } = this.#options;
    const text = `${what} Secret ${namespace}/${secretName}: ${errorText(error)}`;
    const nowMs = clock.nowMs();
    if (text !== this.#reported.text || nowMs >= this.#reported.atMs + againMs) {
      this.#reported = { text, atMs: nowMs };
      log("warn", text, { event: "certificate.error", error: text });
    }
    return text;
  }

  async #newsWithin(ms: number): Promise<void> {
    if (this.#isNews || this.#stopping.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wakeUp = resolve;
    const cancel = this.#options.clock.after(ms, resolve);
    await promise;
    cancel();
  }
}
