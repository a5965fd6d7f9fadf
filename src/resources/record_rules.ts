import type { JsonMap } from "../base/json.ts";
import { keyPath } from "../base/key_path.ts";
import type { RecordShape } from "../base/shape.ts";
import { EntryError } from "./shorthand.ts";

/** Checks the rules between the fields of one record, once rendered. `written` is what stood there before. */
export function checkRecord(shape: RecordShape, written: JsonMap, kept: JsonMap, path: string): void {
  const has = (key: string): boolean => Object.hasOwn(kept, key);
  for (const key of shape.required ?? []) {
    if (has(key)) continue;
    const why = Object.hasOwn(written, key) ? "it rendered to nothing" : "it is missing";
    throw new EntryError(keyPath(path, key), `Cannot do without ${key}: ${why}`);
  }
  for (const group of shape.exclusive ?? []) {
    const given = group.filter(has);
    if (given.length > 1) {
      throw new EntryError(keyPath(path, given[1]!), `Cannot use ${given.join(" and ")} together: give one of them`);
    }
  }
  for (const group of shape.oneOfFields ?? []) {
    if (group.some(has)) continue;
    const usable = group.filter((key) => shape.fields[key]?.support !== "later");
    const [only, ...others] = usable;
    const what = others.length === 0 ? `${only}: it is missing` : `all of ${usable.join(", ")}: give one of them`;
    throw new EntryError(path, `Cannot do without ${what}`);
  }
  for (const [key, others] of Object.entries(shape.needs ?? {})) {
    const lacking = has(key) ? others.filter((other) => !has(other)) : [];
    if (lacking.length > 0) {
      throw new EntryError(keyPath(path, key), `Cannot use ${key} without ${lacking.join(" and ")}`);
    }
  }
}
