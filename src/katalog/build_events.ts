import { parseDuration } from "../base/duration.ts";
import type { CleanupPlan, EmittedEventPlan, PassGatePlan } from "../conditions/mod.ts";
import { buildGate, textPlan } from "./build_conditions.ts";
import { buildSentinelGate } from "./build_watch.ts";
import { childOf, entriesOf, itemsOf, type Node, placeOf, textOf } from "./node.ts";

/** `operatorBox.cleanup`. */
export function buildCleanup(node: Node | undefined): CleanupPlan | undefined {
  if (node === undefined) return undefined;
  const afterMs = parseDuration(textOf(childOf(node, "deleteAfter")) ?? "0s") ?? 0;
  return { ...buildGate(node), afterMs, at: placeOf(node.at) };
}

/** The gates of `operatorBox.preReconcile`, in the order in which they are passed. */
export function buildGates(node: Node | undefined): PassGatePlan[] {
  return (["enqueueGate", "reconcileGate"] as const).flatMap((name): PassGatePlan[] => {
    const gate = childOf(node, name);
    if (gate === undefined) return [];
    return [{ name, ...buildSentinelGate(gate) }];
  });
}

/** `operatorBox.events`. */
export function buildEvents(node: Node | undefined): EmittedEventPlan[] {
  return [...entriesOf(node)].flatMap(([name, { value }]): EmittedEventPlan[] => {
    const [reason, message] = [childOf(value, "reason"), childOf(value, "message")];
    if (reason === undefined || message === undefined) return [];
    const on = itemsOf(childOf(value, "on")).map(textOf).filter((word) => word !== undefined);
    return [{
      name,
      type: textOf(childOf(value, "type")) === "Warning" ? "Warning" : "Normal",
      reason: textPlan(reason),
      message: textPlan(message),
      on: on.length === 0 ? ["always"] : on as EmittedEventPlan["on"],
      ...buildGate(value),
    }];
  });
}
