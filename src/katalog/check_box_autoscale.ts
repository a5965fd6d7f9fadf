import { formatDuration, minIntervalMs, parseDuration } from "../base/duration.ts";
import { nearest } from "../base/suggest.ts";
import { loadNames } from "../conditions/mod.ts";
import type { CrdContext } from "./crd_context.ts";
import { childOf, itemPath, itemsOf, keyPath, type Node, nodeAt, textOf } from "./node.ts";
import { operatorKeys } from "./schema_conditions.ts";

/** Conditions of `operatorBox.autoscale` are about the operator: there is no CR that they could read. */
export function autoscaleReadsTheLoad({ entry, path, report }: CrdContext): void {
  const conditions = nodeAt(entry, "operatorBox", "autoscale", "conditions");
  const at = keyPath(path, "operatorBox", "autoscale", "conditions");
  for (const list of ["when", "or"]) {
    itemsOf(childOf(conditions, list)).forEach((item, i) => {
      const from = itemPath(keyPath(at, list), i);
      for (const key of ["field", "value", ...Object.keys(operatorKeys)]) {
        const node = childOf(item, key);
        if (node === undefined || textOf(node)?.includes("{{") !== true) continue;
        report.error(
          node.at,
          keyPath(from, key),
          "Templates are not allowed here",
          "these conditions are about the operator, and there is no object to read",
        );
      }
      const field = childOf(item, "field");
      const text = textOf(field);
      if (field === undefined || text === undefined || text.includes("{{")) return;
      const problem = problemOf(text.trim().replace(/^\./, ""));
      if (problem !== undefined) report.error(field.at, keyPath(from, "field"), ...problem);
    });
  }
}

function problemOf(field: string): [message: string, hint: string] | undefined {
  const known = loadNames.map((name) => `metrics.${name}`);
  if (known.includes(field)) return undefined;
  if (/^cross\..+\.metrics\./.test(field)) {
    return ["Metrics of other operators are not supported yet", `known here: ${known.join(", ")}`];
  }
  const near = nearest(field, known) ?? (field.startsWith("metrics.") ? undefined : nearest(`metrics.${field}`, known));
  return [
    `There is no metric "${field}"`,
    near === undefined ? `known here: ${known.join(", ")}` : `did you mean ${near}?`,
  ];
}

/** Times must leave time; a depth needs rules that refer to it. */
export function autoscaleSettingsHaveAnEffect({ entry, path, report }: CrdContext): void {
  const autoscale = nodeAt(entry, "operatorBox", "autoscale");
  const at = keyPath(path, "operatorBox", "autoscale");
  const minimum = (node: Node | undefined, from: string, minMs: number): void => {
    const ms = parseDuration(textOf(node) ?? "");
    if (node === undefined || ms === undefined || ms >= minMs) return;
    report.error(node.at, from, `Expected at least ${formatDuration(minMs)}, found "${textOf(node)}"`);
  };
  minimum(childOf(autoscale, "interval"), keyPath(at, "interval"), 1_000);
  minimum(nodeAt(autoscale, "do", "resync"), keyPath(at, "do", "resync"), minIntervalMs);
  const depth = nodeAt(autoscale, "do", "queueDepth");
  if (depth === undefined || nodeAt(entry, "operatorBox", "reconciler", "queue", "behaviour") !== undefined) return;
  report.error(
    depth.at,
    keyPath(at, "do", "queueDepth"),
    "queueDepth has no effect without reconciler.queue.behaviour: the queue is unlimited",
    "remove it, or declare what happens when the queue is long",
  );
}
