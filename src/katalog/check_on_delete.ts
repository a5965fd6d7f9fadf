import { parseDuration } from "../base/duration.ts";
import { groupKind } from "../k8s/object.ts";
import { shorthands } from "../resources/mod.ts";
import { defaultNameOf, placesOf } from "./child_places.ts";
import type { CrdContext, DeclaredChild } from "./crd_context.ts";
import { childOf, entriesOf, itemPath, itemsOf, keyPath, type MapNode, type Node, nodeAt, textOf } from "./node.ts";
import { canBeEqual, type PossibleText, possibleText } from "./possible_text.ts";
import { entryShapes } from "./schema_box.ts";

/** What is checked of `operatorBox.onDelete`. */
export const onDeleteChecks: readonly ((crd: CrdContext) => void)[] = [
  groupsAreOrdered,
  groupNamesAreDistinct,
  timeoutIsPositive,
  entriesNameSomething,
  jobsSayWhatTheyRun,
  jobsHaveTheirOwnNames,
  fieldsHaveAnEffect,
  namedObjectsAreMade,
];

/** `groups` without an order say nothing, and an entry beside them is in none. */
function groupsAreOrdered({ entry, path, report }: CrdContext): void {
  const block = onDeleteOf(entry);
  if (block === undefined) return;
  const at = keyPath(path, "operatorBox", "onDelete");
  const groups = block.entries.get("groups");
  if (groups === undefined || itemsOf(groups.value).length === 0) return;
  const ordered = childOf(block, "ordered");
  if (ordered?.type !== "scalar" || ordered.value !== true) {
    report.error(groups.keyAt, keyPath(at, "groups"), '"groups" needs "ordered: true"', "add it above the groups");
  }
  for (const [key, { keyAt }] of block.entries) {
    if (!entryShapes.has(key)) continue;
    report.error(keyAt, keyPath(at, key), `"${key}" stands beside "groups", in none of them`, "move it into a group");
  }
}

function groupNamesAreDistinct({ entry, path, report }: CrdContext): void {
  const first = new Map<string, Node>();
  itemsOf(childOf(onDeleteOf(entry), "groups")).forEach((group, i) => {
    const name = childOf(group, "name");
    const text = textOf(name);
    if (name === undefined || text === undefined) return;
    const other = first.get(text);
    if (other === undefined) return void first.set(text, name);
    const at = keyPath(itemPath(keyPath(path, "operatorBox", "onDelete", "groups"), i), "name");
    report.error(name.at, at, `The group in line ${other.at.line} has the name "${text}" too`, "give each its own");
  });
}

function timeoutIsPositive({ entry, path, report }: CrdContext): void {
  const timeout = childOf(onDeleteOf(entry), "timeout");
  const text = textOf(timeout);
  if (timeout === undefined || text === undefined || parseDuration(text) !== 0) return;
  const at = keyPath(path, "operatorBox", "onDelete", "timeout");
  report.error(timeout.at, at, "Nothing of onDelete would ever be done: its time is over at once", 'write 5m, or "1h"');
}

function entriesNameSomething(crd: CrdContext): void {
  for (const child of ofDeletion(crd)) {
    // `custom` needs a name by its shape.
    if (child.shorthand === "custom" || !namesNothing(child)) continue;
    crd.report.error(child.node.at, child.path, "This entry names no object to delete", 'write "name: …"');
  }
}

function namesNothing({ name, shorthand }: DeclaredChild): boolean {
  return (name === undefined || name === "") && shorthands.get(shorthand)?.defaultSuffix === undefined;
}

/** A Job that only has a name is deleted, as objects of other kinds. */
function jobsSayWhatTheyRun(crd: CrdContext): void {
  for (const { shorthand, node, path } of ofDeletion(crd)) {
    if (shorthand !== "jobs" || node.type !== "map" || childOf(node, "image") !== undefined) continue;
    const more = [...node.entries.keys()].find((key) => !naming.has(key) && !without.has(key));
    if (more === undefined) continue;
    crd.report.error(
      node.at,
      path,
      'A Job that is run needs "image"',
      `add it; or leave "${more}" away to delete the Job of this name`,
    );
  }
}

/** A Job that exists already would count as run, or stand in the way. */
function jobsHaveTheirOwnNames(crd: CrdContext): void {
  const runs = ofDeletion(crd).filter(isRun);
  const names = new Map<string, DeclaredChild>();
  for (const child of crd.children) {
    if (child.type === undefined || groupKind(child.type) !== "Job.batch") continue;
    const isRunning = runs.includes(child);
    if (child.block === "onDelete" && !isRunning) continue;
    const key = JSON.stringify([nameOf(child), child.namespace ?? ""]);
    const other = names.get(key);
    if (other === undefined) {
      names.set(key, child);
      continue;
    }
    // Two that exclude each other may share a name; a child of the CR's life is there when it is deleted.
    if (!isRunning || (other.block === "onDelete" && (child.conditional || other.conditional))) continue;
    const name = childOf(child.metadata, "name");
    crd.report.error(
      (name ?? child.node).at,
      name === undefined ? child.path : keyPath(child.metadataPath, "name"),
      `The Job in line ${other.node.at.line} has this name too, so this one would not be run`,
      "give it a name of its own",
    );
  }
}

