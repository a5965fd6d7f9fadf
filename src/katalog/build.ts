import { buildAutoscale } from "./build_autoscale.ts";
import { buildConversion, isVersionOnly, versionsOf } from "./conversion.ts";
import { buildWebhooks } from "./build_gateway.ts";
import { parseFieldPath } from "../base/field_path.ts";
import type { JsonMap } from "../base/json.ts";
import {
  type ConditionPlan,
  demandOf,
  type MutationPlan,
  type TextPlan,
  type ValidationPlan,
} from "../conditions/mod.ts";
import { buildBlock, buildDefaults, buildReconciler, buildStatus } from "./build_box.ts";
import { buildCondition, buildConditions, buildGate, fieldPlan, textPlan } from "./build_conditions.ts";
import { buildOnDelete } from "./build_on_delete.ts";
import { buildCleanup, buildEvents, buildGates } from "./build_events.ts";
import { buildTriggers } from "./build_watch.ts";
import { buildProtection } from "./build_security.ts";
import { buildCross } from "./cross.ts";
import { buildExternal } from "./external.ts";
import { buildDependencies } from "./dependencies.ts";
import type { CrdEntry, NamespaceLists } from "./model.ts";
import {
  childOf,
  entriesOf,
  flagOf,
  itemsOf,
  type MapEntry,
  type Node,
  nodeAt,
  placeOf,
  textOf,
  toJson,
} from "./node.ts";
import { crdEntry } from "./schema.ts";
import type { CrdTypes } from "./crd_types.ts";
import type { KnownType } from "./declared_type.ts";
import { valueOf } from "./value.ts";

/** One entry of `spec.crds`, checked before; `entries` are all of them. */
export function buildCrd(
  name: string,
  { keyAt, value: node }: MapEntry,
  types: CrdTypes,
  entries: ReadonlyMap<string, Node>,
  crossAccess: CrossAccess,
  finalizers?: Node,
): CrdEntry | undefined {
  const known = types.of(name);
  if (known === undefined) return undefined;
  const box = childOf(node, "operatorBox");
  const force = flagOf(childOf(node, "forceConflict")) ?? true;
  const defaults = buildDefaults(box, force);
  const block = (key: string) =>
    buildBlock(childOf(box, key), defaults, (shorthand, entry) => types.ofEntry(shorthand, entry));
  const texts = (key: string) => textMap(childOf(node, key));
  const labels = childOf(node, "labels");
  const status = childOf(box, "status");
  return {
    name,
    at: keyAt,
    dependsOn: buildDependencies(node),
    cross: buildCross(node, entries),
    crossAccess: crossAccess.inProcess,
    crossServed: crossAccess.overHttp,
    formerNames: textList(childOf(node, "formerNames")),
    enabled: flagOf(childOf(node, "enabled")) ?? true,
    description: textOf(childOf(node, "description")),
    type: known.type,
    hasStatus: known.hasStatus && flagOf(childOf(node, "ignoreStatusPatch")) !== true,
    triggers: buildTriggers(box, (watched) => types.ofEntry("custom", watched)),
    gates: buildGates(childOf(box, "preReconcile")),
    cleanup: buildCleanup(childOf(box, "cleanup")),
    autoscale: buildAutoscale(childOf(box, "autoscale")),
    events: buildEvents(childOf(box, "events")),
    finalizers: [...new Set(textList(childOf(box, "finalizers") ?? finalizers))],
    removeFinalizers: flagOf(childOf(node, "removeFinalizers")) ?? false,
    ignoreObservedGeneration: flagOf(childOf(node, "ignoreObservedGeneration")) ?? false,
    definition: buildDefinition(known, types),
    specReplicasPath: known.specReplicasPath,
    crdFile: known.crdFile,
    setup: itemsOf(childOf(node, "setup")).map((file) => types.resolve(file.at.file, textOf(file) ?? "")),
    crFiles: itemsOf(childOf(node, "crFiles")).map((file) => types.resolve(file.at.file, textOf(file) ?? "")),
    namespace: textOf(childOf(node, "namespace")),
    namespaces: buildNamespaces([node]),
    protection: buildProtection(node),
    labels: labels === undefined ? undefined : labelPlans(labels),
    labelSelector: texts("labelSelector"),
    fieldSelector: texts("fieldSelector"),
    forceConflict: force,
    endpoints: buildEndpoints(childOf(node, "endpoints")),
    normalize: normalizePlans(nodeAt(node, "normalize", "spec")),
    mutation: itemsOf(nodeAt(node, "mutation", "rules")).map(buildMutation),
    validation: itemsOf(nodeAt(node, "validation", "rules")).map(buildValidation),
    external: buildExternal(node),
    webhooks: buildWebhooks(node),
    conversion: buildConversion(name, node, versionsOf(known, types)),
    versionOnly: childOf(node, "conversion") !== undefined && isVersionOnly(
      { name, entry: node, known },
      [...entries].filter(([other]) => other !== name).map(([other, entry]) => ({
        name: other,
        entry,
        known: types.of(other),
      })),
    ),
    reconciler: buildReconciler(childOf(box, "reconciler")),
    onCreate: block("onCreate"),
    onReconcile: block("onReconcile"),
    onDelete: buildOnDelete(childOf(box, "onDelete"), (shorthand, entry) => types.ofEntry(shorthand, entry)),
    status: buildStatus(status),
    readyWhen: buildConditions(childOf(status, "readyWhen")),
    written: valueOf(node, crdEntry) as JsonMap,
  };
}

