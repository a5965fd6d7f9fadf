import type { JsonMap } from "../base/json.ts";
import type { TextPlan } from "../conditions/mod.ts";
import { buildBlock, buildReconciler, buildStatus } from "./build_box.ts";
import { buildCondition, buildGate, fieldPlan, textPlan } from "./build_conditions.ts";
import type { CrdEntry, MutationRule, ValidationRule } from "./model.ts";
import { childOf, entriesOf, itemsOf, type MapEntry, type Node, nodeAt, placeOf, textOf, toJson } from "./node.ts";
import { crdEntry } from "./schema.ts";
import type { CrdTypes } from "./crd_types.ts";
import { valueOf } from "./value.ts";

/** One entry of `spec.crds`, checked before. */
export function buildCrd(name: string, { keyAt, value: node }: MapEntry, types: CrdTypes): CrdEntry | undefined {
  const known = types.of(name);
  if (known === undefined) return undefined;
  const box = childOf(node, "operatorBox");
  const force = flagOf(childOf(node, "forceConflict")) ?? true;
  const block = (key: string) =>
    buildBlock(childOf(box, key), force, (shorthand, entry) => types.ofEntry(shorthand, entry));
  const texts = (key: string) => textMap(childOf(node, key));
  const labels = childOf(node, "labels");
  return {
    name,
    at: keyAt,
    enabled: flagOf(childOf(node, "enabled")) ?? true,
    ...some("description", textOf(childOf(node, "description"))),
    type: known.type,
    hasStatus: known.hasStatus,
    ...some("crdFile", known.crdFile),
    crFiles: itemsOf(childOf(node, "crFiles")).map((file) => types.resolve(file.at.file, textOf(file) ?? "")),
    ...some("namespace", textOf(childOf(node, "namespace"))),
    ...(labels === undefined ? {} : { labels: labelPlans(labels) }),
    ...some("labelSelector", texts("labelSelector")),
    ...some("fieldSelector", texts("fieldSelector")),
    forceConflict: force,
    normalize: normalizePlans(nodeAt(node, "normalize", "spec")),
    mutation: itemsOf(nodeAt(node, "mutation", "rules")).map(buildMutation),
    validation: itemsOf(nodeAt(node, "validation", "rules")).map(buildValidation),
    reconciler: buildReconciler(childOf(box, "reconciler")),
    onCreate: block("onCreate"),
    onReconcile: block("onReconcile"),
    onDelete: block("onDelete"),
    status: buildStatus(childOf(box, "status")),
    written: valueOf(node, crdEntry) as JsonMap,
  };
}

function labelPlans(node: Node): Record<string, TextPlan> {
  return Object.fromEntries([...entriesOf(node)].map(([key, { value }]) => [key, textPlan(value)]));
}

function textMap(node: Node | undefined): Record<string, string> | undefined {
  if (node === undefined) return undefined;
  return Object.fromEntries([...entriesOf(node)].map(([key, { value }]) => [key, textOf(value) ?? ""]));
}

function normalizePlans(node: Node | undefined): CrdEntry["normalize"] {
  return [...entriesOf(node)].map(([key, { value }]) => ({
    path: key.replace(/^\./, "").replace(/^spec\./, "").split("."),
    value: textPlan(value),
  }));
}

const valueTypes: Readonly<Record<string, NonNullable<MutationRule["valueType"]>>> = {
  string: "string",
  str: "string",
  int: "int",
  integer: "int",
  float: "float",
  number: "float",
  bool: "bool",
  boolean: "bool",
};

function buildMutation(node: Node): MutationRule {
  const override = childOf(node, "override");
  const value = override ?? childOf(node, "default") ?? node;
  const type = valueTypes[textOf(childOf(node, "valueType")) ?? ""];
  return {
    field: fieldPlan(childOf(node, "field") ?? node),
    mode: override === undefined ? "default" : "override",
    value: toJson(value),
    ...some("valueType", type),
    at: placeOf(value.at),
    ...buildGate(node),
  };
}

function buildValidation(node: Node): ValidationRule {
  return {
    check: buildCondition(node),
    message: textPlan(childOf(node, "message") ?? node),
    action: textOf(childOf(node, "action")) === "warn" ? "warn" : "deny",
    ...buildGate(node),
  };
}

function flagOf(node: Node | undefined): boolean | undefined {
  return node?.type === "scalar" && typeof node.value === "boolean" ? node.value : undefined;
}

/** A field of a record, or nothing where there is no value. */
function some<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : { [key]: value } as { [K in Key]?: Value };
}
