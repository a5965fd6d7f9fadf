import { equalJson, type Json } from "../base/json.ts";
import type { KubeObject } from "../k8s/object.ts";

/**
 * Did a CR change in what decisions are made of, between the state that a pass began with and the one that is known at
 * its end?
 *
 * The answer to an own write may show a change of somebody else's that lay between the two. The event of that change,
 * when it comes after the answer, is older than what is known and no news: without this look at the end nobody would
 * act on it before the next resync.
 */
export function hasMoved(before: KubeObject, now: KubeObject, readsStatus: boolean): boolean {
  if (before === now) return false;
  const [a, b] = [before.metadata, now.metadata];
  if (a.uid !== b.uid || a.generation !== b.generation || a.deletionTimestamp !== b.deletionTimestamp) return true;
  if (!equalJson(a.labels as Json, b.labels as Json) || !equalJson(a.annotations as Json, b.annotations as Json)) {
    return true;
  }
  // Kinds whose API server counts no generations.
  if (a.generation === undefined && !equalJson(before["spec"], now["spec"])) return true;
  return readsStatus && !equalJson(before["status"], now["status"]);
}