function buildDefinition({ type, schema }: KnownType, types: CrdTypes): CrdEntry["definition"] {
  const found = types.versionsOf(type);
  if (found === undefined) return undefined;
  const { versions } = found;
  return { schema, served: versions.filter(({ served }) => served).map(({ name }) => name), versions };
}

/** `allowedNamespaces` and `restrictedNamespaces` of some maps, joined. */
export function buildNamespaces(nodes: readonly (Node | undefined)[]): NamespaceLists {
  const join = (key: string) => [...new Set(nodes.flatMap((node) => textList(childOf(node, key))))];
  return { allowed: join("allowedNamespaces"), restricted: join("restrictedNamespaces") };
}

function buildEndpoints(node: Node | undefined): CrdEntry["endpoints"] {
  const [enabled, health, info] = ["enabled", "health", "info"].map((key) => flagOf(childOf(node, key)) ?? true);
  return { enabled: enabled!, health: health!, info: info! };
}

function textList(node: Node | undefined): string[] {
  return itemsOf(node).map((item) => textOf(item) ?? "");
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
    path: parseFieldPath(key.replace(/^\./, "").replace(/^spec\./, "")) ?? [key],
    value: textPlan(value),
  }));
}

const valueTypes: Readonly<Record<string, NonNullable<MutationPlan["valueType"]>>> = {
  string: "string",
  str: "string",
  int: "int",
  integer: "int",
  float: "float",
  number: "float",
  bool: "bool",
  boolean: "bool",
};

function buildMutation(node: Node): MutationPlan {
  const override = childOf(node, "override");
  const value = override ?? childOf(node, "default") ?? node;
  return {
    field: fieldPlan(childOf(node, "field") ?? node),
    mode: override === undefined ? "default" : "override",
    value: toJson(value),
    valueType: valueTypes[textOf(childOf(node, "valueType")) ?? ""],
    ...firesOf(node),
    at: placeOf(value.at),
    ...buildGate(node),
  };
}

/** `fires` of a rule. */
function firesOf(node: Node): { admissionOnly?: true } {
  return flagOf(nodeAt(node, "fires", "reconcile")) === false ? { admissionOnly: true } : {};
}

function buildValidation(node: Node): ValidationPlan {
  const check = buildCondition(node);
  const message = childOf(node, "message");
  return {
    check,
    message: message === undefined || textOf(message) === "" ? madeMessage(node, check) : textPlan(message),
    action: textOf(childOf(node, "action")) === "warn" ? "warn" : "deny",
    ...firesOf(node),
    ...buildGate(node),
  };
}

/** What a rule without a message says (ruling 71). A field that is a path stands before every message anyway. */
function madeMessage(node: Node, check: ConditionPlan): TextPlan {
  const field = check.field?.text ?? "";
  const demand = demandOf(check);
  return { text: field.includes("{{") ? `"${field}" ${demand}` : demand, at: placeOf(node.at) };
}

/** Who may read the objects of an entry under `.cross`. */
export interface CrossAccess {
  /** Boxes of the same process. */
  readonly inProcess: boolean;
  /** Every client of the HTTP API: only where the Katalog says so, since there is no authentication. */
  readonly overHttp: boolean;
}

/** `crossAccess` of the entry, else of the Katalog that it is in. */
export function crossAccessOf(entry: Node, katalog: Node | undefined): CrossAccess {
  const written = flagOf(childOf(entry, "crossAccess")) ?? flagOf(childOf(katalog, "crossAccess"));
  return { inProcess: written ?? true, overHttp: written ?? false };
}
