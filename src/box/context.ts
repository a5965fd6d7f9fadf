import type { UniqueView } from "../admission/mod.ts";
import type { Clock } from "../base/clock.ts";
import type { EventRecorder } from "../cluster/mod.ts";
import type { ClusterApi } from "../cluster/ports.ts";
import type { KubeObject, ObjectKey, ResourceType } from "../k8s/object.ts";
import type { CrossView } from "../input/mod.ts";
import type { CompiledPass } from "../pass/mod.ts";
import type { Observer } from "../reconcile/mod.ts";
import type { Sentinels } from "./cache/sentinels.ts";
import type { Sources } from "./cache/sources.ts";
import type { Statuses } from "./cache/statuses.ts";
import type { Store } from "./cache/store.ts";
import type { ExternalCalls } from "./external/mod.ts";
import type { Conflicts } from "./queue/conflicts.ts";
import type { RepairLimit } from "./queue/repairs.ts";
import type { BoxMetrics } from "./report/box_metrics.ts";
import type { BoxMessage } from "./report/message.ts";

/** What the parts of one box share, and no other box has. */
export interface BoxContext {
  readonly compiled: CompiledPass;
  readonly observer: Observer;
  /** The type under which the API server serves a kind; `undefined`: it serves none. */
  readonly served: (type: ResourceType) => ResourceType | undefined;
  /** Why the objects of a kind of child cannot be read; `undefined`: they can, or there are none. */
  readonly unseen: (type: ResourceType) => string | undefined;
  /** The same for a deletion: also while a kind that was not served is being listed. */
  readonly unseenByDeletion: (type: ResourceType) => string | undefined;
  /** Called when the API server reports that it does not serve a kind. */
  readonly notServed: (type: ResourceType) => void;
  /** What is known of other boxes, for one decision on a CR. */
  readonly crossOf: (key: ObjectKey) => CrossView;
  /** Who has the values of a CR that a rule wants to be unique, for one decision on it. */
  readonly othersOf: (key: ObjectKey) => UniqueView;
  readonly store: Store;
  readonly sources: Sources;
  readonly external: ExternalCalls;
  readonly statuses: Statuses;
  /** Only of a box with gates. */
  readonly sentinels: Sentinels | undefined;
  readonly repairs: RepairLimit;
  readonly conflicts: Conflicts;
  /** What was learned of the CRD's schema; forgotten when the CRD changes. */
  readonly learned: LearnedSchema;
  /** Kinds of children of the last Katalog that are being cleaned up. */
  readonly formerKinds: ReadonlySet<string>;
  /** Lists children of a CR that no watch covers, and puts them into the store. */
  readonly sweep: (cr: KubeObject) => Promise<void>;
  /** Of the pass that works with this copy. */
  readonly pass?: string | undefined;
  readonly api: ClusterApi;
  readonly clock: Clock;
  readonly recorder: EventRecorder;
  readonly metrics: BoxMetrics;
  /** Runs a piece of synchronous work, within a time limit where the host has one. Throws `TimeLimitError`. */
  readonly bounded: <T>(run: () => T) => T;
  readonly report: (message: BoxMessage) => void;
  /** Aborts the calls in flight. */
  readonly signal: AbortSignal;
}

export interface LearnedSchema {
  /** False once the CRD, or the response to a write, says that there is no status subresource. */
  hasStatus: boolean;
  /** Paths of the status that turned out to be missing in the CRD's schema. */
  prunedStatus: string[][];
}
