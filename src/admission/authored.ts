import type { JsonMap } from "../base/json.ts";
import type { ConditionError } from "../conditions/mod.ts";
import { valueAt } from "../k8s/object.ts";
import { references } from "../template/mod.ts";

/**
 * Roots of the data that the author of a CR does not write: what boxes observe, and the status, which is written by the
 * operator and dropped by the API server where anybody else sends it.
 */
const observedRoots: ReadonlySet<string> = new Set(["children", "cross", "external", "status"]);

/**
 * A condition cannot be evaluated because of what the author of the CR wrote, or left out. Not so where the Katalog's
 * own text cannot be used, and where something is absent that is observed, since that may come without the author.
 */
export function isAuthored({ side }: ConditionError, data: JsonMap): boolean {
  if (side.kind === "text") return false;
  const paths = side.kind === "path" ? [side.path] : references(side.template).map(({ path }) => path);
  const isObserved = (path: readonly string[]): boolean => path.length > 0 && observedRoots.has(path[0]!);
  return !paths.some((path) => isObserved(path) && isAbsent(data, path)) && paths.some((path) => !isObserved(path));
}

function isAbsent(data: JsonMap, path: readonly string[]): boolean {
  const value = valueAt(data, path);
  return value === undefined || value === null || value === "" ||
    (typeof value === "object" && Object.keys(value).length === 0);
}
