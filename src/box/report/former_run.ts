import type { EventRecorder } from "../../cluster/mod.ts";
import { type KubeObject, type ObjectKey, objectKey } from "../../k8s/object.ts";
import type { BoxPlan } from "../../plan/plan.ts";
import type { WorkQueue } from "../queue/queue.ts";

/** A box ran before, and its isolate had to be terminated. */
export interface FormerRun {
  /** Why, as the end of a sentence. */
  readonly reason: string;
  /** Objects whose passes may have been the cause. */
  readonly suspects: readonly Suspect[];
}

export interface Suspect {
  readonly key: ObjectKey;
  /** Of the object when it became a suspect. */
  readonly generation?: number;
  /** The minimum time until it is tried again. */
  readonly waitMs: number;
  /** It was being reconciled when the last run was terminated; else in an earlier one. */
  readonly fresh: boolean;
}

const advice = "If it is short of memory, raise --cell-memory, or make the objects or their children smaller";

/** Reports the former run to users, and holds back objects whose passes may have terminated it. */
export class Aftermath {
  readonly #former: FormerRun;
  readonly #queue: WorkQueue;
  readonly #recorder: EventRecorder;
  readonly #suspects: ReadonlyMap<ObjectKey, Suspect>;
  /** Suspects that no event has brought yet. */
  readonly #unseen: Set<ObjectKey>;

  constructor(former: FormerRun, plan: BoxPlan, queue: WorkQueue, recorder: EventRecorder) {
    this.#former = former;
    this.#queue = queue;
    this.#recorder = recorder;
    this.#suspects = new Map(former.suspects.map((suspect) => [suspect.key, suspect]));
    this.#unseen = new Set(this.#suspects.keys());
    for (const { key, waitMs } of former.suspects) queue.holdBack(key, waitMs);
    this.#recordOnDefinition(plan);
  }

  /** A CR as it is now. One that was changed since is tried at once: its user waits for the result. */
  seen(cr: KubeObject): void {
    const key = objectKey(cr.metadata);
    const suspect = this.#suspects.get(key);
    if (suspect === undefined) return;
    if (this.#unseen.delete(key) && suspect.fresh) this.#recordOnCr(cr, suspect);
    if (suspect.generation !== cr.metadata.generation) this.#queue.endWait(key);
  }

  /** Suspects that do not exist any more, once the cache of CRs has synced. */
  gone(): ObjectKey[] {
    const keys = [...this.#unseen];
    this.#unseen.clear();
    return keys;
  }

  #recordOnDefinition({ type }: BoxPlan): void {
    if (!type.group.includes(".")) return; // built in: there is no definition to record it on
    const fresh = this.#former.suspects.filter((suspect) => suspect.fresh).map(({ key }) => key);
    const reconciled = fresh.length === 0 ? "" : `; being reconciled: ${fresh.join(", ")}`;
    this.#recorder.record({
      regarding: {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: `${type.plural}.${type.group}` },
      },
      type: "Warning",
      reason: "CellRestarted",
      action: "Restart",
      message:
        `The operator of ${type.kind} was ended and started again: ${this.#former.reason}${reconciled}. ${advice}`,
    });
  }

  #recordOnCr(cr: KubeObject, { waitMs }: Suspect): void {
    this.#recorder.record({
      regarding: cr,
      type: "Warning",
      reason: "CellEnded",
      action: "Reconcile",
      message: `It was being reconciled when the operator was ended: ${this.#former.reason}. ` +
        `It is tried again in ${Math.ceil(waitMs / 1000)} s, or as soon as it is changed. ${advice}`,
    });
  }
}
