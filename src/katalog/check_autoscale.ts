import { groupKind } from "../k8s/object.ts";
import type { CrdContext, DeclaredChild } from "./crd_context.ts";
import { childOf, flagOf, keyPath, type Node, nodeAt, textOf } from "./node.ts";

/** What is only created is never changed, by `autoscale` either (ruling 1). */
export function autoscaledChildrenAreReconciled({ children, report }: CrdContext): void {
  for (const child of children) {
    const autoscale = autoscaleOf(child);
    if (autoscale === undefined || child.block !== "onCreate" || flagOf(childOf(child.node, "reconcile")) === true) {
      continue;
    }
    report.error(
      autoscale.at,
      keyPath(child.path, "autoscale"),
      "autoscale has no effect under onCreate: what is only created is never changed",
      "declare the entry under onReconcile, or add reconcile: true",
    );
  }
}

/** Two that decide one number would move it up and down. Where conditions decide, the pass finds out. */
export function workloadsHaveOneAutoscaler({ children, report }: CrdContext): void {
  const scalers = children.filter(({ block, type, conditional }) =>
    block !== "onDelete" && !conditional && type !== undefined &&
    groupKind(type) === "HorizontalPodAutoscaler.autoscaling"
  );
  for (const child of children) {
    const autoscale = autoscaleOf(child);
    if (autoscale === undefined || child.block === "onDelete" || child.conditional) continue;
    const other = scalers.find((scaler) => scales(scaler, child, children));
    if (other === undefined) continue;
    report.error(
      autoscale.at,
      keyPath(child.path, "autoscale"),
      `The HorizontalPodAutoscaler in line ${other.node.at.line} scales this ${child.type?.kind} as well`,
      "keep one of them, or give them conditions that exclude each other",
    );
  }
}

function autoscaleOf({ node }: DeclaredChild): Node | undefined {
  return childOf(node, "autoscale");
}

/** By what is written, kind and name alike; without a name the only workload of its kind. */
function scales(scaler: DeclaredChild, workload: DeclaredChild, all: readonly DeclaredChild[]): boolean {
  const isCustom = scaler.shorthand === "custom";
  const target = isCustom ? nodeAt(scaler.node, "spec", "scaleTargetRef") : childOf(scaler.node, "scaleTargetRef");
  const kind = textOf(childOf(target, "kind")) ?? "Deployment";
  if (kind !== workload.type?.kind || scaler.namespace !== workload.namespace) return false;
  const name = textOf(childOf(target, "name"))?.trim();
  if (name !== undefined) return workload.name !== undefined && name === workload.name;
  return !isCustom &&
    all.filter(({ block, shorthand }) => block !== "onDelete" && shorthand === workload.shorthand).length === 1;
}
