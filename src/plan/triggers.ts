import type { BoxPlan, WatchPlan } from "./plan.ts";
import { reasonOf } from "./reasons.ts";

/** Fields of an Event by which an API server selects. */
const selectable = ["reason", "type", "regarding.kind", "regarding.namespace", "regarding.name"];

/** Watches of objects whose changes make CRs be looked at. */
export function watchesOfTriggers({ triggers }: Pick<BoxPlan, "triggers">): WatchPlan[] {
  return (triggers ?? []).map(({ id, type, namespace, name, event, at }) => {
    const fields = Object.entries(event?.match ?? {}).filter(([field]) => selectable.includes(field));
    if (name !== undefined) fields.push(["metadata.name", name]);
    return {
      role: "trigger",
      trigger: id,
      type,
      namespaces: namespace === undefined || !type.namespaced ? undefined : [namespace],
      fieldSelector: fields.length === 0 ? undefined : Object.fromEntries(fields),
      reasons: [reasonOf(at)],
    };
  });
}
