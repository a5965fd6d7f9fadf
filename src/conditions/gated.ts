import type { Json } from "../base/json.ts";
import type { ConditionPlan, Gate, TextPlan } from "./condition.ts";

/*
 * Records with templates and conditions that a Katalog declares and a plan carries as they are. They are here because
 * both know this folder, and a box must be able to import them without the loader.
 */

/** `operatorBox.reconciler`, defaults filled in. */
export interface ReconcilerPlan {
  readonly workers: number;
  readonly resyncMs: number;
  readonly failureThreshold: number;
  readonly retryBackoff?: {
    readonly initialMs: number;
    readonly maxMs: number;
    readonly multiplier: number;
    readonly maxAttempts: number;
  } | undefined;
  readonly queueBehaviour?: QueueBehaviourPlan | undefined;
  readonly requeue?: { readonly after: TextPlan } & Gate | undefined;
}

/** `operatorBox.reconciler.queue.behaviour`, and the depth that it refers to. Gates see the CR as it is stored. */
export interface QueueBehaviourPlan {
  /** Keys that wait for a worker; at least 1. */
  readonly maxDepth: number;
  /** At `maxDepth`. */
  readonly onLimit?: { readonly drop: boolean } & Gate | undefined;
  /** At `percent` of `maxDepth`; always drops. */
  readonly onThreshold?: { readonly percent: number } & Gate | undefined;
}

/** One item of `operatorBox.cross`: the objects of another box that are read under `.cross.<as>`. */
export interface CrossPlan {
  /** Key under `.cross`. */
  readonly as: string;
  /** The box whose objects are read: its key in `spec.crds`. */
  readonly box: string;
  /** `all`: `.items` holds every object that is selected. */
  readonly strategy: "first" | "all";
  /** Either this or `matchLabels`. */
  readonly name?: TextPlan | undefined;
  /** Absent: the namespace of the CR. `*`, with `matchLabels`: all namespaces. */
  readonly namespace?: TextPlan | undefined;
  readonly matchLabels?: Readonly<Record<string, TextPlan>> | undefined;
  readonly at: string;
}

/** A dot path under `spec` and the template of its value. */
export interface NormalizePlan {
  readonly path: readonly string[];
  readonly value: TextPlan;
}

/** One rule of `mutation`. */
export interface MutationPlan extends Gate {
  /** Dot path on the CR. */
  readonly field: TextPlan;
  readonly mode: "default" | "override";
  /** A text is a template; everything else is taken as it is. */
  readonly value: Json;
  readonly valueType?: "string" | "int" | "float" | "bool" | undefined;
  /** Only the Gateway applies it. */
  readonly admissionOnly?: true | undefined;
  readonly at: string;
}

/** One rule of `validation`. */
export interface ValidationPlan extends Gate {
  readonly check: ConditionPlan;
  readonly message: TextPlan;
  readonly action: "deny" | "warn";
  /** Only the Gateway checks it. */
  readonly admissionOnly?: true | undefined;
}

/** One item of `operatorBox.status.fields`. */
export interface StatusFieldPlan extends Gate {
  readonly path: readonly string[];
  readonly value: TextPlan;
  /** `keep`: as the template gives it (ruling 13); `auto`: numbers and booleans are recognised in text. */
  readonly type: "keep" | "string" | "int" | "float" | "bool" | "auto";
  readonly clearOnFalse: boolean;
}
