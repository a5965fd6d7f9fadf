import { randomBytes } from "../cluster/mod.ts";
import { inEnvironment } from "../template/mod.ts";
import type { JsonMap } from "../base/json.ts";
import { fieldManager } from "../k8s/names.ts";
import { groupKind, type KubeObject } from "../k8s/object.ts";
import { type CompiledPass, compilePass, decidePass, type PassDecision, previewDeletion } from "../pass/mod.ts";
import type { BoxPlan } from "../plan/plan.ts";
import {
  type ChildChange,
  describeNotUpdated,
  type Desired,
  type DesiredChild,
  expectedFields,
  type GroupPreview,
  observeChild,
  type ObservedChild,
  type PassMemory,
} from "../reconcile/mod.ts";

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
    content: { data: { [`<from ${kind} ${key}>`]: "" }, binaryData: {}, spec: { [`<from ${kind} ${key}>`]: "" } },
  }),
  nowMs: 0,
};

/** The decision that a box would make, without a cluster: nothing is seen, nothing remembered, every kind served. */
export function firstPass(plan: BoxPlan, cr: KubeObject, wallMs: number): FirstPass {
  return inEnvironment({ wallMs, random: randomBytes }, () => passOf(plan, cr, wallMs));
}

function passOf(plan: BoxPlan, cr: KubeObject, wallMs: number): FirstPass {
  const compiled = compilePass(plan);
  const decision = decide(compiled, cr, [], wallMs);
  if (decision.kind !== "reconcile") {
    const failure = whyNothing(decision);
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

/** What a pass would do to children that are there. */
export interface NextPass {
  readonly changes: readonly ChildChange[];
  /** All that is declared. */
  readonly children: Desired["children"];
  /** Why something would not be done. */
  readonly failures: readonly string[];
}

/**
 * The decision on a CR whose children the first pass of another Katalog made: that an entry does not declare a child any
 * more, or declares it otherwise, does not say that it is deleted, or changed.
 */
export function nextPass(plan: BoxPlan, cr: KubeObject, made: readonly DesiredChild[], wallMs: number): NextPass {
  return inEnvironment({ wallMs, random: randomBytes }, () => secondPass(plan, cr, made, wallMs));
}

function secondPass(plan: BoxPlan, cr: KubeObject, made: readonly DesiredChild[], wallMs: number): NextPass {
  const compiled = compilePass(plan);
  const fixed = new Set(made.filter(({ upkeep }) => upkeep === "make").map(({ type }) => groupKind(type)));
  const children = made.map((child, index) =>
    observeChild(child.type, asStored(child, index), {
      crType: plan.type,
      depthOf: () => "whole",
      isFixed: (type) => fixed.has(groupKind(type)),
      intern: (text) => text,
    })
  );
  const decision = decide(compiled, cr, children, wallMs);
  if (decision.kind !== "reconcile") return { changes: [], children: [], failures: [whyNothing(decision)] };
  const verdict = decision.verdict(decision.problems);
  const { changes, notUpdated } = decision.children;
  return {
    changes,
    children: decision.desired.children,
    failures: [
      ...(verdict === undefined || verdict.reason === "Waiting" ? [] : [verdict.message]),
      ...(notUpdated.length === 0 ? [] : [describeNotUpdated(notUpdated)]),
    ],
  };
}

/** As the API server stores what a box creates, as far as a decision looks at it. */
function asStored({ object, upkeep }: DesiredChild, index: number): KubeObject {
  const entry = {
    manager: fieldManager,
    operation: upkeep === "apply" ? "Apply" : "Update",
    apiVersion: object.apiVersion,
    fieldsType: "FieldsV1",
    fieldsV1: expectedFields(object),
  } as const;
  const own = { uid: `child-${index}`, resourceVersion: "1", managedFields: [entry] };
  return { ...object, metadata: { ...object.metadata, ...own } };
}

/** Every kind is served, and nothing is remembered. */
function decide(
  compiled: CompiledPass,
  cr: KubeObject,
  children: readonly ObservedChild[],
  wallMs: number,
): Exclude<PassDecision, { kind: "call" }> {
  const { writesStatus } = compiled.box.plan;
  const decision = decidePass(
    compiled,
    { cr, ownedLabels: [], children, wallMs, writesStatus, prunedStatus: [], formerKinds: [] },
    {
      ...nothingSeen,
      child: (type, key) => children.find((one) => groupKind(one.type) === groupKind(type) && one.key === key),
    },
  );
  if (decision.kind === "call") throw new TypeError("Cannot be: without a view every call has a result");
  return decision;
}

function whyNothing(decision: Exclude<PassDecision, { kind: "call" | "reconcile" }>): string {
  if (decision.kind === "gated") return `nothing is made for it: ${decision.why}`;
  return decision.kind === "delete"
    ? "the object is being deleted: nothing is made for it"
    : "the selectors of the Katalog do not match the object: nothing is made for it";
}
