import type { JsonMap } from "../base/json.ts";
import type { KubeObject } from "../k8s/object.ts";
import { compilePass, decidePass, previewDeletion } from "../pass/mod.ts";
import type { BoxPlan } from "../plan/plan.ts";
import type { Desired, GroupPreview, PassMemory } from "../reconcile/mod.ts";

/** What the first pass over a new CR would write, nothing being there yet. */
export interface FirstPass {
  readonly children: Desired["children"];
  /** What `onDelete` would do, its conditions as they are now. */
  readonly onDelete: readonly GroupPreview[];
  /** JSON merge patch of the CR's metadata: labels and finalizer. */
  readonly crPatch: JsonMap | undefined;
  /** The patch of the status. */
  readonly status: JsonMap | undefined;
  readonly warnings: readonly string[];
  /** Entries that wait for what is not there before the first pass. */
  readonly waiting: readonly string[];
  /** Why something would not be written: a denial, a template, an entry. */
  readonly failure: string | undefined;
}

const nothingSeen: PassMemory = {
  child: () => undefined,
  recall: () => undefined,
  served: (type) => type,
  unseen: () => undefined,
  // Its keys are not known without a cluster; no API server takes this one.
  source: ({ kind }, key) => ({
    state: "found",
    content: { data: { [`<from ${kind} ${key}>`]: "" }, binaryData: {} },
  }),
  nowMs: 0,
};

/** The decision that a box would make, without a cluster: nothing is seen, nothing remembered, every kind served. */
export function firstPass(plan: BoxPlan, cr: KubeObject, wallMs: number): FirstPass {
  const compiled = compilePass(plan);
  const decision = decidePass(
    compiled,
    {
      cr,
      ownedLabels: [],
      children: [],
      wallMs,
      writesStatus: plan.writesStatus,
      prunedStatus: [],
      formerKinds: [],
    },
    nothingSeen,
  );
  if (decision.kind === "call") throw new TypeError("Cannot be: without a view every call has a result");
  if (decision.kind !== "reconcile") {
    const failure = decision.kind === "delete"
      ? "the object is being deleted: nothing is made for it"
      : "the selectors of the Katalog do not match the object: nothing is made for it";
    return { children: [], onDelete: [], crPatch: undefined, status: undefined, warnings: [], waiting: [], failure };
  }
  const after = { cr, children: [], problems: decision.problems };
  const status = decision.status(after);
  const verdict = decision.verdict(decision.problems);
  return {
    children: decision.desired.children,
    onDelete: decision.failed === undefined ? previewDeletion(compiled, cr, wallMs, nothingSeen) : [],
    crPatch: decision.crPatch,
    status: status?.patch,
    warnings: [...decision.warnings, ...status?.failures ?? []],
    waiting: decision.problems.filter(({ state }) => state === "waiting").map(({ message }) => message),
    failure: verdict === undefined || verdict.reason === "Waiting" ? undefined : verdict.message,
  };
}
