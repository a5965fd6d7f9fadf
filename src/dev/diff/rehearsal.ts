import type { Clock } from "../../base/clock.ts";
import { redacted } from "../../base/redact.ts";
import { isMap, type Json, type JsonMap, ownValue } from "../../base/json.ts";
import { type BoxMessage, neverAtRest, type PassMessage } from "../../box/mod.ts";
import { type ClusterConfig, isMissingType, sleep } from "../../cluster/mod.ts";
import type { ClusterApi } from "../../cluster/ports.ts";
import { annotations } from "../../k8s/names.ts";
import { apiVersionOf, groupKind, type KubeObject, objectKey, splitKey } from "../../k8s/object.ts";
import type { BoxPlan, Plan } from "../../plan/mod.ts";
import type { Runtime } from "../../runtime/mod.ts";
import type { ChildChange, CrChanges } from "./cr_changes.ts";
import { type RecordedWrite, WriteRecorder } from "./recording_api.ts";
import { failureIn } from "./known_failure.ts";
import { diffShown, type Shown, type ValueChange } from "./value_diff.ts";

/** Runs operators in dry-run mode: `wrap` stands between each box and its client. */
export type OpenRehearsal = (
  plan: Plan,
  cluster: ClusterConfig,
  wrap: WriteRecorder["wrap"],
  report: (message: BoxMessage) => void,
) => Runtime;

