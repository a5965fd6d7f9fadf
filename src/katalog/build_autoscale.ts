import { parseDuration } from "../base/duration.ts";
import type { AutoscalePlan } from "../conditions/mod.ts";
import { buildGate } from "./build_conditions.ts";
import { defaults } from "./defaults.ts";
import { childOf, type Node, placeOf, textOf } from "./node.ts";

/** `operatorBox.autoscale`, defaults filled in. */
export function buildAutoscale(node: Node | undefined): AutoscalePlan | undefined {
  if (node === undefined) return undefined;
  const settings = childOf(node, "do");
  const [workers, maxDepth] = ["workers", "queueDepth"].map((key) => numberOf(childOf(settings, key)));
  const resyncMs = millisecondsOf(childOf(settings, "resync"));
  return {
    intervalMs: millisecondsOf(childOf(node, "interval")) ?? defaults.autoscale.intervalMs,
    cooldownMs: millisecondsOf(childOf(node, "cooldown")) ?? defaults.autoscale.cooldownMs,
    ...buildGate(childOf(node, "conditions")),
    ...(workers === undefined ? {} : { workers }),
    ...(resyncMs === undefined ? {} : { resyncMs }),
    ...(maxDepth === undefined ? {} : { maxDepth }),
    at: placeOf(node.at),
  };
}

function numberOf(node: Node | undefined): number | undefined {
  return node?.type === "scalar" && typeof node.value === "number" ? node.value : undefined;
}

function millisecondsOf(node: Node | undefined): number | undefined {
  return parseDuration(textOf(node) ?? "");
}
