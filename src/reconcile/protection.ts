import type { Condition, KubeObject } from "../k8s/object.ts";
import { isLabelled, labelValueOf, overrideReason, protectedValue, protectionLabel } from "../k8s/protection.ts";
import { conditionsOf } from "../readiness/mod.ts";
import type { CompiledBox } from "./compile.ts";

/** Records that the label was set once: a user who takes it off is not worked against. */
export const protectionCondition = "DeletionProtected";

/** Whether the box wants the CRs of its kind to be labelled at all. */
export function isProtecting({ plan }: CompiledBox): boolean {
  return plan.protection?.mode === "normal" || plan.protection?.mode === "strict";
}

/**
 * The value that the protection label is to get; `undefined`: it stays as it is. Without strict mode a label that was
 * taken off, or has another value, stays so: that is how a CR is deleted (ruling 27), and the status, which nobody but
 * the box writes, says that it was there. In strict mode it is restored, unless the CR is overridden.
 */
export function protectionValue({ plan }: CompiledBox, cr: KubeObject): string | undefined {
  switch (plan.protection?.mode) {
    case "normal":
      return labelValueOf(cr) === undefined && !wasProtected(cr) ? protectedValue : undefined;
    case "strict":
      return isLabelled(cr) || overrideReason(cr) !== undefined ? undefined : protectedValue;
    default:
      return undefined;
  }
}

/** The condition after a pass; none where the CR is not, and was not, protected. */
export function protectionConditions(
  box: CompiledBox,
  cr: KubeObject,
): Pick<Condition, "type" | "status" | "reason" | "message">[] {
  if (!isProtecting(box)) return [];
  if (isLabelled(cr)) {
    const message = box.plan.protection?.mode === "strict"
      ? "strict mode: it cannot be deleted, and the label cannot be removed"
      : `it cannot be deleted before the label ${protectionLabel} is removed`;
    return [{ type: protectionCondition, status: "True", reason: "Labelled", message }];
  }
  if (!wasProtected(cr)) return [];
  const message = `the label ${protectionLabel} was removed: it can be deleted`;
  return [{ type: protectionCondition, status: "False", reason: "LabelRemoved", message }];
}

function wasProtected(cr: KubeObject): boolean {
  return conditionsOf(cr).some(({ type }) => type === protectionCondition);
}
