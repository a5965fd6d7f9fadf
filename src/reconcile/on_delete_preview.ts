import type { JsonMap } from "../base/json.ts";
import { evaluateGate } from "../conditions/mod.ts";
import { elementsOf } from "../input/mod.ts";
import { groupKind, type KubeObject, objectKey } from "../k8s/object.ts";
import { RenderError } from "../template/compiled_text.ts";
import type { CompiledBox, CompiledEntry } from "./compile.ts";
import { type DesiredChild, desiredChildren, placeOf } from "./desired.ts";
import { asRun } from "./job_run.ts";
import type { PassMemory } from "./memory.ts";
import { describeGroup } from "./on_delete.ts";

/** What one group of `onDelete` would do, nothing being there yet. */
export interface GroupPreview {
  readonly group: string;
  readonly jobs: readonly DesiredChild[];
  /** `StatefulSet shop/db`. */
  readonly deletes: readonly string[];
  readonly problems: readonly string[];
}

/** The groups in their turn, those left out whose conditions are false. For tools: nothing is compared with a cluster. */
export function previewOnDelete(
  box: CompiledBox,
  cr: KubeObject,
  data: JsonMap,
  wallMs: number,
  memory: PassMemory,
): GroupPreview[] {
  const { onDelete } = box;
  if (onDelete === undefined) return [];
  const isOff = (gate: CompiledEntry["gate"], of: JsonMap) => evaluateGate(gate, of, { wallMs }).state === "false";
  if (isOff(onDelete.gate, data)) return [];
  const namespaces = box.entries.filter(({ plan }) => groupKind(plan.type) === "Namespace");
  return onDelete.groups.filter(({ gate }) => !isOff(gate, data)).map(({ plan, jobs, deletes }) => {
    const desired = desiredChildren({ ...box, entries: [...namespaces, ...jobs] }, cr, data, wallMs, memory);
    const isJob = (id: string) => jobs.some((job) => id === job.plan.id || id.startsWith(`${job.plan.id}[`));
    const problems = desired.problems.filter(({ entry }) => isJob(entry)).map(({ message }) => message);
    const names: string[] = [];
    for (const entry of deletes) {
      const { forEach, id, at, type } = entry.plan;
      const elements = forEach === undefined ? [data] : elementsOf(forEach, data);
      if (typeof elements === "string") problems.push(`${id}: ${at}: ${elements}`);
      else {
        for (const element of elements.filter((each) => !isOff(entry.gate, each))) {
          const name = nameOf(box, cr, entry, element);
          if (name instanceof RenderError) problems.push(`${id}: ${name.message}`);
          else if (name !== undefined) names.push(`${type.kind} ${name}`);
        }
      }
    }
    return {
      group: ["onDelete", describeGroup({ plan })].filter((text) => text !== "").join(", "),
      jobs: desired.children.filter(({ entry }) => isJob(entry)).map(asRun),
      deletes: names,
      problems,
    };
  });
}

function nameOf(
  box: CompiledBox,
  cr: KubeObject,
  entry: CompiledEntry,
  data: JsonMap,
): string | RenderError | undefined {
  try {
    const place = placeOf(box, cr, entry, entry.plan.type, data);
    return place === undefined ? undefined : objectKey(place);
  } catch (error) {
    if (error instanceof RenderError) return error;
    throw error;
  }
}
