import { ownValue } from "../base/json.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { rotationOf, shorthands } from "../resources/mod.ts";
import { needsOfCrossSources } from "./cross_sources.ts";
import { callsOfPasses, needsOfCalls } from "./external.ts";
import { isCleanedUp } from "./finalizer.ts";
import { mergeNeeds, type Need } from "./needs.ts";
import { literalNameOf, mayBeNear, onlyName, placeOfChild, placeOfCrs, unite } from "./placement.ts";
import type { BoxPlan, EffectPlan, EntryPlan, ScopePlan, Verb, WatchPlan } from "./plan.ts";
import { reasonOf } from "./reasons.ts";
import { needsOfRoles } from "./role_children.ts";
import { needsOfSources } from "./sources.ts";
import type { WatchingBox } from "./watches.ts";

/** What of a box decides what it does. */
export type ActingBox =
  & WatchingBox
  & Pick<
    BoxPlan,
    | "account"
    | "watches"
    | "cross"
    | "external"
    | "labels"
    | "protection"
    | "cleanup"
    | "finalizers"
    | "formerNames"
    | "removesFinalizers"
    | "writesStatus"
  >;

const eventType = builtInType("Event", "events.k8s.io")!;

/** Events of cluster-scoped objects stand there. */
const eventNamespace = "default";

/** Everything that a box may ask of the API server: what it does, not a standard set (ruling 82). */
export function deriveEffects(box: ActingBox): EffectPlan[] {
  return mergeNeeds([
    ...box.watches.flatMap(needsOfWatch),
    ...needsOfCrs(box),
    ...needsOfEvents(box),
    ...box.entries.flatMap((entry) => [...needsOfEntry(box, entry), ...needsOfRoles(box, entry)]),
    ...needsOfDeletion(box),
    ...needsOfSources(box),
    // With an account of its own it leaves this to the process, which reads what these Secrets are for.
    ...box.account === undefined ? needsOfProcess(box) : [],
  ]);
}

/** What a process asks of the API server for a box, and no box itself: Secrets for other Runtimes, and for HTTP calls. */
export function needsOfProcess(box: Pick<BoxPlan, "cross" | "external">): Need[] {
  return [...needsOfCrossSources(box), ...needsOfCalls(callsOfPasses(box.external))];
}

/** Objects are read one by one only where an entry, or the status, needs it: definitions and sources never. */
function needsOfWatch(watch: WatchPlan): Need[] {
  const { type, namespaces, reasons } = watch;
  const scope: ScopePlan = namespaces === undefined ? { kind: "cluster" } : { kind: "namespaces", namespaces };
  // A list or watch of one name is granted by that name (Kubernetes: "Using RBAC Authorization").
  return (["list", "watch"] as const).map((verb) => ({ verb, type, scope, name: onlyName(watch), reasons }));
}

/** What is written on the CRs themselves (ruling 54). */
function needsOfCrs(box: ActingBox): Need[] {
  const { labels, protection, entries, formerNames, writesStatus } = box;
  const needs: Need[] = Object.values(labels ?? {}).map(({ at }) => needOfCr(box, "patch", at));
  // Where protection is off, a label that was set is taken off.
  if (protection !== undefined) needs.push(needOfCr(box, "patch", protection.at));
  const cleanedUp = entries.filter((entry) => isCleanedUp(box, entry));
  needs.push(...cleanedUp.map(({ at }) => needOfCr(box, "patch", at)));
  if (box.cleanup !== undefined) needs.push(needOfCr(box, "delete", box.cleanup.at));
  if ((box.finalizers ?? []).length > 0 || box.removesFinalizers === true) needs.push(needOfCr(box, "patch", box.at));
  if (box.onDelete !== undefined) needs.push(needOfCr(box, "patch", box.onDelete.at));
  // A finalizer of a former name is taken off, whatever the box needs today (ruling 22).
  if (formerNames.length > 0) needs.push(needOfCr(box, "patch", box.at));
  if (writesStatus) {
    needs.push({ ...needOfCr(box, "patch", box.at), subresource: "status" });
    // A status that is not found: the CR is gone, or its CRD has no such subresource.
    needs.push(needOfCr(box, "get", box.at));
  }
  return needs;
}

