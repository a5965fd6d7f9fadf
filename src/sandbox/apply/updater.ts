import { equalJson, type Json, type JsonMap } from "../../base/json.ts";
import type { Schema } from "../schema/schema.ts";
import { FieldSet, type PathElement } from "./field_set.ts";
import { mergeTyped } from "./merge.ts";
import { type Manager, managerId, type Managers } from "./managers.ts";
import { compareTyped, type Comparison, fieldSetOf, removePaths } from "./typed.ts";

/** Reads an object at another version; `undefined` when that version is served no more. */
export type Converter = (object: JsonMap, apiVersion: string) => { schema: Schema; object: JsonMap } | undefined;

export interface Workflow {
  readonly schema: Schema;
  readonly apiVersion: string;
  readonly convert: Converter;
  /** Fields that this endpoint resets, and that no writer owns through it. */
  readonly ignored: FieldSet;
}

/** Another manager owns a field that the applied configuration would change. */
export interface FieldConflict {
  readonly manager: Manager;
  readonly path: readonly PathElement[];
}

/** Fields without an owner: identity and what the API server itself sets. */
const unowned = new FieldSet();
for (const path of [["f:apiVersion"], ["f:kind"], ["f:metadata"]]) unowned.insert(path);
for (
  const name of [
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
    "resourceVersion",
  ]
) unowned.insert(["f:metadata", `f:${name}`]);

/** Removes what a write changed from its former owners. Returns the comparison at the written version, or conflicts. */
function transfer(
  before: JsonMap,
  after: JsonMap,
  managers: Managers,
  self: string,
  flow: Workflow,
  force: boolean,
): Comparison | FieldConflict[] {
  const own = filtered(compareTyped(flow.schema, before, after), flow.ignored);
  const versions = new Map([[flow.apiVersion, own]]);
  const conflicts = new Map<string, FieldSet>();
  const removed = new Map<string, FieldSet>();
  for (const [id, manager] of [...managers]) {
    if (id === self) continue;
    let compared = versions.get(manager.apiVersion);
    if (compared === undefined) {
      const old = flow.convert(before, manager.apiVersion);
      const fresh = flow.convert(after, manager.apiVersion);
      if (old === undefined || fresh === undefined) {
        managers.delete(id);
        continue;
      }
      compared = filtered(compareTyped(fresh.schema, old.object, fresh.object), flow.ignored);
      versions.set(manager.apiVersion, compared);
    }
    const taken = manager.set.intersection(compared.modified.union(compared.added));
    if (!taken.empty) conflicts.set(id, taken);
    if (!compared.removed.empty) removed.set(id, compared.removed);
  }
  if (!force && conflicts.size > 0) {
    return [...conflicts].flatMap(([id, set]) =>
      [...set.paths()].map((path) => ({ manager: managers.get(id)!, path }))
    );
  }
  for (const sets of [conflicts, removed]) {
    for (const [id, set] of sets) {
      const manager = managers.get(id)!;
      managers.set(id, { ...manager, set: manager.set.difference(set) });
    }
  }
  for (const [id, manager] of managers) if (manager.set.empty) managers.delete(id);
  return own;
}

/**
 * Field ownership after a POST, PUT or PATCH that is not an apply (structured-merge-diff `Updater.Update`): the writer
 * owns what it changed and added. Changes `managers`.
 */
export function trackUpdate(
  before: JsonMap,
  after: JsonMap,
  managers: Managers,
  who: { manager: string; subresource: string; time: string },
  flow: Workflow,
): void {
  const entry = {
    manager: who.manager,
    operation: "Update",
    subresource: who.subresource,
    apiVersion: flow.apiVersion,
  } as const;
  const id = managerId(entry);
  const compared = transfer(before, after, managers, "", flow, true) as Comparison;
  const set = compared.modified.union(compared.added).recursiveDifference(flow.ignored).difference(unowned);
  if (set.empty) return;
  // What this write removed has gone from the writer's earlier entry, too, in transfer().
  const kept = managers.get(id);
  managers.set(id, { ...entry, time: who.time, set: kept === undefined ? set : set.union(kept.set) });
}

