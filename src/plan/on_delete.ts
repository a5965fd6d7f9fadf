import { ownValue } from "../base/json.ts";
import type { CrdEntry, ResourceEntry } from "../katalog/mod.ts";
import { groupKind } from "../k8s/object.ts";
import { shorthands } from "../resources/mod.ts";
import type { BoxPlan, DeletionPlan, EntryPlan } from "./plan.ts";

/** What `onDelete` comes to; `undefined` where it declares nothing. */
export function deriveOnDelete(block: CrdEntry["onDelete"]): DeletionPlan | undefined {
  if (block === undefined) return undefined;
  const { ordered, timeoutMs, at, when, or } = block;
  return {
    ordered,
    timeoutMs,
    at,
    when,
    or,
    groups: block.groups.map(({ id, name, entries, when, or }) => {
      // In the order of the shorthands, as entries of other blocks.
      const sorted = [...shorthands.keys()].flatMap((key) => entries.filter(({ shorthand }) => shorthand === key));
      const of = (runs: boolean) => sorted.filter((entry) => isRun(entry) === runs).map((entry) => planOf(id, entry));
      return { id, name, when, or, jobs: of(true), deletes: of(false) };
    }),
  };
}

/** All entries of `onDelete`: their kinds are watched as those of children are. */
export function entriesOfDeletion({ onDelete }: Pick<BoxPlan, "onDelete">): EntryPlan[] {
  return (onDelete?.groups ?? []).flatMap(({ jobs, deletes }) => [...jobs, ...deletes]);
}

/** A Job that says what it does is run; one that is only named is deleted, as every other kind. */
function isRun({ type, shorthand, fields }: ResourceEntry): boolean {
  if (groupKind(type) !== "Job.batch") return false;
  return ownValue(fields, shorthand === "custom" ? "spec" : "image") !== undefined;
}

function planOf(group: string, entry: ResourceEntry): EntryPlan {
  const { shorthand, index, reconcile: _reconcile, namespace, ...carried } = entry;
  return {
    id: `${group}.${shorthand}[${index}]`,
    shorthand,
    mode: "apply",
    namespaceFromCr: namespace === undefined,
    ...carried,
  };
}
