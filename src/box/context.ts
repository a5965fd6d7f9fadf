import type { Clock } from "../base/clock.ts";
import type { CompiledMutation, CompiledValidation } from "../admission/mod.ts";
import type { EventRecorder } from "../cluster/mod.ts";
import type { ClusterApi } from "../cluster/ports.ts";
import type { ResourceType } from "../k8s/object.ts";
import type { CompiledBox, Observer } from "../reconcile/mod.ts";
import type { BoxMessage } from "./message.ts";
import type { RepairLimit } from "./repairs.ts";
import type { Statuses } from "./statuses.ts";
import type { Store } from "./store.ts";

/** What the parts of one box share with each other, and with no other box. */
export interface BoxContext {
  readonly box: CompiledBox;
  readonly mutations: readonly CompiledMutation[];
  readonly validations: readonly CompiledValidation[];
  readonly observer: Observer;
  /** The type under which the API server serves a kind: corrects a guessed plural. */
  readonly servedAs: (type: ResourceType) => ResourceType;
  readonly store: Store;
  readonly statuses: Statuses;
  readonly repairs: RepairLimit;
  /** False once the API server has said that the CRD has no status subresource. */
  hasStatus: boolean;
  /** Paths of the status that the CRD's schema turned out not to know. */
  readonly prunedStatus: string[][];
  readonly api: ClusterApi;
  readonly clock: Clock;
  readonly recorder: EventRecorder;
  /** Runs a piece of synchronous work, within a time limit where the host has one. Throws `TimeLimitError`. */
  readonly bounded: <T>(run: () => T) => T;
  readonly report: (message: BoxMessage) => void;
  /** Ends the calls in flight. */
  readonly signal: AbortSignal;
}
