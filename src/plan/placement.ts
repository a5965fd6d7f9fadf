import { compareText } from "../base/finding.ts";
import { isMap, type Json, ownValue } from "../base/json.ts";
import { matchesNamespace } from "../k8s/namespace_globs.ts";
import { hasTargets, isOwnNamespace, writtenTargets } from "../resources/mod.ts";
import type { BoxPlan, EntryPlan, ScopePlan } from "./plan.ts";

/** What of a box decides where its CRs and their children stand. */
export type PlacedBox = Pick<
  BoxPlan,
  "type" | "namespace" | "fieldSelector" | "allowedNamespaces" | "restrictedNamespaces" | "entries"
>;

/**
 * Namespaces that one kind is watched in one by one, so that a Role in each suffices. Each costs a connection; for more
 * of them the kind is watched in all namespaces.
 */
export const maxNamespaceWatches = 5;

const cluster: ScopePlan = { kind: "cluster" };

/** Where a cluster-scoped CR's child goes that names no namespace. */
const fallbackNamespace = "default";

/** Where the CRs of a box stand. */
export function placeOfCrs({ type, namespace, fieldSelector }: PlacedBox): ScopePlan {
  const only = namespace ?? fieldSelector?.["metadata.namespace"];
  return type.namespaced && only !== undefined ? inNamespaces([only]) : cluster;
}

/** The name of the only object that a field selector leaves, if it says one. */
export function onlyName({ fieldSelector }: Pick<BoxPlan, "fieldSelector">): string | undefined {
  return fieldSelector?.["metadata.name"];
}

/** Where the children of an entry may stand, as far as the Katalog decides it (ruling 49). */
export function placeOfChild(box: PlacedBox, entry: EntryPlan): ScopePlan {
  if (!entry.type.namespaced) return cluster;
  return unite(writtenNamespacesOf(entry).map((written) => placeOfText(box, written, placesToChoose)));
}

/** Where the source of an entry may stand, which is of the entry's kind. */
export function placeOfSource(box: PlacedBox, { fields }: EntryPlan): ScopePlan {
  const written = ownValue(fields, "fromNamespace");
  const text = typeof written === "string" && written.trim() !== "" ? written.trim() : undefined;
  return placeOfText(box, text, allowedPlaces);
}

/** Namespaces to be watched one by one; `undefined`: all of them with one watch. */
export function namespacesToWatch(place: ScopePlan): readonly string[] | undefined {
  if (place.kind === "cluster" || place.namespaces.length > maxNamespaceWatches) return undefined;
  return place.namespaces;
}

/** `undefined`: beside the CR. `choices`: what a template of the Katalog may render to. */
function placeOfText(
  box: PlacedBox,
  written: string | undefined,
  choices: (box: PlacedBox) => ScopePlan[],
): ScopePlan {
  const beside = box.type.namespaced ? placeOfCrs(box) : inNamespaces([fallbackNamespace]);
  if (written === undefined || isOwnNamespace(written)) return beside;
  if (!written.includes("{{")) return inNamespaces([written]);
  return unite(box.type.namespaced ? [beside, ...choices(box)] : choices(box));
}

/** Where a CR may send its children: `allowedNamespaces`, and Namespaces that the box itself makes. */
function placesToChoose(box: PlacedBox): ScopePlan[] {
  const made = box.entries.filter(({ type }) => type.kind === "Namespace" && type.group === "").map(literalNameOf);
  return [...allowedPlaces(box), ...made.map((name) => name === undefined ? cluster : inNamespaces([name]))];
}

function allowedPlaces({ allowedNamespaces, restrictedNamespaces }: PlacedBox): ScopePlan[] {
  return allowedNamespaces.filter((name) => !matchesNamespace(restrictedNamespaces, name))
    .map((name) => name.includes("*") ? cluster : inNamespaces([name]));
}

/** Whether a child may get an owner reference: the CR is cluster-scoped, or may stand in the child's namespace. */
export function mayBeNear(box: PlacedBox, entry: EntryPlan): boolean {
  if (!box.type.namespaced) return true;
  if (!entry.type.namespaced) return false;
  const [own, place] = [placeOfCrs(box), placeOfChild(box, entry)];
  if (own.kind === "cluster" || place.kind === "cluster") return true;
  return own.namespaces.some((name) => place.namespaces.includes(name));
}

/**
 * Whether a child may stand where the garbage collector does not remove it with its CR: that of a namespaced CR in
 * cluster scope or in another namespace. Everything that a cluster-scoped CR owns is collected (rulings 22, 46).
 */
export function mayBeFar(box: PlacedBox, entry: EntryPlan): boolean {
  if (!box.type.namespaced) return false;
  if (!entry.type.namespaced) return true;
  if (writtenNamespacesOf(entry).every((written) => written === undefined || isOwnNamespace(written))) return false;
  const [own, place] = [placeOfCrs(box), placeOfChild(box, entry)];
  if (own.kind === "cluster" || place.kind === "cluster") return true;
  return place.namespaces.some((name) => !own.namespaces.includes(name));
}

/** The name of the children of an entry as it is written, a template perhaps; `undefined`: the default name. */
export function writtenNameOf(entry: EntryPlan): string | undefined {
  return textOf(entry, "name");
}

/**
 * The name of all children of an entry, where it is the same for every CR; `undefined` where it is not. Children of one
 * `forEach` may share it, each in a namespace of its own.
 */
export function literalNameOf(entry: EntryPlan): string | undefined {
  const name = textOf(entry, "name");
  return name === undefined || name.includes("{{") ? undefined : name;
}

/** All of several places. */
export function unite(places: readonly ScopePlan[]): ScopePlan {
  const names: string[] = [];
  for (const place of places) {
    if (place.kind === "cluster") return place;
    names.push(...place.namespaces);
  }
  return inNamespaces(names);
}

function inNamespaces(names: readonly string[]): ScopePlan {
  return { kind: "namespaces", namespaces: [...new Set(names)].sort(compareText) };
}

/** The namespaces of the children as they are written; `undefined`: that of the CR. */
export function writtenNamespacesOf(entry: EntryPlan): (string | undefined)[] {
  if (entry.shorthand !== "custom" && hasTargets(entry.fields)) return writtenTargets(entry.fields);
  return [entry.namespaceFromCr ? undefined : textOf(entry, "namespace")];
}

/** A field of a child's metadata as written: `custom` entries look like the object that they become. */
function textOf({ shorthand, fields }: EntryPlan, key: string): string | undefined {
  const metadata: Json | undefined = shorthand === "custom" ? ownValue(fields, "metadata") : fields;
  const value = isMap(metadata) ? ownValue(metadata, key) : undefined;
  const text = typeof value === "string" ? value.trim() : "";
  return text === "" ? undefined : text;
}
