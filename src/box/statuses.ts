import { canonicalJson, isMap, type Json, type JsonMap } from "../base/json.ts";
import { sha256Hex } from "../base/sha256.ts";
import type { KubeObject } from "../k8s/object.ts";

/**
 * Remembers what became of a status that was written: a schema may drop, fill or rewrite parts of it. Wanting the same
 * again would mean the same patch on every pass, for nothing. One digest each way, by uid.
 */
export class Statuses {
  readonly #byUid = new Map<string, { readonly wanted: string; readonly got: string }>();

  remember(answer: KubeObject, wanted: JsonMap): void {
    const { uid } = answer.metadata;
    if (uid !== undefined) this.#byUid.set(uid, { wanted: digest(wanted), got: digest(answer["status"] ?? null) });
  }

  /** Was `wanted` written before, and is there still what came of it? */
  isAnswered(cr: KubeObject, wanted: JsonMap): boolean {
    const known = this.#byUid.get(cr.metadata.uid ?? "");
    return known !== undefined && known.wanted === digest(wanted) && known.got === digest(cr["status"] ?? null);
  }

  forget(uid: string | undefined): void {
    if (uid !== undefined) this.#byUid.delete(uid);
  }
}

/** Times of transitions differ from pass to pass where the stored list has none to keep. */
function digest(status: Json): string {
  return sha256Hex(canonicalJson(withoutTimes(status)));
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
