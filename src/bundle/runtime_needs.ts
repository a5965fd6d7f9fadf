import { leaseName } from "../k8s/installation.ts";
import { groupKind, type ResourceType } from "../k8s/object.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { groupBoxes, mergeNeeds, type Need, needsOfProcess, type Plan, reasonOf, type ScopePlan } from "../plan/mod.ts";
import { needsOf, needsOfEffect } from "./grants.ts";
import { fixedReason } from "./reasons.ts";

/** `process`: one Lease for all boxes. `box`: one for each group of them, and one for each replica. */
export type LeaseScope = "process" | "box";

const leaseType = builtInType("Lease")!;
const accountType = builtInType("ServiceAccount")!;
const eventType = builtInType("Event", "events.k8s.io")!;
const election = fixedReason("leader election");

/**
 * Everything that the process of the Runtime asks of the API server: leader election, and the effects of its boxes, or
 * tokens for them where each has an identity of its own.
 */
export function runtimeNeeds({ boxes, identity }: Plan, namespace: string, leases: LeaseScope): Need[] {
  const place = { scope: { kind: "namespaces", namespaces: [namespace] }, reasons: [election] } as const;
  return [
    ...identity === "perBox"
      ? [...boxes.flatMap(needsOfProcess), ...needsOfTokens(boxes, namespace)]
      : boxes.flatMap(needsOfBox),
    ...needsOfLeases(boxes, leases, { ...place, type: leaseType }),
    // Events on the Lease: who leads.
    ...needsOf(["create", "patch"], { ...place, type: eventType }),
  ];
}

/** Everything that one box asks of the API server. */
export function needsOfBox({ effects }: Pick<Plan["boxes"][number], "effects">): Need[] {
  return effects.flatMap(needsOfEffect);
}

/** A token is created for a ServiceAccount by its name, and for no other (Kubernetes: "TokenRequest"). */
function needsOfTokens(boxes: Plan["boxes"], namespace: string): Need[] {
  return boxes.flatMap(({ account, at }) =>
    account === undefined ? [] : needsOf(["create"], {
      type: accountType,
      subresource: "token",
      scope: { kind: "namespaces", namespaces: [namespace] },
      reasons: [reasonOf(at)],
    }, [account])
  );
}

function needsOfLeases(boxes: Plan["boxes"], leases: LeaseScope, lease: Parameters<typeof needsOf>[1]): Need[] {
  if (leases === "process") {
    return [...needsOf(["get", "list", "watch", "patch"], lease, [leaseName]), ...needsOf(["create"], lease)];
  }
  const names = groupBoxes(boxes).map((group) => `${leaseName}-${group[0]!.name}`);
  return [
    ...needsOf(["get"], lease, names),
    // The Leases of replicas are called like their Pods.
    ...needsOf(["list", "watch", "create", "patch", "delete"], lease),
  ];
}

/**
 * What boxes of a Plan need to find and delete children of kinds that only the former one made (ruling 92). They
 * are looked for in all namespaces, and deleted where the former Plan did. `file` names the former one.
 */
export function sweepNeeds(boxes: Plan["boxes"], previous: Plan, file: string): Need[] {
  const reasons = [fixedReason(`children that ${file} made`)];
  return mergeNeeds(previous.boxes.flatMap((former): Need[] => {
    const next = boxes.find(({ type }) => groupKind(type) === groupKind(former.type));
    if (next === undefined) return []; // nobody reconciles these CRs any more
    const kept = new Set(next.children.map(groupKind));
    return former.children.filter((type) => !kept.has(groupKind(type))).flatMap((type): Need[] => [
      { verb: "list", type, scope: { kind: "cluster" }, reasons },
      ...placesOf(former.effects, type).map((scope): Need => ({ verb: "delete", type, scope, reasons })),
    ]);
  })).flatMap(needsOfEffect);
}

/** Where a Plan deletes objects of a type. */
function placesOf(effects: Plan["boxes"][number]["effects"], type: ResourceType): ScopePlan[] {
  return effects.filter((effect) => effect.verb === "delete" && groupKind(effect.type) === groupKind(type))
    .map(({ scope }) => scope);
}
