import { canonicalJson, isMap, type Json, type JsonMap, ownValue, parseJson } from "../base/json.ts";
import type { KubeObject, ManagedFieldsEntry } from "../k8s/object.ts";
import { fitsType, typedProblems } from "./apply/check.ts";
import { FieldSet, formatPath } from "./apply/field_set.ts";
import { type Manager, type Managers, printManagers, readManagers } from "./apply/managers.ts";
import { compareTyped, fieldSetOf, TypedError } from "./apply/typed.ts";
import { applyConfiguration, type Converter, type FieldConflict, trackUpdate, type Workflow } from "./apply/updater.ts";
import { emptyObject } from "./codec.ts";
import type { Convert } from "./conversion.ts";
import { ApiFault } from "./faults.ts";
import type { ResourceVersion } from "./resource.ts";

/** Who writes, and through which endpoint. */
export interface Writer {
  readonly manager: string;
  /** "" for the main endpoint. */
  readonly subresource: string;
  /** RFC 3339. */
  readonly time: string;
}

/** More updaters of one object than this are merged into one entry, the oldest first. */
const maxUpdaters = 10;

const statusOnly = new FieldSet();
statusOnly.insert(["f:status"]);
const nothing = new FieldSet();
const specAndMeta = new FieldSet();
specAndMeta.insert(["f:spec"]);
const customStatusResets = new FieldSet();
for (const path of [["f:metadata"]]) customStatusResets.insert(path);

function flowOf(type: ResourceVersion, writer: Writer, convertTo: Convert): Workflow {
  const convert: Converter = (object, apiVersion) => {
    const version = type.resource.versions.find((each) => each.apiVersion === apiVersion);
    return version === undefined ? undefined : { schema: version.schema, object: convertTo(object, version) };
  };
  return { schema: type.schema, apiVersion: type.apiVersion, convert, ignored: resetFields(type, writer.subresource) };
}

/** Fields that an endpoint resets, and that get no owner through it. */
function resetFields(type: ResourceVersion, subresource: string): FieldSet {
  if (subresource === "") return type.hasStatus ? statusOnly : nothing;
  if (subresource !== "status") return nothing;
  if (!type.resource.custom) return specAndMeta;
  // A custom resource's status endpoint resets everything else.
  const out = new FieldSet();
  for (const name of type.schema.propertyNames) {
    if (name !== "status" && name !== "metadata") out.insert([`f:${name}`]);
  }
  for (const name of ["spec", "apiVersion", "kind", "metadata"]) out.insert([`f:${name}`]);
  return out;
}

/**
 * Records who owns what after a write that is not an apply, in `next.metadata.managedFields`. `current` is absent for a
 * new object. Returns the entries to store.
 */
export function ownershipAfterUpdate(
  type: ResourceVersion,
  current: KubeObject | undefined,
  next: KubeObject,
  writer: Writer,
  convert: Convert = type.resource.convert,
): ManagedFieldsEntry[] | undefined {
  const given = next.metadata.managedFields;
  const reset = given !== undefined && given !== null &&
    (given.length === 0 || (given.length === 1 && Object.keys(given[0]!).length === 0));
  const kept = readManagers(current?.metadata.managedFields as never) ?? new Map();
  let managers: Managers = kept;
  if (writer.subresource === "") {
    if (reset) managers = new Map();
    else {
      const read = readManagers(given as never);
      if (read !== undefined && read.size > 0) managers = read;
    }
  }
  // What was not tracked from the beginning is not tracked by updates: only an apply begins it.
  if (current !== undefined && managers.size === 0) return undefined;
  const before = withoutManaged(current ?? emptyObject(type));
  const after = withoutManaged(next);
  // An object that its own schema cannot walk keeps the owners that it has.
  if (type.resource.custom && !(fitsType(type.schema, before) && fitsType(type.schema, after))) {
    return current?.metadata.managedFields;
  }
  try {
    trackUpdate(before, after, managers, writer, flowOf(type, writer, convert));
  } catch (error) {
    if (error instanceof TypedError) return current?.metadata.managedFields;
    throw error;
  }
  return entriesOf(capped(managers));
}

