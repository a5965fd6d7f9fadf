import type { Position } from "../base/finding.ts";
import { childOf, keyPath, type MapEntry, type Node, type ScalarNode } from "./node.ts";
import type { Form } from "./moves.ts";
import type { Report } from "./report.ts";

/** A value in the form that it has now; as it is, when it is not in the old form. */
export function formOf(node: Node, form: Form, path: string, report: Report): Node {
  switch (form) {
    case "pairs":
      return pairsToMap(node, path, report);
    case "variables":
      return variablesToList(node, path, report);
  }
}

/** `[{key: tier, value: web}]` was the way to write `{tier: web}`. */
function pairsToMap(node: Node, path: string, report: Report): Node {
  if (node.type !== "list" || node.items.length === 0) return node;
  const entries = new Map<string, MapEntry>();
  for (const item of node.items) {
    const key = childOf(item, "key");
    const value = item.type === "map" ? item.entries.get("value")?.value : undefined;
    if (item.type !== "map" || key?.type !== "scalar" || value === undefined || item.entries.size > 2) return node;
    if (entries.has(key.text)) {
      report.error(key.at, keyPath(path, key.text), `The key "${key.text}" is given twice`, "keep one of them");
    }
    entries.set(key.text, { keyAt: key.at, value });
  }
  report.warn(node.at, path, "A list of keys and values is now a map", 'write one line for each: "key: value"');
  return { type: "map", at: node.at, entries };
}

/** `{MODE: {value: fast}}` was the way to write `[{name: MODE, value: fast}]`. */
function variablesToList(node: Node, path: string, report: Report): Node {
  if (node.type !== "map" || node.entries.size === 0) return node;
  const items: Node[] = [];
  for (const [name, { keyAt, value }] of node.entries) {
    const named: [string, MapEntry] = ["name", { keyAt, value: textNode(name, keyAt) }];
    const rest: Iterable<[string, MapEntry]> = value.type === "map"
      ? value.entries
      : [["value", { keyAt: value.at, value }]];
    items.push({ type: "map", at: keyAt, entries: new Map([named, ...rest]) });
  }
  report.warn(
    node.at,
    path,
    "A map of variables is now a list, as in Kubernetes",
    'write "- name: …" and "value: …" for each',
  );
  return { type: "list", at: node.at, items };
}

function textNode(text: string, at: Position): ScalarNode {
  // Nothing of it is looked up in the text of the file: an empty stretch stands for the whole.
  const lines = { locate: () => ({ line: at.line, column: at.column }) };
  return {
    type: "scalar",
    at,
    text,
    value: text,
    ambiguous: false,
    source: { file: at.file, text: "", lines, start: 0, end: 0, style: "plain" },
  };
}
