import { isMap, type JsonMap } from "../base/json.ts";
import { shortenMiddle } from "../base/shorten.ts";
import { groupKind, type KubeObject, type ObjectKey } from "../k8s/object.ts";
import { conditionsOf } from "../readiness/mod.ts";
import type { CompiledBox } from "./compile.ts";
import type { EntryProblem } from "./outcome.ts";
import {
  childKinds,
  firstOf,
  isFormerStatus,
  maxMessage,
  type NewCondition,
  recordedKinds,
  recordOf,
  type StatusDecision,
  withConditions,
} from "./status.ts";

/** How far the deletion of a CR has come, as its status shows it. */
export interface DeletionProgress {
  /** The group whose turn it is; "" where there is only one. */
  readonly group: string;
  /** What is waited for: `Job backup to complete`. */
  readonly waits: readonly string[];
  /** What failed. */
  readonly problems: readonly Pick<EntryProblem, "reason" | "message">[];
  /** Jobs that completed. */
  readonly completed: readonly ObjectKey[];
}

const jobsStart = "completed: ";
/** Keys that the condition holds at most; further ones can only be of Jobs that no entry declares any more. */
const maxRecorded = 200;

/** The Jobs of `onDelete` that completed, by the record in the status: they may be gone since. */
export function recordedJobs(cr: KubeObject): ObjectKey[] {
  const record = conditionsOf(cr).find(({ type }) => type === "DeletionJobs");
  return record?.message.startsWith(jobsStart) === true ? record.message.slice(jobsStart.length).split(", ") : [];
}

/** `waiting for Job backup to complete (group "backup")`, what failed first. `failures`: its messages. */
export function describeProgress(
  { group, waits, failures }: Pick<DeletionProgress, "group" | "waits"> & { readonly failures: readonly string[] },
): string {
  const where = group === "" ? "" : ` (${group})`;
  const texts = [
    ...(failures.length === 0 ? [] : [firstOf(failures)]),
    ...(waits.length === 0 ? [] : [`waiting for ${firstOf(waits, ", ")}`]),
  ];
  return `${texts.join("; ")}${where}`;
}

/**
 * The status while a CR is being deleted: `Ready` says what is waited for, by name. The declared fields stay as they
 * are, and so does `Synced`. Kinds of children are only added to their record, never removed.
 */
export function deletionStatus(
  box: CompiledBox,
  cr: KubeObject,
  progress: DeletionProgress,
  time: string,
  pruned: readonly (readonly string[])[] = [],
): StatusDecision {
  const { group, waits, problems } = progress;
  const failures = problems.map(({ message }) => message);
  const message = shortenMiddle(describeProgress({ group, waits, failures }), maxMessage);
  const reason = reasonOf(problems);
  const conditions: NewCondition[] = [
    ...recordConditions(box, cr),
    { type: "Ready", status: "False", reason, message },
    ...kept(cr, "NotUpdated"),
  ];
  if (progress.completed.length > 0) {
    const recorded = progress.completed.slice(0, maxRecorded);
    const text = `${jobsStart}${recorded.join(", ")}`;
    conditions.push({ type: "DeletionJobs", status: "True", reason: "Recorded", message: text });
  }
  const before: JsonMap = isMap(cr["status"]) ? cr["status"] : {};
  return { ...withConditions(box, cr, before, conditions, time, pruned), failures: [] };
}

/** As of a CR in use (ruling 64): a taken name is the reason where nothing else failed. */
function reasonOf(problems: DeletionProgress["problems"]): string {
  if (problems.length === 0) return "Deleting";
  return problems.every(({ reason }) => reason === "NameTaken") ? "NameTaken" : "DeleteError";
}

/** Does the status lack a record of what is about to be created, or of a Job that completed? */
export function lacksRecord(box: CompiledBox, cr: KubeObject, completed: readonly ObjectKey[]): boolean {
  const jobs = new Set(recordedJobs(cr));
  if (completed.slice(0, maxRecorded).some((key) => !jobs.has(key))) return true;
  const kinds = recordedKinds(cr);
  return !meansAllKinds(cr) && box.plan.children.some((type) => kinds?.includes(groupKind(type)) !== true);
}

/** A status of a former version has no record, which means all kinds: it gets none. */
function meansAllKinds(cr: KubeObject): boolean {
  return isFormerStatus(cr) && recordedKinds(cr) === undefined;
}

function recordConditions(box: CompiledBox, cr: KubeObject): NewCondition[] {
  if (meansAllKinds(cr)) return [];
  const kinds = [...new Set([...recordedKinds(cr) ?? [], ...box.plan.children.map(groupKind)])];
  const [synced] = kept(cr, "Synced");
  if (synced?.reason === "Synced") return [{ ...synced, message: recordOf(kinds) }];
  return [...(synced === undefined ? [] : [synced]), childKinds(kinds)];
}

function kept(cr: KubeObject, wanted: string): NewCondition[] {
  return conditionsOf(cr).filter(({ type }) => type === wanted)
    .map(({ type, status, reason, message }) => ({ type, status: status as NewCondition["status"], reason, message }));
}