/**
 * A server-side apply (structured-merge-diff `Updater.Apply`): merges the configuration into the live object, drops
 * what this manager applied before and does not any more, and moves ownership. Changes `managers`.
 * Returns the merged object (`undefined`: nothing changes) or conflicts. Throws `TypedError`.
 */
export function applyConfiguration(
  live: JsonMap,
  config: JsonMap,
  managers: Managers,
  who: { manager: string; subresource: string },
  flow: Workflow,
  force: boolean,
): { object: JsonMap | undefined } | { conflicts: FieldConflict[] } {
  const entry = {
    manager: who.manager,
    operation: "Apply",
    subresource: who.subresource,
    apiVersion: flow.apiVersion,
  } as const;
  const id = managerId(entry);
  const merged = mergeTyped(flow.schema, live, config) as JsonMap;
  const last = managers.get(id);
  const set = fieldSetOf(flow.schema, config).recursiveDifference(flow.ignored);
  managers.set(id, { ...entry, time: last?.time ?? "", set });
  const pruned = prune(merged, managers, last, flow);
  const moved = transfer(live, pruned, managers, id, flow, force);
  if (Array.isArray(moved)) return { conflicts: moved };
  const mine = managers.get(id);
  if (mine !== undefined) {
    const stripped = mine.set.difference(unowned);
    if (stripped.empty) managers.delete(id);
    else managers.set(id, { ...mine, set: stripped });
  }
  return { object: equalJson(live, pruned) ? undefined : pruned };
}

/** Drops what was in the last applied set, is not in this one, and has no other owner. */
function prune(merged: JsonMap, managers: Managers, last: Manager | undefined, flow: Workflow): JsonMap {
  if (last === undefined || last.set.empty) return merged;
  const at = flow.convert(merged, last.apiVersion);
  if (at === undefined) return merged;
  const removal = last.set.withNamedFields(at.schema);
  let pruned = (removePaths(at.schema, at.object, removal) ?? {}) as JsonMap;
  pruned = addBackOwned(at.object, pruned, last.apiVersion, managers, flow);
  // Only what this manager owned may go: whatever else fell out comes back.
  const prunedAt = flow.convert(pruned, last.apiVersion)?.object ?? pruned;
  const gone = fieldSetOf(at.schema, at.object).withNamedFields(at.schema)
    .difference(fieldSetOf(at.schema, prunedAt).withNamedFields(at.schema)).intersection(removal);
  const result = (removePaths(at.schema, at.object, gone) ?? {}) as JsonMap;
  return flow.convert(result, flow.apiVersion)?.object ?? result;
}

function addBackOwned(merged: JsonMap, pruned: JsonMap, first: string, managers: Managers, flow: Workflow): JsonMap {
  const owned = new Map<string, FieldSet>();
  for (const manager of managers.values()) {
    owned.set(manager.apiVersion, owned.get(manager.apiVersion)?.union(manager.set) ?? manager.set);
  }
  const versions = [...owned.keys()].sort((a, b) => Number(b === first) - Number(a === first));
  let result: Json = pruned;
  for (const version of versions) {
    const whole = flow.convert(merged, version);
    const part = flow.convert(result as JsonMap, version);
    if (whole === undefined || part === undefined) continue;
    const keep = fieldSetOf(part.schema, part.object).withNamedFields(part.schema)
      .union(owned.get(version)!.withNamedFields(whole.schema));
    const drop = fieldSetOf(whole.schema, whole.object).withNamedFields(whole.schema).difference(keep);
    result = removePaths(whole.schema, whole.object, drop) ?? {};
  }
  return result as JsonMap;
}

function filtered(compared: Comparison, ignored: FieldSet): Comparison {
  if (ignored.empty) return compared;
  return {
    removed: compared.removed.recursiveDifference(ignored),
    modified: compared.modified.recursiveDifference(ignored),
    added: compared.added.recursiveDifference(ignored),
  };
}