function needOfCr(box: ActingBox, verb: Verb, at: string): Need {
  return { verb, type: box.type, scope: placeOfCrs(box), name: onlyName(box), reasons: [reasonOf(at)] };
}

/** Those of the CRs, and those of their definition. */
function needsOfEvents(box: ActingBox): Need[] {
  const places: ScopePlan[] = box.type.namespaced ? [placeOfCrs(box)] : [];
  if (!box.type.namespaced || box.watches.some(({ role }) => role === "definition")) {
    places.push({ kind: "namespaces", namespaces: [eventNamespace] });
  }
  const need = { type: eventType, scope: unite(places), reasons: [reasonOf(box.at)] };
  return [{ ...need, verb: "create" }, { ...need, verb: "patch" }];
}

/** What keeping the children of one entry takes, `list` and `watch` apart. */
function needsOfEntry(box: ActingBox, entry: EntryPlan): Need[] {
  const isKept = entry.mode === "apply";
  const isOwned = entry.deletionPolicy === "Delete" && mayBeNear(box, entry);
  const own = {
    type: entry.type,
    scope: placeOfChild(box, entry),
    name: literalNameOf(entry),
    reasons: [reasonOf(entry.at)],
  };
  // An apply that makes an object is judged as `create` too, and a POST names nothing.
  const needs: Need[] = [{ ...own, verb: "create", name: undefined }];
  const isRotated = entry.mode === "create" && rotationOf(entry.fields) !== undefined;
  if (isKept || entry.adopt || isRotated) needs.push({ ...own, verb: "patch" });
  const isCertificate = entry.shorthand === "secrets" && ownValue(entry.fields, "tls") !== undefined;
  if (isKept || entry.adopt || writesStatusOf(entry) || isCertificate) needs.push({ ...own, verb: "get" });
  // To give an object another owner takes the right to delete it (OwnerReferencesPermissionEnforcement).
  if (isPruned(entry) || isCleanedUp(box, entry) || isReplaced(entry) || (entry.adopt && isOwned)) {
    needs.push({ ...own, verb: "delete" });
  }
  if (writesStatusOf(entry)) needs.push({ ...own, verb: "patch", subresource: "status" });
  // So do owner references that block the deletion of the owner, for the owner.
  if (isOwned) needs.push({ ...needOfCr(box, "update", entry.at), subresource: "finalizers" });
  return needs;
}

/** What `onDelete` takes, `list` and `watch` apart. */
function needsOfDeletion(box: ActingBox): Need[] {
  return (box.onDelete?.groups ?? []).flatMap(({ jobs, deletes }) => [
    ...jobs.flatMap((entry) => needsOfRun(box, entry)),
    ...deletes.map((entry) => needOfChild(box, entry, "delete")),
  ]);
}

/** A Job is created once, read where its name is taken, and deleted where it does not go with its CR. */
function needsOfRun(box: ActingBox, entry: EntryPlan): Need[] {
  const needs: Need[] = [{ ...needOfChild(box, entry, "create"), name: undefined }, needOfChild(box, entry, "get")];
  if (isCleanedUp(box, entry)) needs.push(needOfChild(box, entry, "delete"));
  if (mayBeNear(box, entry)) needs.push({ ...needOfCr(box, "update", entry.at), subresource: "finalizers" });
  return needs;
}

function needOfChild(box: ActingBox, entry: EntryPlan, verb: Verb): Need {
  const { type, at } = entry;
  return { verb, type, scope: placeOfChild(box, entry), name: literalNameOf(entry), reasons: [reasonOf(at)] };
}

/** Removed when it is no longer declared (rulings 4, 62). */
function isPruned({ mode, deletionPolicy }: EntryPlan): boolean {
  return mode === "apply" && deletionPolicy === "Delete";
}

/** Deleted and recreated where the API server does not let it be changed. */
function isReplaced({ mode, shorthand }: EntryPlan): boolean {
  return mode === "apply" && shorthands.get(shorthand)?.replaces === true;
}

/** A declared status, which `custom` alone has, is written to the subresource. */
function writesStatusOf({ fields }: EntryPlan): boolean {
  return ownValue(fields, "status") !== undefined && ownValue(fields, "hasStatus") !== false;
}