/** The outcome of a server-side apply before defaults: the merged object and the entries to store. */
export interface Applied {
  readonly object: JsonMap;
  /** False when the configuration changes nothing of the object. */
  readonly changed: boolean;
  readonly managedFields: ManagedFieldsEntry[] | undefined;
}

/**
 * Merges an applied configuration into `current`. Throws `ApiFault` 409 with one cause a field that another manager
 * owns.
 */
export function applyOwnership(
  type: ResourceVersion,
  current: KubeObject | undefined,
  config: JsonMap,
  writer: Writer,
  force: boolean,
  convert: Convert = type.resource.convert,
): Applied {
  const problems = typedProblems(type.schema, config);
  if (problems.length > 0) throw typedFault(type, config, problems);
  const managers = readManagers(current?.metadata.managedFields as never) ?? new Map();
  const live = withoutManaged(current ?? emptyObject(type));
  const flow = flowOf(type, writer, convert);
  if (managers.size === 0 && current !== undefined) {
    const unknown = { ...writer, manager: "before-first-apply" };
    trackUpdate(withoutManaged(emptyObject(type)), live, managers, unknown, flow);
  }
  let applied: ReturnType<typeof applyConfiguration>;
  try {
    applied = applyConfiguration(live, config, managers, writer, flow, force);
  } catch (error) {
    if (!(error instanceof TypedError)) throw error;
    throw typedFault(type, config, [error.message]);
  }
  if ("conflicts" in applied && writer.manager === clientSideHeir) {
    const allowed = lastAppliedSet(type, live);
    const left = applied.conflicts.filter(({ path }) => !allowed.has(path));
    if (left.length > 0) throw conflictFault(left);
    return applyOwnership(type, current, config, writer, true, convert);
  }
  if ("conflicts" in applied) throw conflictFault(applied.conflicts);
  const mine = [...managers].find(([, entry]) =>
    entry.operation === "Apply" && entry.manager === writer.manager && entry.subresource === writer.subresource
  );
  const changed = applied.object !== undefined;
  if (mine !== undefined) {
    managers.set(mine[0], { ...mine[1], time: changed ? writer.time : mine[1].time });
  }
  const object = applied.object ?? live;
  if (writer.manager === clientSideHeir) refreshLastApplied(object, config);
  return { object, changed, managedFields: entriesOf(managers) };
}

/** `kubectl apply --server-side` takes over without conflicts what `kubectl apply` has applied before. */
const clientSideHeir = "kubectl";
const lastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration";

function lastAppliedOf(object: JsonMap): string {
  const annotations = (object["metadata"] as JsonMap)["annotations"];
  const text = isMap(annotations) ? ownValue(annotations, lastAppliedAnnotation) : undefined;
  return typeof text === "string" ? text : "";
}

/** The fields that client-side apply has applied and that still have these values. */
function lastAppliedSet(type: ResourceVersion, live: JsonMap): FieldSet {
  const text = lastAppliedOf(live);
  if (text === "") return nothing;
  let last: Json;
  try {
    last = parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) return nothing;
    throw error;
  }
  if (!isMap(last) || last["apiVersion"] !== type.apiVersion) return nothing;
  const { modified, added, removed } = compareTyped(type.schema, last, live);
  return fieldSetOf(type.schema, last).difference(modified).difference(added).difference(removed);
}

