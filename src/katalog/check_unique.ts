import { parseFieldPath } from "../base/field_path.ts";
import type { CrdContext } from "./crd_context.ts";
import { childOf, entriesOf, itemPath, itemsOf, keyPath, type Node, nodeAt, textOf } from "./node.ts";

/**
 * Rules `unique` compare what is stored of all CRs, so that the Runtime and the Gateway agree, and so that no CR has to
 * be evaluated to decide on another one: their fields are paths into `spec` or `metadata` that nothing sets in memory.
 */
export function uniqueFieldsAreStored({ entry, path, report }: CrdContext): void {
  const rules = keyPath(path, "validation", "rules");
  itemsOf(nodeAt(entry, "validation", "rules")).forEach((rule, i) => {
    const field = childOf(rule, "field");
    const text = textOf(field);
    if (textOf(childOf(rule, "operator")) !== "unique" || field === undefined || text === undefined) return;
    const place = itemPath(rules, i);
    const negate = childOf(rule, "negate");
    if (negate?.type === "scalar" && negate.value === true) {
      report.error(negate.at, keyPath(place, "negate"), 'The operator "unique" cannot be negated', "remove it");
    }
    const where = keyPath(place, "field");
    const target = text.includes("{{") ? undefined : parseFieldPath(text);
    if (text.includes("{{")) {
      const hint = "write the path of a field, such as spec.host";
      report.error(field.at, where, 'The operator "unique" compares a field of all CRs, and this is a template', hint);
    } else if (target !== undefined && target[0] !== "spec" && target[0] !== "metadata") {
      const message = `Only fields of spec and metadata can be unique, and this is "${text}"`;
      report.error(field.at, where, message, "write the path of a field, such as spec.host");
    } else if (target !== undefined && target.length < 2) {
      report.error(field.at, where, `"${text}" is no single value`, "write the path of a field, such as spec.host");
    } else if (target !== undefined) {
      const setter = setterOf(entry, target);
      if (setter === undefined) return;
      report.error(
        field.at,
        where,
        `"${text}" is set by ${setter}, and the operator "unique" compares what users have stored`,
        "name a field that only users set, such as the one that it is computed from",
      );
    }
  });
}

/** What may set a field of a CR, or a part of it, or a map that it is in. */
function setterOf(entry: Node, target: readonly string[]): string | undefined {
  for (const [key] of entriesOf(nodeAt(entry, "normalize", "spec"))) {
    const path = parseFieldPath(key.replace(/^\.?(?:spec\.)?/, ""));
    if (path !== undefined && overlap(["spec", ...path], target)) return '"normalize"';
  }
  for (const [key] of entriesOf(childOf(entry, "labels"))) {
    if (overlap(["metadata", "labels", key], target)) return '"labels"';
  }
  for (const rule of itemsOf(nodeAt(entry, "mutation", "rules"))) {
    const path = knownPath(textOf(childOf(rule, "field")) ?? "");
    if (path !== undefined && overlap(path, target)) return "a mutation";
  }
  return undefined;
}

/** What a template names is known only with the CR: its path begins with the whole names before the first one. */
function knownPath(text: string): readonly string[] | undefined {
  const begin = text.indexOf("{{");
  if (begin < 0) return parseFieldPath(text);
  const before = text.slice(0, begin).replace(/[^.["']*$/, "").replace(/[.["']+$/, "");
  return parseFieldPath(before) ?? before.split(/[.[]/).slice(0, 1);
}

/** One of the paths begins with the other. */
function overlap(a: readonly string[], b: readonly string[]): boolean {
  const length = Math.min(a.length, b.length);
  return a.slice(0, length).every((name, index) => name === b[index]);
}
