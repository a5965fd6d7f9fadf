import { isMap, type Json, setOwn } from "../../base/json.ts";
import { shortenMiddle } from "../../base/shorten.ts";
import { printYaml } from "../../dev/print_yaml.ts";
import { lines, number } from "./text.ts";

/** What is shown of one value. */
const maxDepth = 20;
const maxNodes = 1200;
const maxText = 2000;
const maxLines = 1500;

/** A value of any size and depth, cut to one that a page can show; what is left out is counted where it was. */
export function pruned(value: unknown): Json {
  let left = maxNodes;
  const visit = (one: unknown, depth: number): Json => {
    left--;
    if (typeof one === "string") return shortenMiddle(one, maxText);
    if (one === null || typeof one === "number" || typeof one === "boolean" || typeof one === "bigint") return one;
    const isDeep = depth >= maxDepth || left <= 0;
    if (Array.isArray(one)) {
      if (isDeep) return `… ${number(one.length)} items`;
      const items: Json[] = [];
      for (const item of one) {
        if (left <= 0) break;
        items.push(visit(item, depth + 1));
      }
      if (items.length < one.length) items.push(`… ${number(one.length - items.length)} more`);
      return items;
    }
    if (!isMap(one)) return null;
    const keys = Object.keys(one);
    if (isDeep) return `… ${number(keys.length)} fields`;
    const map: Record<string, Json> = {};
    let shown = 0;
    for (const key of keys) {
      if (left <= 0) break;
      setOwn(map, shortenMiddle(key, 300), visit(one[key], depth + 1));
      shown++;
    }
    if (shown < keys.length) setOwn(map, "…", `${number(keys.length - shown)} more`);
    return map;
  };
  return visit(value, 0);
}

/** A value as YAML, bounded. */
export function yamlOf(value: unknown): { readonly lines: string[]; readonly more: number } {
  return lines(printYaml(pruned(value)).trimEnd(), maxLines);
}

/** The same, to read. */
export function Value({ value, label }: { readonly value: unknown; readonly label: string }) {
  const { lines: shown, more } = yamlOf(value);
  return (
    <>
      <pre class="value" tabindex={0} aria-label={label}>{shown.join("\n")}</pre>
      {more > 0 ? <p class="muted">{number(more)} more lines are not shown</p> : null}
    </>
  );
}
