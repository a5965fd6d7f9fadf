import { canonicalJson, isMap, type Json, type JsonMap } from "../../base/json.ts";
import { sha256Hex } from "../../base/sha256.ts";
import type { KubeObject } from "../../k8s/object.ts";

interface Known {
  readonly wanted?: string;
  readonly got?: string;
  /** A status that the API server refuses, the reason, and until when it is not sent again, in monotonic ms. */
  readonly refused?: {
    readonly wanted: string;
    readonly why: string;
    readonly waitMs: number;
    readonly untilMs: number;
  };
  /** When a status was last written, in monotonic ms. */
  readonly writtenMs?: number;
  /** What was reported last for the CR, by topic. */
  readonly reported?: Readonly<Record<string, string>>;
}

/**
 * A refused status is sent again after this time, which doubles each time: a schema refuses it for ever, an admission
 * webhook perhaps not.
 */
const initialRefusedMs = 1_000;
const maxRefusedMs = 60_000;

/**
 * Remembers how a written status was stored: a schema may prune, default or rewrite parts of it, or refuse it.
 * Comparing with the desired status alone would mean the same patch in every pass. One digest each way, by uid.
 */
export class Statuses {
  readonly #byUid = new Map<string, Known>();

  remember(stored: KubeObject, wanted: JsonMap, nowMs: number): void {
    this.#add(stored, { wanted: digest(wanted), got: digest(stored["status"] ?? null), writtenMs: nowMs });
  }

  /** When a status of the CR was last written, in monotonic ms; `undefined` when this box never did. */
  writtenMs(cr: KubeObject): number | undefined {
    return this.#of(cr)?.writtenMs;
  }

  /** Was `wanted` written before, and is the stored result unchanged? */
  isStored(cr: KubeObject, wanted: JsonMap): boolean {
    const known = this.#of(cr);
    return known?.wanted === digest(wanted) && known.got === digest(cr["status"] ?? null);
  }

  /** The API server refuses `wanted`: it is not sent again for some time, unless it changes. */
  refuse(cr: KubeObject, wanted: JsonMap, why: string, nowMs: number): void {
    const digest = declared(wanted);
    const before = this.#of(cr)?.refused;
    const waitMs = before?.wanted === digest ? Math.min(2 * before.waitMs, maxRefusedMs) : initialRefusedMs;
    this.#add(cr, { refused: { wanted: digest, why, waitMs, untilMs: nowMs + waitMs } });
  }

  /** Why `wanted` was refused; `undefined` when it was not, or is to be sent again. */
  refusalOf(cr: KubeObject, wanted: JsonMap, nowMs: number): string | undefined {
    const refused = this.#of(cr)?.refused;
    return refused?.wanted === declared(wanted) && nowMs < refused.untilMs ? refused.why : undefined;
  }

  /** Notes that something was reported for the CR, so that it is reported once. */
  setReported(cr: KubeObject, topic: string, text: string): void {
    this.#add(cr, { reported: { ...this.#of(cr)?.reported, [topic]: text } });
  }

  isReported(cr: KubeObject, topic: string, text: string): boolean {
    return this.#of(cr)?.reported?.[topic] === text;
  }

  forget(uid: string | undefined): void {
    if (uid !== undefined) this.#byUid.delete(uid);
  }

  /** The schema changed: results of former writes are obsolete. */
  clear(): void {
    this.#byUid.clear();
  }

  #of(cr: KubeObject): Known | undefined {
    return this.#byUid.get(cr.metadata.uid ?? "");
  }

  #add({ metadata: { uid } }: KubeObject, known: Known): void {
    if (uid !== undefined) this.#byUid.set(uid, { ...this.#byUid.get(uid), ...known });
  }
}

/** Transition times differ in each pass if the stored list has none to keep. */
function digest(status: Json): string {
  return sha256Hex(canonicalJson(withoutTimes(status)));
}

/** Of the declared fields: the conditions report their result. */
function declared(status: JsonMap): string {
  const { conditions: _conditions, observedGeneration: _generation, ...fields } = status;
  return sha256Hex(canonicalJson(fields));
}

function withoutTimes(status: Json): Json {
  if (!isMap(status) || !Array.isArray(status["conditions"])) return status;
  const conditions = status["conditions"].map((item) => {
    if (!isMap(item)) return item;
    const { lastTransitionTime: _time, ...rest } = item;
    return rest;
  });
  return { ...status, conditions };
}
