import { isMap, type Json, type JsonMap, setOwn } from "../base/json.ts";
import { groupKind } from "../k8s/object.ts";
import { customWorkloadKinds, type Workload } from "../resources/mod.ts";
import type { CompiledEntry } from "./compile.ts";

/** Whether a Service may be for what the entry makes (ruling 45). */
export function isWorkload({ shorthand, plan }: CompiledEntry): boolean {
  return shorthand.workload || (shorthand.key === "custom" && customWorkloadKinds.includes(groupKind(plan.type)));
}

/** `fields`: those of the entry, rendered, or as written together with `evaluate`. */
export function workloadOf(
  { shorthand }: CompiledEntry,
  name: string,
  namespace: string | undefined,
  fields: JsonMap,
  evaluate: (text: string) => Json | undefined = (text) => text,
): Workload {
  const matchLabels = shorthand.key === "custom" ? matchLabelsOf(fields, evaluate) : undefined;
  return { name, ...(namespace === undefined ? {} : { namespace }), shorthand: shorthand.key, matchLabels };
}

/** `undefined` where it is not a map of texts. */
function matchLabelsOf(
  { spec }: JsonMap,
  evaluate: (text: string) => Json | undefined,
): Record<string, string> | undefined {
  const selector = isMap(spec) ? spec["selector"] : undefined;
  const matchLabels = isMap(selector) ? selector["matchLabels"] : undefined;
  if (!isMap(matchLabels)) return undefined;
  const all: Record<string, string> = {};
  for (const [key, written] of Object.entries(matchLabels)) {
    const value = typeof written === "string" ? evaluate(written) : written;
    if (typeof value !== "string") return undefined;
    setOwn(all, key, value);
  }
  return Object.keys(all).length === 0 ? undefined : all;
}
