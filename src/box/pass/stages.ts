import { groupKind } from "../../k8s/object.ts";
import type { ChildChange } from "../../reconcile/mod.ts";

/**
 * In what order the changes of a pass are made: what other children live in or are an instance of, then the children,
 * then what is written to a child's status once the child is there, then what goes. Within a stage they are independent
 * of each other.
 */
export function stagesOf(changes: readonly ChildChange[]): readonly (readonly ChildChange[])[] {
  const stages: ChildChange[][] = [[], [], [], []];
  for (const change of changes) stages[stageOf(change)]!.push(change);
  return stages.filter((stage) => stage.length > 0);
}

/** Kinds without which the API server refuses others. */
const first: ReadonlySet<string> = new Set(["Namespace", "CustomResourceDefinition.apiextensions.k8s.io"]);

function stageOf({ action, type }: ChildChange): number {
  if (action === "delete") return 3;
  if (action === "updateStatus") return 2;
  return first.has(groupKind(type)) ? 0 : 1;
}
