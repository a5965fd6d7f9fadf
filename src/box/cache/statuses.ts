import { canonicalJson, isMap, type Json, type JsonMap } from "../../base/json.ts";
import { sha256Hex } from "../../base/sha256.ts";
import type { KubeObject } from "../../k8s/object.ts";

interface Known {
  readonly wanted?: string;
  readonly got?: string;
  /** A status that the schema refuses, and the answer. */
  readonly refused?: { readonly wanted: string; readonly why: string };
  /** When a status was last written, in monotonic ms. */
  readonly writtenMs?: number;
  /** What was said of the CR last, by topic. */
  readonly told?: Readonly<Record<string, string>>;
}

/**
 * Remembers what became of a status that was written: a schema may drop, fill or rewrite parts of it, or refuse it.
 * Wanting the same again would mean the same patch on every pass, for nothing. One digest each way, by uid.
 */
export class Statuses {
  readonly #byUid = new Map<string, Known>();

  remember(answer: KubeObject, wanted: JsonMap, nowMs: number): void {
    this.#add(answer, { wanted: digest(wanted), got: digest(answer["status"] ?? null), writtenMs: nowMs });
  }

  /** When a status of the CR was last written, in monotonic ms; `undefined` when this box never did. */
  writtenMs(cr: KubeObject): number | undefined {
    return this.#of(cr)?.writtenMs;
  }

  /** Was `wanted` written before, and is there still what came of it? */
  isAnswered(cr: KubeObject, wanted: JsonMap): boolean {
    const known = this.#of(cr);
    return known?.wanted === digest(wanted) && known.got === digest(cr["status"] ?? null);
  }

  /** The schema refuses `wanted`: it is not sent again as long as nothing else is wanted. */
  refuse(cr: KubeObject, wanted: JsonMap, why: string): void {
    this.#add(cr, { refused: { wanted: declared(wanted), why } });
  }

  /** Why `wanted` was refused; `undefined` when it was not. */
  refusalOf(cr: KubeObject, wanted: JsonMap): string | undefined {
    const refused = this.#of(cr)?.refused;
    return refused?.wanted === declared(wanted) ? refused.why : undefined;
  }

  /** Notes that something was said of the CR, so that it is said once. */
  told(cr: KubeObject, topic: string, text: string): void {
    this.#add(cr, { told: { ...this.#of(cr)?.told, [topic]: text } });
  }

  hasTold(cr: KubeObject, topic: string, text: string): boolean {
    return this.#of(cr)?.told?.[topic] === text;
  }

  forget(uid: string | undefined): void {
    if (uid !== undefined) this.#byUid.delete(uid);
  }

  /** The schema changed: what it made of a status counts no longer. */
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

/** Times of transitions differ from pass to pass where the stored list has none to keep. */
function digest(status: Json): string {
  return sha256Hex(canonicalJson(withoutTimes(status)));
}

/** Of the declared fields: the conditions say what became of them. */
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
