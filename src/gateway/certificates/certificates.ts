import type { Clock } from "../../base/clock.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import type { Log } from "../../observe/log.ts";
import { checkWanted, type WantedCertificates } from "./decide.ts";
import { GivenCertificates, type GivenSource } from "./given.ts";
import type { KeyPair } from "./inspect.ts";
import { secretName } from "./secret.ts";
import { SecretKeeper } from "./secret_keeper.ts";
import { CertificateState } from "./state.ts";

export interface CertificateOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly source:
    /** Certificates of our own, in a Secret of this namespace. */
    | {
      readonly kind: "own";
      readonly api: ClusterApi;
      /** 0 ≤ n < 1. */
      readonly random: () => number;
      readonly namespace: string;
      readonly wanted: WantedCertificates;
    }
    /** Certificates that somebody else makes and renews; nothing is written. */
    | { readonly kind: "given"; readonly source: GivenSource };
  /** From the confirmation of a CA until all API servers verify with it; 30 s when absent. */
  readonly settleMs?: number;
}

export interface Certificates {
  /** Where they are kept, for messages: a Secret, or variables with their files. */
  readonly origin: string;
  /** There is a leaf to serve. Rejects with an `AbortError` when stopped before; may be ignored. */
  readonly ready: Promise<void>;
  /** Why there is none, or why it cannot be renewed; `undefined` when all is well. */
  readonly trouble: string | undefined;
  serving(): KeyPair | undefined;
  /** When the leaf that is served expires, in ms since 1970; `undefined`: none is served. */
  notAfterMs(): number | undefined;
  /** All CAs to be published, as PEM; "": none, so that API servers verify with the roots of their system. */
  caBundle(): string;
  /** Reads the Secret from the API server, and returns the bundle. Throws what the call throws. */
  refresh(): Promise<string>;
  /** Calls `listener`, which must not throw, when `serving()` or `caBundle()` has changed. Returns what ends that. */
  onChange(listener: () => void): () => void;
  /** Every webhook object carries this bundle: to be called again whenever they carry another. */
  confirmPublished(bundle: string): void;
  /** A webhook object was found without the bundle. */
  retractPublished(): void;
  stop(): Promise<void>;
}

/** Kubernetes' API servers see a changed webhook object within moments; this leaves one that is slow a lot of time. */
const defaultSettleMs = 30_000;

/**
 * Provides the certificate that this replica serves, and the CAs that webhook objects have to carry.
 *
 * All replicas share one Secret, and no replica is special: each decides alike on what it has seen, and writes only on
 * top of that (creation, or a patch with the resourceVersion), so one wins and the others take what it wrote. Since no
 * key of a CA is kept (see `issueCertificates`), a new leaf has a new CA, and API servers must know that before any
 * replica serves the leaf. Renewal therefore takes three steps, each visible in the Secret, so that any replica can
 * continue after a crash of the one that began:
 *
 * 1. *Stage.* The new leaf is stored as the next one (`next.crt`, `next.key`), its CA in front of the others in
 *    `ca.crt`. The current leaf is served as before.
 * 2. *Publish.* Each replica sees the new bundle, writes it to the webhook objects, and calls `confirmPublished`.
 * 3. *Promote.* `settleMs` later, for API servers learn of the objects by watches, one replica makes the next leaf the
 *    current one. Every replica serves that as soon as its own confirmation of the CA is `settleMs` old.
 *
 * A replica that is late, or cannot publish, serves the old leaf, whose CA stays in the bundle until it expires: at most
 * three CAs, those of the current and the next leaf among them. One that starts in between serves the current leaf,
 * which is the old one until the new one can be verified. The bundle of an object must never lose a CA to a replica
 * that has not seen it yet. So a writer that finds another bundle on an object calls `refresh` *after* it has read the
 * object, and writes what that returns with the resourceVersion of the object: either it has read the object after
 * the new bundle was written, then the Secret that it reads has the new CA, or its write fails with a conflict.
 *
 * Only where no leaf can be served (no Secret at the start, one that is broken or expired) a new one is current at
 * once. A replica that still serves another then continues, adds the CA of that to the Secret, and follows once the
 * new CA is published. A Secret that is deleted or broken while a replica has its content is restored from there.
 *
 * Nothing is polled: passes follow changes of the Secret, confirmations, and timers for the next moment at which
 * something is due, renewals with some jitter. Throws `CertificateSettingsError`.
 */
export function startCertificates(
  { clock, log, source, settleMs = defaultSettleMs }: CertificateOptions,
): Certificates {
  if (source.kind === "own") checkWanted(source.wanted);
  const state = new CertificateState(clock, settleMs);
  const keeper = source.kind === "own"
    ? new SecretKeeper({ ...source, clock, log }, state)
    : new GivenCertificates(source.source, state, { clock, log });
  return {
    origin: source.kind === "own" ? `Secret ${source.namespace}/${secretName}` : source.source.origin,
    ready: state.ready,
    get trouble() {
      return keeper.trouble;
    },
    serving: () => state.serving(),
    notAfterMs: () => state.leaf?.notAfterMs,
    caBundle: () => state.caBundle(),
    async refresh() {
      if (keeper instanceof SecretKeeper) await keeper.refresh();
      return state.caBundle();
    },
    onChange: (listener) => state.onChange(listener),
    confirmPublished(bundle) {
      state.publication.confirm(bundle);
      keeper.wake();
    },
    retractPublished: () => state.publication.retract(),
    async stop() {
      await keeper.stop();
      state.stop();
    },
  };
}