/** Keeps the annotation of client-side apply in step, where there is one. The object is changed. */
function refreshLastApplied(object: JsonMap, config: JsonMap): void {
  if (lastAppliedOf(object) === "") return;
  const { annotations, ...metadata } = config["metadata"] as JsonMap;
  const { [lastAppliedAnnotation]: _, ...others } = isMap(annotations) ? annotations : {};
  const bare = {
    ...config,
    metadata: Object.keys(others).length > 0 ? { ...metadata, annotations: others } : metadata,
  };
  const live = object["metadata"] as JsonMap;
  const kept = { ...(live["annotations"] as JsonMap), [lastAppliedAnnotation]: `${canonicalJson(bare)}\n` };
  object["metadata"] = { ...live, annotations: kept };
}

function typedFault(type: ResourceVersion, config: JsonMap, problems: readonly string[]): ApiFault {
  const { namespace = "", name = "" } = config["metadata"] as JsonMap;
  const slash = type.group === "" ? `/${type.version}` : type.apiVersion;
  const what = `(${String(namespace)}/${String(name)}; ${slash}, Kind=${type.resource.kind})`;
  const text = problems.length === 1
    ? problems[0]
    : ["errors:", ...problems.map((problem) => `  ${problem}`)].join("\n");
  return new ApiFault(500, "", `failed to create typed patch object ${what}: ${text}`);
}

function conflictFault(conflicts: readonly FieldConflict[]): ApiFault {
  const causes = conflicts.map(({ manager, path }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${describe(manager)}`,
    field: formatPath(path),
  }));
  let message: string;
  if (conflicts.length === 1) {
    message = `Apply failed with 1 conflict: conflict with ${describe(conflicts[0]!.manager)}: ${
      formatPath(conflicts[0]!.path)
    }`;
  } else {
    const byManager = new Map<string, string[]>();
    for (const { manager, path } of conflicts) {
      const name = describe(manager);
      byManager.set(name, [...byManager.get(name) ?? [], `- ${formatPath(path)}`]);
    }
    const lines = [...byManager].sort(([a], [b]) => a < b ? -1 : 1).flatMap((
      [name, paths],
    ) => [`conflicts with ${name}:`, ...paths]);
    message = `Apply failed with ${conflicts.length} conflicts: ${lines.join("\n")}`;
  }
  return new ApiFault(409, "Conflict", message, { causes });
}

function describe({ manager, subresource, operation, apiVersion }: Manager): string {
  const name = JSON.stringify(manager) + (subresource === "" ? "" : ` with subresource ${JSON.stringify(subresource)}`);
  return operation === "Apply" ? name : `${name} using ${apiVersion}`;
}

function withoutManaged(object: KubeObject | JsonMap): JsonMap {
  const { managedFields: _, ...metadata } = object["metadata"] as JsonMap;
  return { ...(object as JsonMap), metadata };
}

function entriesOf(managers: Managers): ManagedFieldsEntry[] | undefined {
  return managers.size === 0 ? undefined : printManagers(managers) as unknown as ManagedFieldsEntry[];
}

/** Merges the oldest updaters into `ancient-changes` beyond ten (`capManagersManager`). */
function capped(managers: Managers): Managers {
  const updaters = [...managers].filter(([, entry]) => entry.operation === "Update");
  if (updaters.length <= maxUpdaters) return managers;
  updaters.sort(([a, x], [b, y]) => x.time < y.time ? -1 : x.time > y.time ? 1 : a < b ? -1 : 1);
  const first = new Map<string, string>();
  let count = updaters.length;
  for (const [id, entry] of updaters) {
    if (count <= maxUpdaters) break;
    const bucket = JSON.stringify(["ancient-changes", "Update", entry.apiVersion, ""]);
    const opener = first.get(entry.apiVersion);
    if (opener === undefined) {
      first.set(entry.apiVersion, id);
      continue;
    }
    let held = managers.get(bucket);
    if (held === undefined) {
      held = { ...managers.get(opener)!, manager: "ancient-changes", subresource: "" };
      managers.delete(opener);
    }
    managers.set(bucket, { ...held, time: entry.time, set: held.set.union(entry.set) });
    managers.delete(id);
    count--;
  }
  return managers;
}
