import type { JsonMap } from "../base/json.ts";
import { evaluateGate } from "../conditions/mod.ts";
import { groupKind, type KubeObject } from "../k8s/object.ts";
import type { CompiledBox, CompiledEntry } from "./compile.ts";
import { deletionElements, describeGroup, keyOfElement } from "./deletion_elements.ts";
import { type DesiredChild, desiredChildren } from "./desired.ts";
import { asRun } from "./job_run.ts";
import type { PassMemory } from "./memory.ts";

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
      const { id, type } = entry.plan;
      const elements = deletionElements(entry, data, memory);
      if (typeof elements === "string") problems.push(`${id}: ${elements}`);
      else {
        for (const element of elements.filter((each) => !isOff(entry.gate, each.data))) {
          const key = keyOfElement(box, cr, entry, type, element.data);
          if (typeof key === "string") names.push(`${type.kind} ${key}`);
          else problems.push(`${element.id}: ${key.message}`);
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
