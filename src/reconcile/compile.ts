import { type CompiledGate, compileGate } from "../conditions/mod.ts";
import { compileCross, type CompiledCross, compileNormalize, type NormalizeRule } from "../input/mod.ts";
import { cleanupFinalizer } from "../k8s/names.ts";
import type {
  BoxPlan,
  CleanupPlan,
  DeletionGroupPlan,
  DeletionPlan,
  EmittedEventPlan,
  EntryPlan,
  StatusFieldPlan,
} from "../plan/plan.ts";
import type { ResourceType } from "../k8s/object.ts";
import { type Shorthand, shorthands } from "../resources/mod.ts";
import { type CompiledText, Templates } from "../template/compiled_text.ts";
import type { CompiledPassGate } from "./pass_gates.ts";
import { childKindsIn, textsOfCalls } from "./readings.ts";
import { type CompiledScaling, compileScaling } from "./scaling.ts";

/** A box's plan with every template and pattern parsed: built once, when the box starts. */
export interface CompiledBox {
  readonly plan: BoxPlan;
  readonly templates: Templates;
  readonly normalize: readonly NormalizeRule[];
  /** What it reads of other boxes. */
  readonly cross: readonly CompiledCross[];
  readonly labels: readonly CompiledLabel[];
  readonly entries: readonly CompiledEntry[];
  readonly onDelete: CompiledDeletion | undefined;
  readonly status: readonly CompiledStatusField[];
  readonly readyWhen: CompiledGate | undefined;
  readonly requeue: CompiledRequeue | undefined;
  /** Kinds that normalize, mutation, validation, `cross` and calls read under `.children`: they decide on the CR as a whole. */
  readonly judgedBy: readonly ResourceType[];
  /** Kinds that `custom` entries create: `.children.custom`. */
  readonly customKinds: ReadonlySet<string>;
  /** The box's finalizer, those that it had under former names, and those that the Katalog declares besides. */
  readonly finalizers: readonly [string, ...string[]];
  readonly gates: readonly CompiledPassGate[];
  /** When the CR is deleted. */
  readonly cleanup: CompiledCleanup | undefined;
  readonly events: readonly CompiledEvent[];
}

export interface CompiledCleanup {
  readonly plan: CleanupPlan;
  readonly gate: CompiledGate;
  /** Kinds that it reads under `.children`. */
  readonly dependsOn: readonly ResourceType[];
}

export interface CompiledLabel {
  readonly key: string;
  readonly value: CompiledText;
  /** Kinds that it reads under `.children`. */
  readonly dependsOn: readonly ResourceType[];
}

export interface CompiledRequeue {
  readonly after: CompiledText;
  readonly gate: CompiledGate;
  /** Kinds that it reads under `.children`. */
  readonly dependsOn: readonly ResourceType[];
}

export interface CompiledEntry {
  readonly plan: EntryPlan;
  /** Of the enclosing block; sees no element of `forEach`. */
  readonly block: CompiledGate;
  readonly gate: CompiledGate;
  readonly readyWhen: CompiledGate | undefined;
  readonly scaling: CompiledScaling | undefined;
  readonly shorthand: Shorthand;
  /** Kinds whose objects affect the result of the entry: its own, and those that it reads under `.children`. */
  readonly dependsOn: readonly ResourceType[];
}

export interface CompiledDeletion {
  readonly plan: DeletionPlan;
  readonly gate: CompiledGate;
  readonly groups: readonly CompiledDeletionGroup[];
}

export interface CompiledDeletionGroup {
  readonly plan: DeletionGroupPlan;
  readonly gate: CompiledGate;
  readonly jobs: readonly CompiledEntry[];
  readonly deletes: readonly CompiledEntry[];
  /** Kinds that the conditions of the group and of the whole block read under `.children`. */
  readonly dependsOn: readonly ResourceType[];
}

export interface CompiledEvent {
  readonly plan: EmittedEventPlan;
  readonly gate: CompiledGate;
  readonly reason: CompiledText;
  readonly message: CompiledText;
}

