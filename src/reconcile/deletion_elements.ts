import type { JsonMap } from "../base/json.ts";
import { elementsOf } from "../input/mod.ts";
import { type KubeObject, type ObjectKey, objectKey, type ResourceType } from "../k8s/object.ts";
import { RenderError } from "../template/compiled_text.ts";
import type { CompiledBox, CompiledDeletionGroup, CompiledEntry } from "./compile.ts";
import { placeOf } from "./desired.ts";
import { type PassMemory, whyUnseen } from "./memory.ts";

/** An entry of `onDelete`, or one element of its `forEach`. */
export interface DeletionElement {
  /** As in `EntryProblem`: `onDelete.jobs[0]`, `onDelete.jobs[0][2]`. */
  readonly id: string;
  readonly data: JsonMap;
}

/** The elements of an entry; or why they cannot be determined. */
export function deletionElements(
  { plan, dependsOn }: CompiledEntry,
  data: JsonMap,
  memory: Pick<PassMemory, "unseen">,
): readonly DeletionElement[] | string {
  const unseen = whyUnseen(dependsOn, memory);
  if (unseen !== undefined) return unseen;
  if (plan.forEach === undefined) return [{ id: plan.id, data }];
  const elements = elementsOf(plan.forEach, data);
  if (typeof elements === "string") return `${plan.at}: ${elements}`;
  return elements.map((element, index) => ({ id: `${plan.id}[${index}]`, data: element }));
}

/** The object that an element names; or why its name cannot be rendered. */
export function keyOfElement(
  box: CompiledBox,
  cr: KubeObject,
  entry: CompiledEntry,
  type: ResourceType,
  data: JsonMap,
): ObjectKey | RenderError {
  try {
    const place = placeOf(box, cr, entry, type, data);
    return place === undefined ? new RenderError(entry.plan.at, "The name is empty") : objectKey(place);
  } catch (error) {
    if (error instanceof RenderError) return error;
    throw error;
  }
}

/** `group "backup"`; "" for the only group of a block without `groups`. */
export function describeGroup({ plan }: Pick<CompiledDeletionGroup, "plan">): string {
  if (plan.name !== undefined) return `group "${plan.name}"`;
  return plan.id === "onDelete" ? "" : plan.id.slice(plan.id.indexOf(".") + 1);
}
