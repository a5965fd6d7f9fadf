import { type KubeObject } from "../../src/k8s/object.ts";
import type { BoxPlan } from "../../src/plan/mod.ts";
import {
  type ChildMemory,
  type ChildrenDecision,
  compileBox,
  decideChildren,
  type Desired,
  type DesiredChild,
  type ObservedChild,
} from "../../src/reconcile/mod.ts";
import { configMaps, memoryOf, webOf } from "./decision.ts";

/** The plan of a box `web` for kind Web, without entries. */
export const emptyPlan = {
  name: "web",
  formerNames: ["site"],
  katalog: "demo",
  otherBoxes: [],
  type: { group: "demo.dev", version: "v1", kind: "Web", plural: "webs", namespaced: true },
  reconciler: { workers: 1, resyncMs: 0, failureThreshold: 5 },
  normalize: [],
  cross: [],
  mutation: [],
  validation: [],
  external: { mutation: [], validation: [], children: [] },
  entries: [],
  status: [],
  writesStatus: true,
  children: [],
  allowedNamespaces: [],
  restrictedNamespaces: [],
  finalizer: false,
} as unknown as BoxPlan;

const box = compileBox(emptyPlan);

/** A ConfigMap `one` in `shop` as an entry desires it. */
export function wanted(change: Partial<DesiredChild> = {}): DesiredChild {
  const object: KubeObject = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "one", namespace: "shop" },
    data: { a: "b" },
  };
  return {
    type: configMaps,
    key: "shop/one",
    object,
    status: undefined,
    digest: "d1",
    upkeep: "apply",
    sleepMs: 0,
    replaces: false,
    force: true,
    adopt: false,
    autoscaled: false,
    scaling: undefined,
    within: undefined,
    rotation: undefined,
    certificate: undefined,
    readyWhen: undefined,
    data: {},
    entry: "onReconcile.configMaps[0]",
    source: undefined,
    ...change,
  };
}

/** What surrounds a decision; `memory` is of `shop/one`. */
export interface Around {
  readonly memory?: ChildMemory;
  readonly kept?: Partial<Desired["kept"]>;
  readonly off?: ReadonlyMap<string, string>;
  readonly cr?: KubeObject;
}

/** What is to be done about these children, when those are there. */
export function decide(
  children: readonly DesiredChild[],
  seen: readonly ObservedChild[],
  around: Around = {},
): ChildrenDecision {
  const kept = {
    names: new Set<string>(),
    renamed: new Map<string, string>(),
    clashing: [],
    kinds: new Set<string>(),
    ...around.kept,
  };
  const memory = memoryOf(seen, around.memory === undefined ? {} : { "shop/one": around.memory });
  return decideChildren(
    box,
    around.cr ?? webOf(),
    { children, problems: [], kept, sources: [], off: () => around.off ?? new Map() },
    seen,
    memory,
  );
}
