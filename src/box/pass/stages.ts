import { groupKind } from "../../k8s/object.ts";
import type { ChildChange } from "../../reconcile/mod.ts";

/**
 * The order of the changes of a pass: first what other children live in or are an instance of, then the children, then
 * the status of children, then deletions. Within a stage the changes are independent of each other.
 */
export function stagesOf(changes: readonly ChildChange[]): readonly (readonly ChildChange[])[] {
  const stages: ChildChange[][] = [[], [], [], []];
  for (const change of changes) stages[stageOf(change)]!.push(change);
  return stages.filter((stage) => stage.length > 0);
}

/** Kinds that others need before the API server accepts them. */
const first: ReadonlySet<string> = new Set(["Namespace", "CustomResourceDefinition.apiextensions.k8s.io"]);

function stageOf({ action, type }: ChildChange): number {
  if (action === "delete") return 3;
  if (action === "updateStatus") return 2;
  return first.has(groupKind(type)) ? 0 : 1;
}
