import { errorText } from "../../base/error_text.ts";
import type { EventRecorder } from "../../cluster/mod.ts";
import type { ObjectKey } from "../../k8s/object.ts";
import type { Store } from "../cache/store.ts";
import type { BoxMetrics } from "./box_metrics.ts";
import type { BoxMessage } from "./message.ts";

/** The pass that a defect ended. */
export interface DefectPass {
  readonly key: ObjectKey;
  /** Of the pass. */
  readonly pass: string;
  /** Of its trace, where it is recorded. */
  readonly trace: string | undefined;
}

/** For the CR's user; the stack is in the log. */
export function defectText(error: unknown): string {
  return `Unexpected error: ${errorText(error)}; the operator's log has its stack`;
}

export interface DefectPorts {
  readonly box: string;
  readonly store: Pick<Store, "cr">;
  readonly recorder: Pick<EventRecorder, "record">;
  readonly metrics: Pick<BoxMetrics, "panics">;
  readonly report: (message: BoxMessage) => void;
}

/** Counts and reports an error that nobody expected, and records an Event about the CR whose pass it ended. */
export function reportDefect({ box, store, recorder, metrics, report }: DefectPorts, error: unknown, of?: DefectPass) {
  metrics.panics.inc();
  const cr = of === undefined ? undefined : store.cr(of.key);
  if (cr !== undefined) {
    recorder.record({ regarding: cr, type: "Warning", reason: "ReconcileError", message: defectText(error) });
  }
  const stack = error instanceof Error ? error.stack ?? "" : "";
  report({ type: "defect", box, error: errorText(error), stack, ...of });
}
