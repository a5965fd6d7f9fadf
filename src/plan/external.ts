import type { ExternalCallPlan, ExternalPlan } from "../conditions/mod.ts";
import { builtInType } from "../k8s/resource_types.ts";
import type { Need } from "./needs.ts";
import { reasonOf } from "./reasons.ts";

const secretType = builtInType("Secret")!;

/** The calls that a box makes, in their order. */
export function callsOfPasses({ mutation, validation, children }: ExternalPlan): ExternalCallPlan[] {
  return [...mutation, ...validation, ...children].filter(({ admissionOnly }) => admissionOnly !== true);
}

/** Secrets with credentials of calls: the process reads each by its name, no cell does. */
export function needsOfCalls(calls: readonly ExternalCallPlan[]): Need[] {
  return calls.flatMap(({ auth, at }): Need[] =>
    auth === undefined ? [] : [{
      verb: "get",
      type: secretType,
      scope: { kind: "namespaces", namespaces: [auth.namespace] },
      name: auth.name,
      reasons: [reasonOf(at)],
    }]
  );
}
