import { type Json, stringifyJson } from "../../base/json.ts";
import { shortenMiddle } from "../../base/shorten.ts";
import { paint, type Terminal } from "../terminal.ts";
import type { ChildChange, CrChanges } from "./cr_changes.ts";
import type { Change, PermissionChange, PlanDiff, WatchChange } from "./plan_diff.ts";
import type { ValueChange } from "./value_diff.ts";

/** Characters of a value in a line, and fields of one thing; `-o json` has all of them. */
const maxValue = 80;
const maxFields = 20;
/** Lines of a Katalog that are named for a permission. */
const maxReasons = 3;

const signs: Readonly<Record<Change, { readonly sign: string; readonly colour: "green" | "red" | "yellow" }>> = {
  added: { sign: "+", colour: "green" },
  removed: { sign: "-", colour: "red" },
  changed: { sign: "~", colour: "yellow" },
};

/** A diff as lines for people, section by section; sections without a difference are left out. */
export function diffLines(
  diff: PlanDiff,
  objects: readonly CrChanges[],
  terminal: Pick<Terminal, "colour">,
): string[] {
  const mark = (change: Change, text: string, indent = "  ") => {
    const { sign, colour } = signs[change];
    return `${indent}${paint(terminal, colour, `${sign} ${text}`)}`;
  };
  const fieldLines = (fields: readonly ValueChange[], indent: string) => [
    ...fields.slice(0, maxFields).map((field) => mark(changeOf(field), describeValue(field), indent)),
    ...fields.length > maxFields ? [`${indent}and ${fields.length - maxFields} more`] : [],
  ];
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [paint(terminal, "bold", title), ...lines];
  return [
    ...section(
      "Operators",
      diff.boxes.flatMap(({ change, name, kind, fields }) => [
        mark(change, `${name} (${kind})`),
        ...fieldLines(fields, "      "),
      ]),
    ),
    ...section("Katalog", fieldLines(diff.katalog, "  ")),
    ...section("Watches", diff.watches.map((watch) => mark(watch.change, describeWatch(watch)))),
    ...section("Permissions", diff.permissions.map((one) => mark(one.change, describePermission(one)))),
    ...section(
      "Webhooks",
      diff.webhooks.flatMap(({ change, kind, name, webhook, fields }) => [
        mark(change, `${kind} ${name}${webhook === "" ? "" : `: ${webhook}`}`),
        ...fieldLines(fields, "      "),
      ]),
    ),
    ...section("Objects", objects.flatMap((cr) => crLines(cr, terminal, mark, fieldLines))),
  ];
}

function crLines(
  { kind, namespace, name, changes, problem, isKnown }: CrChanges,
  terminal: Pick<Terminal, "colour">,
  mark: (change: Change, text: string, indent: string) => string,
  fieldLines: (fields: readonly ValueChange[], indent: string) => string[],
): string[] {
  const words = { create: "added", update: "changed", delete: "removed" } as const;
  return [
    `  ${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`,
    ...changes.flatMap((change) => [
      mark(words[change.action], describeChild(change, namespace), "    "),
      ...fieldLines(change.fields, "        "),
    ]),
    ...problem === undefined
      ? []
      : [`    ${paint(terminal, "yellow", `! ${problem}${isKnown === true ? " (as now)" : ""}`)}`],
  ];
}

/** The namespace only where it is another than the CR's. */
function describeChild({ kind, namespace, name }: ChildChange, beside: string | undefined): string {
  return `${kind} ${namespace === undefined || namespace === beside ? name : `${namespace}/${name}`}`;
}

function changeOf({ before, after, isHidden }: ValueChange): Change {
  if (isHidden === true) return "changed";
  return before === undefined ? "added" : after === undefined ? "removed" : "changed";
}

function describeValue({ path, before, after, isHidden }: ValueChange): string {
  if (isHidden === true) return `${path}: differs (not shown)`;
  if (before === undefined) return `${path}: ${valueText(after)}`;
  if (after === undefined) return `${path}: ${valueText(before)}`;
  return `${path}: ${valueText(before)} → ${valueText(after)}`;
}

function valueText(value: Json | undefined): string {
  return shortenMiddle(stringifyJson(value), maxValue);
}

function describeWatch({ box, role, kind, namespaces, labelSelector, fieldSelector }: WatchChange): string {
  const roles = {
    crs: "objects",
    definition: "definition",
    children: "children",
    source: "sources",
    trigger: "watched objects",
  } as const;
  const narrowed = [
    ...namespaces === undefined ? [] : [`in ${namespaces.join(", ") || "no namespace"}`],
    ...labelSelector === undefined ? [] : [`labels ${selector(labelSelector)}`],
    ...fieldSelector === undefined ? [] : [`fields ${selector(fieldSelector)}`],
  ];
  return `${box}: ${roles[role]}, ${kind}${narrowed.map((text) => `, ${text}`).join("")}`;
}

function selector(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields).map(([key, value]) => `${key}=${value}`).join(",");
}

function describePermission({ component, box, verbs, resource, namespace, names, reasons }: PermissionChange): string {
  const where = namespace === undefined ? "" : ` in ${namespace}`;
  const which = names === undefined ? "" : ` named ${names.join(", ")}`;
  // What no line of a Katalog needs has the line 0: `leader election:0`.
  const lines = reasons.slice(0, maxReasons).map((reason) => reason.replace(/:0$/, "")).join(", ");
  const more = reasons.length > maxReasons ? ` and ${reasons.length - maxReasons} more` : "";
  const who = box === undefined ? component : `${component} (${box})`;
  return `${who}: ${verbs.join(", ")} ${resource}${which}${where}${lines === "" ? "" : `  (${lines}${more})`}`;
}
