import { errorText } from "../../base/error_text.ts";
import type { Clock } from "../../base/clock.ts";
import {
  type CompiledGate,
  compileGate,
  evaluateGate,
  type Gate,
  type QueueBehaviourPlan,
} from "../../conditions/mod.ts";
import { templateData } from "../../input/mod.ts";
import type { KubeObject, ObjectKey } from "../../k8s/object.ts";
import type { OverflowRule } from "./overflow.ts";

export interface BehaviourPorts {
  readonly clock: Clock;
  readonly cr: (key: ObjectKey) => KubeObject | undefined;
  /** What the rules refer to now; `maxDepth` of the plan when absent. */
  readonly maxDepth?: () => number;
  /** Limits the time of synchronous work; may throw. */
  readonly bounded: <T>(run: () => T) => T;
  /** Called when a condition cannot be evaluated: the key is added then. */
  readonly failed: (key: ObjectKey, error: string) => void;
}

/**
 * `queue.behaviour` of a Katalog as rules of the queue. Conditions see the CR as it is stored, and no children. Never
 * deferred: a CR that is being deleted, or unknown, and one on which a condition cannot be evaluated.
 */
export function overflowRules(plan: QueueBehaviourPlan, ports: BehaviourPorts): OverflowRule[] {
  const { onLimit, onThreshold } = plan;
  const maxDepth = ports.maxDepth ?? (() => plan.maxDepth);
  const rules: OverflowRule[] = [];
  if (onThreshold !== undefined) {
    const { percent } = onThreshold;
    rules.push({
      get depth() {
        return Math.max(1, Math.ceil(maxDepth() * percent / 100));
      },
      drops: true,
      applies: appliesTo(onThreshold, ports),
    });
  }
  if (onLimit !== undefined) {
    rules.push({
      get depth() {
        return maxDepth();
      },
      drops: onLimit.drop,
      applies: appliesTo(onLimit, ports),
    });
  }
  return rules;
}

function appliesTo(plan: Gate, { clock, cr: find, bounded, failed }: BehaviourPorts): OverflowRule["applies"] {
  const gate = compileGate(plan);
  const isOpen = gate.when.length === 0 && gate.or.length === 0;
  return (key) => {
    const cr = find(key);
    if (cr === undefined || cr.metadata.deletionTimestamp !== undefined) return false;
    return isOpen || isTrue(gate, cr, clock.wallMs(), bounded, (error) => failed(key, error));
  };
}

/** Errors of any kind are reported: one that was thrown from here would lose the key. */
function isTrue(
  gate: CompiledGate,
  cr: KubeObject,
  wallMs: number,
  bounded: BehaviourPorts["bounded"],
  failed: (error: string) => void,
): boolean {
  try {
    const result = bounded(() => evaluateGate(gate, templateData(cr, [], noKinds), { wallMs }));
    if (result.state === "unknown") failed(result.error.message);
    return result.state === "true";
  } catch (error) {
    failed(errorText(error));
    return false;
  }
}

const noKinds: ReadonlySet<string> = new Set();
