import { compareText } from "../base/finding.ts";
import { isMap, type Json, ownValue } from "../base/json.ts";
import { matchesNamespace } from "../k8s/namespace_globs.ts";
import type { BoxPlan, EntryPlan, ScopePlan } from "./plan.ts";

/** What of a box decides where its CRs and their children stand. */
export type PlacedBox = Pick<
  BoxPlan,
  "type" | "namespace" | "fieldSelector" | "allowedNamespaces" | "restrictedNamespaces" | "entries"
>;

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
  const beside = box.type.namespaced ? placeOfCrs(box) : inNamespaces([fallbackNamespace]);
  const written = namespaceOf(entry);
  if (written === undefined || isOwnNamespace(written)) return beside;
  if (!written.includes("{{")) return inNamespaces([written]);
  const chosen = placesToChoose(box);
  return unite(box.type.namespaced ? [beside, ...chosen] : chosen);
}

/** Where a CR may send its children: `allowedNamespaces`, and Namespaces that the box itself makes. */
function placesToChoose({ allowedNamespaces, restrictedNamespaces, entries }: PlacedBox): ScopePlan[] {
  const listed = allowedNamespaces.filter((name) => !matchesNamespace(restrictedNamespaces, name));
  const made = entries.filter(({ type }) => type.kind === "Namespace" && type.group === "").map(literalNameOf);
  return [...listed, ...made].map((name) => name === undefined || name.includes("*") ? cluster : inNamespaces([name]));
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
  const written = namespaceOf(entry);
  if (written === undefined || isOwnNamespace(written)) return false;
  const [own, place] = [placeOfCrs(box), placeOfChild(box, entry)];
  if (own.kind === "cluster" || place.kind === "cluster") return true;
  return place.namespaces.some((name) => !own.namespaces.includes(name));
}

/** The name of all children of an entry, where it is the same for every CR; `undefined` where it is not. */
export function literalNameOf(entry: EntryPlan): string | undefined {
  const name = textOf(entry, "name");
  return name === undefined || name.includes("{{") || entry.forEach !== undefined ? undefined : name;
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

/** The template that only says what is the default: the namespace of the CR. */
function isOwnNamespace(written: string): boolean {
  return /^\{\{-?\s*\.metadata\.namespace\s*-?\}\}$/.test(written);
}

function namespaceOf(entry: EntryPlan): string | undefined {
  return entry.namespaceFromCr ? undefined : textOf(entry, "namespace");
}

/** A field of a child's metadata as written: `custom` entries look like the object that they become. */
function textOf({ shorthand, fields }: EntryPlan, key: string): string | undefined {
  const metadata: Json | undefined = shorthand === "custom" ? ownValue(fields, "metadata") : fields;
  const value = isMap(metadata) ? ownValue(metadata, key) : undefined;
  const text = typeof value === "string" ? value.trim() : "";
  return text === "" ? undefined : text;
}
