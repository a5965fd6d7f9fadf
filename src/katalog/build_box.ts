import { parseFieldPath } from "../base/field_path.ts";
import { parseDuration } from "../base/duration.ts";
import type { JsonMap } from "../base/json.ts";
import { isMap, mapIn, ownValue } from "../base/json.ts";
import type { ReconcilerPlan, ScalingPlan, StatusFieldPlan } from "../conditions/mod.ts";
import type { ResourceType } from "../k8s/object.ts";
import { buildConditions, buildGate, textPlan } from "./build_conditions.ts";
import { defaults } from "./defaults.ts";
import type { Block, ResourceEntry } from "./model.ts";
import { childOf, entriesOf, itemsOf, type Node, nodeAt, placeOf, textOf } from "./node.ts";
import { entryShapes } from "./schema_box.ts";
import { templatePlaces, valueOf } from "./value.ts";

/** `operatorBox.reconciler`, defaults filled in. */
export function buildReconciler(node: Node | undefined): ReconcilerPlan {
  const requeue = childOf(node, "requeue");
  const after = childOf(requeue, "after");
  const backoff = nodeAt(node, "queue", "retryBackoff");
  return {
    workers: numberOf(childOf(node, "workers")) ?? defaults.workers,
    resyncMs: millisecondsOf(childOf(node, "resync")) ?? defaults.resyncMs,
    failureThreshold: numberOf(nodeAt(node, "queue", "failureThreshold")) ?? defaults.failureThreshold,
    retryBackoff: backoff === undefined ? undefined : buildBackoff(backoff),
    queueBehaviour: buildQueueBehaviour(childOf(node, "queue")),
    requeue: after === undefined ? undefined : { after: textPlan(after), ...buildGate(requeue) },
  };
}

function buildQueueBehaviour(queue: Node | undefined): ReconcilerPlan["queueBehaviour"] {
  const behaviour = childOf(queue, "behaviour");
  if (behaviour === undefined) return undefined;
  const onLimit = childOf(behaviour, "onLimit");
  const onThreshold = childOf(behaviour, "onThreshold");
  const drop = childOf(onLimit, "drop");
  return {
    maxDepth: numberOf(childOf(queue, "maxDepth")) ?? 0,
    onLimit: onLimit === undefined
      ? undefined
      : { drop: drop?.type === "scalar" && drop.value === true, ...buildGate(onLimit) },
    onThreshold: onThreshold === undefined
      ? undefined
      : { percent: numberOf(childOf(onThreshold, "value")) ?? 100, ...buildGate(onThreshold) },
  };
}

/** `retryBackoff`: a duration or a map. */
export function buildBackoff(node: Node): NonNullable<ReconcilerPlan["retryBackoff"]> {
  const fallback = defaults.retryBackoff;
  if (node.type === "scalar") return { ...fallback, initialMs: millisecondsOf(node) ?? fallback.initialMs };
  return {
    initialMs: millisecondsOf(childOf(node, "initial")) ?? fallback.initialMs,
    maxMs: millisecondsOf(childOf(node, "max")) ?? fallback.maxMs,
    multiplier: numberOf(childOf(node, "multiplier")) ?? fallback.multiplier,
    maxAttempts: numberOf(childOf(node, "maxAttempts")) ?? fallback.maxAttempts,
  };
}

/** What an entry does that says nothing itself. */
export interface EntryDefaults {
  readonly force: boolean;
  readonly adopt: boolean;
  readonly deletionPolicy: ResourceEntry["deletionPolicy"];
}

/** The defaults that `operatorBox` declares for its entries; `force` is the CRD entry's. */
export function buildDefaults(box: Node | undefined, force: boolean): EntryDefaults {
  const adopt = childOf(box, "adopt");
  return {
    force,
    adopt: adopt?.type === "scalar" && adopt.value === true,
    deletionPolicy: textOf(childOf(box, "deletionPolicy")) === "Retain" ? "Retain" : "Delete",
  };
}

/** `onCreate`, `onReconcile` or a group of `onDelete`. `typeOf` names the type of an entry's child. */
export function buildBlock(
  node: Node | undefined,
  defaults: EntryDefaults,
  typeOf: (shorthand: string, entry: Node) => ResourceType | undefined,
): Block {
  const entries: ResourceEntry[] = [];
  for (const [shorthand, { value }] of entriesOf(node)) {
    if (!entryShapes.has(shorthand)) continue;
    itemsOf(value).forEach((item, index) => {
      const type = typeOf(shorthand, item);
      if (type !== undefined) entries.push(buildEntry(shorthand, index, item, type, defaults));
    });
  }
  return { ...buildGate(node), entries };
}