export interface CompiledStatusField {
  readonly plan: StatusFieldPlan;
  readonly gate: CompiledGate;
  /** It has conditions: evaluated on failed passes too. */
  readonly conditional: boolean;
  readonly value: CompiledText;
  /** Kinds that it reads under `.children`. */
  readonly dependsOn: readonly ResourceType[];
}

/** Parses what a plan holds as text. The loader has checked it all, so this throws only on a defect. */
export function compileBox(plan: BoxPlan): CompiledBox {
  const templates = new Templates();
  const { requeue } = plan.reconciler;
  return {
    plan,
    templates,
    normalize: compileNormalize(plan.normalize, templates),
    cross: compileCross(plan.cross, templates),
    labels: Object.entries(plan.labels ?? {}).map(([key, value]) => ({
      key,
      value: templates.compile(value),
      dependsOn: childKindsIn(value, plan.children, templates),
    })),
    entries: plan.entries.map((entry) => compileEntry(entry, plan, templates)),
    onDelete: plan.onDelete === undefined ? undefined : compileDeletion(plan.onDelete, plan, templates),
    status: plan.status.map((field) => ({
      plan: field,
      gate: compileGate(field),
      conditional: (field.when?.length ?? 0) + (field.or?.length ?? 0) > 0,
      value: templates.compile(field.value),
      dependsOn: childKindsIn(field, plan.children, templates),
    })),
    gates: (plan.gates ?? []).map((gate) => ({ plan: gate, gate: compileGate(gate) })),
    cleanup: plan.cleanup === undefined ? undefined : {
      plan: plan.cleanup,
      gate: compileGate(plan.cleanup),
      dependsOn: childKindsIn(plan.cleanup, plan.children, templates),
    },
    events: (plan.events ?? []).map((event) => ({
      plan: event,
      gate: compileGate(event),
      reason: templates.compile(event.reason),
      message: templates.compile(event.message),
    })),
    readyWhen: plan.readyWhen === undefined ? undefined : compileGate({ when: plan.readyWhen }),
    requeue: requeue === undefined ? undefined : {
      after: templates.compile(requeue.after),
      gate: compileGate(requeue),
      dependsOn: childKindsIn(requeue, plan.children, templates),
    },
    judgedBy: childKindsIn(
      [plan.normalize, plan.mutation, plan.validation, plan.cross, textsOfCalls(plan)],
      plan.children,
      templates,
    ),
    customKinds: new Set(plan.entries.filter((item) => item.shorthand === "custom").map((item) => item.type.kind)),
    finalizers: [
      cleanupFinalizer(plan.name),
      ...plan.formerNames.map(cleanupFinalizer),
      ...plan.finalizers ?? [],
    ],
  };
}

function compileDeletion(plan: DeletionPlan, box: BoxPlan, templates: Templates): CompiledDeletion {
  const { when, or } = plan;
  return {
    plan,
    gate: compileGate(plan),
    groups: plan.groups.map((group) => ({
      plan: group,
      gate: compileGate(group),
      jobs: group.jobs.map((entry) => compileEntry(entry, box, templates)),
      deletes: group.deletes.map((entry) => compileEntry(entry, box, templates)),
      dependsOn: childKindsIn([when, or, group.when, group.or], box.children, templates),
    })),
  };
}

function compileEntry(plan: EntryPlan, box: BoxPlan, templates: Templates): CompiledEntry {
  const { block, when, or, fields, forEach, scaling } = plan;
  const shorthand = shorthands.get(plan.shorthand);
  if (shorthand === undefined) throw new TypeError(`Cannot compile ${plan.id}: unknown shorthand "${plan.shorthand}"`);
  return {
    plan,
    block: compileGate(plan.block ?? {}),
    gate: compileGate(plan),
    readyWhen: plan.readyWhen === undefined ? undefined : compileGate({ when: plan.readyWhen }),
    scaling: scaling === undefined
      ? undefined
      : compileScaling(scaling, childKindsIn(scaling, box.children, templates)),
    shorthand,
    dependsOn: [plan.type, ...childKindsIn([block, when, or, fields, forEach], box.children, templates)],
  };
}
