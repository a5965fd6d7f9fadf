import type { JsonMap } from "../base/json.ts";
import { isMap } from "../base/json.ts";
import { evaluateGate } from "../conditions/mod.ts";
import type { KubeObject } from "../k8s/object.ts";
import type { CompiledBox } from "./compile.ts";
import { type PassMemory, whyUnseen } from "./memory.ts";

/** The condition that says since when the conditions of `cleanup` hold. */
export const cleanupCondition = "CleanupDue";

export type CleanupDecision =
  | { readonly state: "due"; readonly dueMs: number }
  | { readonly state: "failed"; readonly message: string; readonly dueMs: number };

/**
 * When the CR is to be deleted, by `operatorBox.cleanup`; `undefined`: its conditions do not hold. Children that cannot
 * be read are not absent: nothing is deleted for their absence.
 */
export function decideCleanup(
  { cleanup }: CompiledBox,
  cr: KubeObject,
  data: JsonMap,
  wallMs: number,
  memory: Pick<PassMemory, "unseen">,
): CleanupDecision | undefined {
  if (cleanup === undefined) return undefined;
  const { afterMs, at } = cleanup.plan;
  const failed = (why: string): CleanupDecision => ({
    state: "failed",
    message: `cleanup: ${at}: the condition cannot be evaluated: ${why}`,
    dueMs: Infinity,
  });
  const unseen = whyUnseen(cleanup.dependsOn, memory);
  if (unseen !== undefined) return failed(unseen);
  const gate = evaluateGate(cleanup.gate, data, { wallMs });
  if (gate.state === "false") return undefined;
  if (gate.state === "unknown") return failed(gate.error.message);
  return { state: "due", dueMs: afterMs === 0 ? wallMs : (sinceMs(cr) ?? wallMs) + afterMs };
}

/** Since when the status says that they hold. */
function sinceMs(cr: KubeObject): number | undefined {
  const conditions: unknown = cr["status"]?.conditions;
  if (!Array.isArray(conditions)) return undefined;
  const known = conditions.find((item) =>
    isMap(item) && item["type"] === cleanupCondition && item["status"] === "True"
  );
  const time = isMap(known) ? Date.parse(String(known["lastTransitionTime"])) : NaN;
  return Number.isNaN(time) ? undefined : time;
}