/** Fields of an entry that say how it is carried out, and are not part of the child. */
const directives = [
  "when",
  "or",
  "forEach",
  "reconcile",
  "forceConflict",
  "adopt",
  "deletionPolicy",
  "readyWhen",
];

function buildEntry(
  shorthand: string,
  index: number,
  node: Node,
  type: ResourceType,
  inherited: EntryDefaults,
): ResourceEntry {
  const shape = entryShapes.get(shorthand)!;
  const fields = valueOf(node, shape) as JsonMap;
  const { forceConflict, adopt, deletionPolicy, reconcile } = fields;
  for (const key of directives) delete fields[key];
  const autoscale = childOf(node, "autoscale");
  for (const way of scalingWays) {
    const step = mapIn(mapIn(fields, "autoscale"), way);
    delete step["conditions"];
  }
  const apart = [...directives, ...scalingWays.map((way) => `autoscale.${way}.conditions`)];
  const places = Object.entries(templatePlaces(node, shape))
    .filter(([path]) => !apart.some((key) => path === key || path.startsWith(`${key}.`) || path.startsWith(`${key}[`)));
  const forEach = childOf(node, "forEach");
  return {
    shorthand,
    index,
    type,
    reconcile: reconcile === true,
    force: typeof forceConflict === "boolean" ? forceConflict : inherited.force,
    adopt: typeof adopt === "boolean" ? adopt : inherited.adopt,
    deletionPolicy: deletionPolicy === "Delete" || deletionPolicy === "Retain"
      ? deletionPolicy
      : inherited.deletionPolicy,
    readyWhen: buildConditions(childOf(node, "readyWhen")),
    ...buildGate(node),
    forEach: forEach === undefined ? undefined : buildForEach(forEach),
    ...(autoscale === undefined ? {} : { scaling: buildScaling(autoscale) }),
    namespace: namespaceOf(shorthand, fields),
    fields,
    positions: Object.fromEntries(places),
    at: placeOf(node.at),
  };
}

const scalingWays = ["scaleUp", "scaleDown"] as const;

/** The conditions of `autoscale` of an entry. */
function buildScaling(node: Node): ScalingPlan {
  return Object.fromEntries(scalingWays.flatMap((way) => {
    const step = childOf(node, way);
    return step === undefined ? [] : [[way, buildGate(childOf(step, "conditions"))]];
  }));
}

function buildForEach(node: Node): { field: string; as: string } {
  return {
    field: (textOf(childOf(node, "field")) ?? "").replace(/^\./, ""),
    as: textOf(childOf(node, "as")) ?? "item",
  };
}

/** The declared namespace of a child: `custom` entries look like the object that they become. */
function namespaceOf(shorthand: string, fields: JsonMap): string | undefined {
  const metadata = shorthand === "custom" ? ownValue(fields, "metadata") : fields;
  const namespace = isMap(metadata) ? ownValue(metadata, "namespace") : undefined;
  return typeof namespace === "string" && namespace !== "" ? namespace : undefined;
}

const statusTypes: Readonly<Record<string, StatusFieldPlan["type"]>> = {
  string: "string",
  str: "string",
  int: "int",
  integer: "int",
  float: "float",
  number: "float",
  bool: "bool",
  boolean: "bool",
  auto: "auto",
};

/** `operatorBox.status.fields`. */
export function buildStatus(node: Node | undefined): StatusFieldPlan[] {
  return itemsOf(childOf(node, "fields")).map((field) => {
    const clear = childOf(field, "clearOnFalse");
    return {
      path: pathOf(childOf(field, "path")),
      value: textPlan(childOf(field, "value") ?? field),
      type: statusTypes[textOf(childOf(field, "type")) ?? ""] ?? "keep",
      clearOnFalse: clear?.type === "scalar" && clear.value === true,
      ...buildGate(field),
    };
  });
}

/** A dot path under some root that is not written: `status.phase` and `.phase` mean `phase`. */
function pathOf(node: Node | undefined): string[] {
  const text = (textOf(node) ?? "").trim().replace(/^\./, "").replace(/^status\./, "");
  return parseFieldPath(text) ?? [text];
}

function numberOf(node: Node | undefined): number | undefined {
  return node?.type === "scalar" && typeof node.value === "number" ? node.value : undefined;
}

function millisecondsOf(node: Node | undefined): number | undefined {
  const text = textOf(node);
  return text === undefined ? undefined : parseDuration(text);
}