export interface RehearsalOptions {
  readonly plan: Plan;
  readonly cluster: ClusterConfig;
  readonly api: ClusterApi;
  readonly clock: Clock;
  readonly open: OpenRehearsal;
  /** How long the first passes may take. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What the operators of a Plan would do in a cluster, from the start to the end of their first passes. */
export interface Rehearsal {
  readonly objects: readonly CrChanges[];
  /** What the reader has to know of the result. */
  readonly notes: readonly string[];
}

/** CRs of a Katalog; with more, `ork diff` is run without the objects. */
const maxCrs = 10_000;
const pollMs = 100;
/** CRs that a note names. */
const maxNamed = 3;
/** Without a write or a pass for this long, nothing more is to be expected before a resync. */
const quietMs = 1_500;

/**
 * Starts the operators themselves on a client that writes nothing, and stops them after their first passes: what they
 * asked for is what they will do. Throws what `ClusterApi.list` throws.
 */
export async function rehearse(options: RehearsalOptions): Promise<Rehearsal> {
  const { plan, cluster, api, clock, open, timeoutMs, signal } = options;
  const notes: string[] = [];
  const failures = await crsOf(plan, api, notes, signal);
  const waiting = new Set(failures.keys());
  const total = waiting.size;
  const recorder = new WriteRecorder();
  const passes: PassMessage[] = [];
  let lastMs = clock.nowMs();
  const runtime = open(plan, cluster, (box, client) => recorder.wrap(box, client), (message) => {
    // In a dry run nothing is stored, so what a first pass writes, its next one writes again.
    if (message.type === "note" && !message.message.includes(neverAtRest)) {
      notes.push(`${message.box}: ${message.message}`);
    }
    if (message.type !== "pass" && message.type !== "gone") return;
    lastMs = clock.nowMs();
    waiting.delete(idOf(message.box, message.key));
    if (message.type === "pass") passes.push(message);
  });
  const endMs = clock.nowMs() + timeoutMs;
  try {
    void runtime.lead();
    let writes = 0;
    while (total > 0 && !signal.aborted && clock.nowMs() < endMs) {
      if (recorder.writes.size > writes) lastMs = clock.nowMs();
      writes = recorder.writes.size;
      if (waiting.size === 0 && clock.nowMs() - lastMs >= quietMs) break;
      await sleep(clock, pollMs, signal);
    }
  } finally {
    await runtime.stop(0);
  }
  if (waiting.size > 0) {
    const some = [...waiting].slice(0, 3).map((id) => id.replace(" ", ": ")).join(", ");
    notes.push(`${waiting.size} of ${total} objects were not reconciled within ${timeoutMs / 1000} s: ${some}`);
  }
  if (recorder.isFull) notes.push("there are more writes than are shown");
  if (recorder.assumed > 0) {
    notes.push("your rights do not allow a dry run of writes: defaults and webhooks of the API server are not applied");
  }
  const all = changesOf(plan, passes, [...recorder.writes.values()], failures);
  const [same, objects] = [all.filter(isNoDifference), all.filter((cr) => !isNoDifference(cr))];
  if (same.length > 0) notes.push(describeSame(same));
  return { objects, notes: [...new Set(notes)] };
}

/** It fails, or waits, as it does now, and nothing would be done for it. */
function isNoDifference({ changes, isKnown }: CrChanges): boolean {
  return isKnown === true && changes.length === 0;
}

function describeSame(same: readonly CrChanges[]): string {
  const named = same.slice(0, maxNamed).map(({ kind, namespace, name, problem }) =>
    `${kind} ${namespace === undefined ? name : `${namespace}/${name}`} (${problem})`
  );
  const more = same.length > maxNamed ? `, and ${same.length - maxNamed} more` : "";
  return `no difference: as now, not all is done for ${named.join(", ")}${more}`;
}

/** `<box> <namespace/name>` of what the boxes take care of → what its status says of a failure. */
async function crsOf(
  plan: Plan,
  api: ClusterApi,
  notes: string[],
  signal: AbortSignal,
): Promise<Map<string, string | undefined>> {
  const found = new Map<string, string | undefined>();
  for (const { name, type, watches } of plan.boxes) {
    for (const watch of watches.filter(({ role }) => role === "crs")) {
      for (const namespace of watch.namespaces ?? [undefined]) {
        const query = {
          namespace,
          labelSelector: selectorText(watch.labelSelector),
          fieldSelector: selectorText(watch.fieldSelector),
        };
        try {
          await api.list(type, query, (items) => {
            for (const cr of items) found.set(idOf(name, objectKey(cr.metadata)), failureIn(cr));
          }, { signal, maxPages: maxCrs / 500 });
        } catch (error) {
          if (!isMissingType(error)) throw error;
          notes.push(`${name}: the API server does not serve ${type.plural} (${apiVersionOf(type)}); install the CRD`);
        }
      }
    }
  }
  return found;
}

function selectorText(selector: Readonly<Record<string, string>> | undefined): string | undefined {
  return selector === undefined ? undefined : Object.entries(selector).map(([key, value]) => `${key}=${value}`).join();
}

function idOf(box: string, key: string): string {
  return `${box} ${key}`;
}

/** By CR: the passes tell which writes were made for which. */
function changesOf(
  plan: Plan,
  passes: readonly PassMessage[],
  writes: readonly RecordedWrite[],
  failures: ReadonlyMap<string, string | undefined>,
): CrChanges[] {
  const left = new Set(writes);
  const byCr = Map.groupBy(passes, ({ box, key }) => idOf(box, key));
  return [...byCr.values()].flatMap((members): CrChanges[] => {
    const [first] = members;
    const box = plan.boxes.find(({ name }) => name === first!.box)!;
    const changes: ChildChange[] = [];
    for (const { kind, key, action } of members.flatMap((pass) => pass.changes)) {
      if (action === "status") continue;
      const write = [...left].find((one) =>
        one.box === box.name && one.type.kind === kind && one.key === key && (one.action === "updateStatus") ===
          (action === "updateStatus")
      );
      if (write === undefined) continue;
      left.delete(write);
      const change = childChange(write);
      if (change !== undefined) changes.push(change);
    }
    // Later passes meet what was not written.
    const problem = first!.result === "succeeded" || first!.result === "deleting" ? undefined : first!.message;
    if (changes.length === 0 && problem === undefined) return [];
    const base = { ...crOf(box, first!.key), changes };
    if (problem === undefined) return [base];
    const before = failures.get(idOf(box.name, first!.key));
    const status = writes.find((one) =>
      one.box === box.name && one.action === "updateStatus" && one.key === first!.key &&
      groupKind(one.type) === groupKind(box.type)
    );
    // Without a write of the status the operator has found it as it would write it.
    const isKnown = before !== undefined && (status?.after === undefined || failureIn(status.after) === before);
    return [{ ...base, problem, ...isKnown ? { isKnown } : {} }];
  });
}

function crOf({ name, type }: BoxPlan, key: string): Pick<CrChanges, "box" | "kind" | "namespace" | "name"> {
  const { namespace, name: own } = splitKey(key);
  return { box: name, kind: type.kind, ...namespace === undefined ? {} : { namespace }, name: own };
}

/** `undefined`: the API server would store what is there. */
export function childChange({ action, type, key, before, after, isAssumed }: RecordedWrite): ChildChange | undefined {
  const base = { kind: groupKind(type), ...splitKey(key) };
  if (action === "create") return { action, ...base, fields: [] };
  if (action === "delete") return { action, ...base, fields: [] };
  const fields = diffObjects(before, after);
  return fields.length === 0 ? undefined : { action: "update", ...base, fields, ...isAssumed ? { isAssumed } : {} };
}

/** Kept by the API server, and of no interest to a reader. */
const ownMetadata = ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"];

/** Fields of an object that differ, without what the API server keeps, and without values of Secrets. */
export function diffObjects(before: KubeObject | undefined, after: KubeObject | undefined): ValueChange[] {
  return diffShown(shownOf(before), shownOf(after));
}

function shownOf(object: KubeObject | undefined): Shown {
  if (object === undefined) return { value: undefined, shown: undefined };
  const { metadata, ...rest } = object;
  const { [annotations.applied]: _digest, ...notes } = metadata.annotations ?? {};
  const shownMetadata = Object.fromEntries(
    Object.entries({
      ...metadata,
      ...Object.keys(notes).length === 0 ? { annotations: undefined } : { annotations: notes },
    })
      .filter(([key, value]) => value !== undefined && !ownMetadata.includes(key)),
  );
  const value = { ...rest, metadata: shownMetadata } as unknown as JsonMap;
  return { value, shown: object.kind === "Secret" ? withoutData(value) : value };
}

function withoutData(secret: JsonMap): JsonMap {
  const hide = (data: Json | undefined) =>
    isMap(data) ? Object.fromEntries(Object.keys(data).map((key) => [key, redacted])) : data;
  const fields = ["data", "stringData"].filter((name) => ownValue(secret, name) !== undefined);
  return { ...secret, ...Object.fromEntries(fields.map((name) => [name, hide(ownValue(secret, name)) as Json])) };
}
