import { builtInType } from "../k8s/resource_types.ts";
import type { Need } from "./needs.ts";
import type { BoxPlan, CrossSourcePlan } from "./plan.ts";
import { reasonOf } from "./reasons.ts";

const secretType = builtInType("Secret")!;

/** The boxes of other Runtimes that these boxes read, each once, in the order in which they are declared. */
export function crossSourcesOf(boxes: readonly Pick<BoxPlan, "cross">[]): CrossSourcePlan[] {
  const sources = boxes.flatMap(({ cross }) => cross.flatMap(({ source }) => source === undefined ? [] : [source]));
  return [...new Map(sources.map((source) => [source.key, source])).values()];
}

/** Secrets with tokens for other Runtimes: the process watches each by its name, no cell does. */
export function needsOfCrossSources({ cross }: Pick<BoxPlan, "cross">): Need[] {
  return cross.flatMap(({ source, at }) => {
    const auth = source?.auth;
    if (auth?.kind !== "secret") return [];
    const scope = { kind: "namespaces", namespaces: [auth.namespace] } as const;
    return (["list", "watch"] as const).map((verb) => ({
      verb,
      type: secretType,
      scope,
      name: auth.name,
      reasons: [reasonOf(at)],
    }));
  });
}
