import type { EventMatch, SentinelGate, SentinelName, TriggerPlan } from "../conditions/mod.ts";
import type { ResourceType } from "../k8s/object.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { buildGate } from "./build_conditions.ts";
import { childOf, entriesOf, itemsOf, type Node, placeOf, textOf } from "./node.ts";
import { changes, eventFields } from "./schema_watch.ts";

type TypeOf = (node: Node) => ResourceType | undefined;

/** The gates of `operatorBox.preReconcile` and of watches. */
export function buildSentinelGate(node: Node): SentinelGate {
  const sentinels = itemsOf(childOf(node, "sentinels")).map((item) => textOf(item) as SentinelName);
  return { sentinels, failsClosed: textOf(childOf(node, "failPolicy")) === "closed", ...buildGate(node) };
}

/** `operatorBox.watch` and `operatorBox.watchEvents`. */
export function buildTriggers(box: Node | undefined, typeOf: TypeOf): TriggerPlan[] {
  const watched = itemsOf(childOf(box, "watch")).flatMap((node, index): TriggerPlan[] => {
    const type = typeOf(node);
    const name = textOf(childOf(node, "name"));
    return type === undefined ? [] : [{
      id: `watch[${index}]`,
      type,
      ...named(node),
      ...(name === undefined ? {} : { name }),
      ...common(node, [...changes]),
    }];
  });
  const events = [...entriesOf(childOf(box, "watchEvents"))].map(([name, { value }]): TriggerPlan => ({
    id: `watchEvents.${name}`,
    type: builtInType("Event", "events.k8s.io")!,
    ...named(value),
    event: { name, match: matchOf(value) },
    ...common(value, ["create", "update"]),
  }));
  return [...watched, ...events];
}

function named(node: Node): Pick<TriggerPlan, "namespace"> {
  const namespace = textOf(childOf(node, "namespace"));
  return namespace === undefined ? {} : { namespace };
}

function common(node: Node, always: TriggerPlan["on"]): Pick<TriggerPlan, "on" | "route" | "gate" | "at"> {
  const on = itemsOf(childOf(node, "on")).map(textOf) as TriggerPlan["on"];
  const gate = childOf(node, "enqueueGate");
  return {
    on: on.length === 0 ? always : on,
    route: routeOf(childOf(node, "keyFrom")),
    ...(gate === undefined ? {} : { gate: buildSentinelGate(gate) }),
    at: placeOf(node.at),
  };
}

function routeOf(node: Node | undefined): TriggerPlan["route"] {
  const [label, name, namespace] = ["label", "name", "namespace"].map((key) => textOf(childOf(node, key)));
  if (label !== undefined) return { by: "label", label };
  if (name !== undefined) return { by: "name", name, ...(namespace === undefined ? {} : { namespace }) };
  return { by: "owner" };
}

/** Dot paths of an Event and their texts. */
function matchOf(node: Node): EventMatch {
  const name = textOf(childOf(node, "name"));
  const match: Record<string, string> = name === undefined ? {} : { "metadata.name": name };
  for (const field of eventFields) {
    const text = textOf(childOf(node, field));
    if (text !== undefined) match[field] = text;
  }
  for (const subject of ["regarding", "related"]) {
    for (const [key, { value }] of entriesOf(childOf(node, subject))) {
      const text = textOf(value);
      if (text !== undefined) match[`${subject}.${key}`] = text;
    }
  }
  return match;
}