const naming: ReadonlySet<string> = new Set(["name", "namespace", "when", "or", "forEach", "apiVersion", "kind"]);
/** What says how a child is kept: a Job of `onDelete` is created once, and goes with its CR. */
const without: ReadonlySet<string> = new Set(["reconcile", "adopt", "deletionPolicy", "readyWhen", "forceConflict"]);

/** Only a warning: Katalogs exist that repeat the whole entry. */
function fieldsHaveAnEffect(crd: CrdContext): void {
  for (const child of ofDeletion(crd)) {
    const { node, path, shorthand } = child;
    if (node.type !== "map") continue;
    const runs = isRun(child);
    const idle = [...node.entries].filter(([key]) =>
      without.has(key) || (!runs && !naming.has(key) && key !== "metadata" && hasField(shorthand, key))
    );
    const [first] = idle;
    if (first !== undefined) {
      crd.report.warn(
        first[1].keyAt,
        keyPath(path, first[0]),
        `No effect here: ${idle.map(([key]) => key).join(", ")}`,
        runs ? "a Job of onDelete runs once and goes with its object" : "the entry only names an object to delete",
      );
    }
    const ttl = runs ? nodeAt(node, "spec", "ttlSecondsAfterFinished") : undefined;
    if (ttl === undefined) continue;
    const at = keyPath(path, "spec", "ttlSecondsAfterFinished");
    crd.report.warn(ttl.at, at, "No effect here: the Job stays until its object goes", "leave it away");
  }
}

function hasField(shorthand: string, key: string): boolean {
  const shape = entryShapes.get(shorthand);
  return shape !== undefined && (shape.rest !== undefined || Object.hasOwn(shape.fields, key));
}

/** An object that no entry makes is never the CR's own, so it would not be deleted. */
function namedObjectsAreMade(crd: CrdContext): void {
  const made = crd.children.filter(({ block }) => block !== "onDelete");
  for (const child of ofDeletion(crd)) {
    const { type, node, path, metadata, metadataPath } = child;
    if (type === undefined || isRun(child) || namesNothing(child)) continue;
    const name = possibleText(nameOf(child));
    const isMade = made.some((other) =>
      other.type !== undefined && groupKind(other.type) === groupKind(type) &&
      canBeEqual(possibleText(nameOf(other)), name) &&
      placesOf(other).some(({ namespace }) => canBeIn(namespace, child.namespace))
    );
    if (isMade) continue;
    const at = childOf(metadata, "name");
    const names = made.filter((other) => other.type !== undefined && groupKind(other.type) === groupKind(type))
      .map(nameOf);
    crd.report.warn(
      (at ?? node).at,
      at === undefined ? path : keyPath(metadataPath, "name"),
      `No entry of onCreate or onReconcile makes this ${type.kind}, and only children are deleted`,
      names.length === 0 ? undefined : `there is ${names.slice(0, 3).map((text) => `"${text}"`).join(", ")}`,
    );
  }
}

/** The CR's own namespace, in which an entry without one stands, is known when it runs. */
function canBeIn(a: string | undefined, b: string | undefined): boolean {
  const own: PossibleText = { text: "{{ .metadata.namespace }}", start: "", end: "", literal: false };
  const of = (namespace: string | undefined) => namespace === undefined ? own : possibleText(namespace);
  return canBeEqual(of(a), of(b));
}

/** The declared name, or the default one (ruling 18). */
function nameOf(child: DeclaredChild): string {
  return child.name ?? defaultNameOf(child) ?? "";
}

/** A Job of `onDelete` that is created, where another one is only named. */
export function isRun({ type, shorthand, node, block }: DeclaredChild): boolean {
  if (block !== "onDelete" || type === undefined || groupKind(type) !== "Job.batch") return false;
  return childOf(node, shorthand === "custom" ? "spec" : "image") !== undefined;
}

function ofDeletion({ children }: CrdContext): DeclaredChild[] {
  return children.filter(({ block }) => block === "onDelete");
}

function onDeleteOf(entry: Node): MapNode | undefined {
  const block = nodeAt(entry, "operatorBox", "onDelete");
  return block?.type === "map" && [...entriesOf(block)].length > 0 ? block : undefined;
}
