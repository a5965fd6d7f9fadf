import type { BoxHealth, BoxMessage, BoxQuery, BoxResult, CrossUpdate, FormerRun, LeadScope } from "../box/mod.ts";
import type { CallBudget, ClusterConfig, ExecCredential } from "../cluster/mod.ts";
import type { ExternalOutcome, ExternalRequest } from "../input/mod.ts";
import type { ObjectKey } from "../k8s/object.ts";
import type { MetricsSnapshot } from "../observe/metrics/mod.ts";
import type { Sampling, SpanRecord } from "../observe/trace/mod.ts";
import type { BoxPlan } from "../plan/plan.ts";
import type { RequestMessage } from "./requests.ts";

/** Everything that a cell is given; plain records. It has no files, no environment and one host to connect to. */
export interface CellOrders {
  readonly plan: BoxPlan;
  readonly cluster: ClusterConfig;
  readonly userAgent: string;
  readonly component: string;
  readonly instance: string;
  readonly reportsIdle: boolean;
  readonly budget?: CallBudget | undefined;
  readonly beatMs: number;
  /** The longest that one piece of synchronous work may take. */
  readonly sliceMs: number;
  /** Of the cell's `WorkBoard`. */
  readonly board: SharedArrayBuffer;
  /** Of the `SharedFence` that holds back its writes; absent: none does. */
  readonly fence?: SharedArrayBuffer | undefined;
  /** Which passes are recorded in traces; absent: traces are off. */
  readonly traces?: Sampling | undefined;
  /** What the cell before this one was ended for. */
  readonly former?: FormerRun | undefined;
}

/**
 * What a cell requests of its parent: its clock, only those files that its own cluster configuration names, the HTTP calls
 * of its plan, and to tell other boxes of its CRs.
 */
export type CellRequest =
  | { readonly what: "clock" }
  | { readonly what: "tokenFile" }
  | { readonly what: "exec" }
  /** A token of the box's own ServiceAccount, and of no other. */
  | { readonly what: "token" }
  /** Make a call of the plan: cells reach the API server alone. */
  | { readonly what: "external"; readonly request: ExternalRequest }
  | { readonly what: "publish"; readonly update: CrossUpdate };

export interface CellResponse {
  /** The parent's monotonic clock. */
  readonly nowMs?: number | undefined;
  readonly text?: string | undefined;
  readonly credential?: ExecCredential | undefined;
  /** Of a call. */
  readonly outcome?: ExternalOutcome | undefined;
}

/** What the parent requests of a cell. The response to `lead` comes when the workers run. */
export type ParentRequest =
  | { readonly what: "lead"; readonly scope: LeadScope }
  | { readonly what: "rest"; readonly graceMs: number }
  | { readonly what: "stop"; readonly graceMs: number }
  | { readonly what: "query"; readonly query: BoxQuery }
  /** The response comes when it was taken, so one of each source is in flight. */
  | { readonly what: "observe"; readonly update: CrossUpdate };

/** The response to a `query`; the others have none. */
export type ParentResponse = BoxResult | null;

export type ToCell =
  | { readonly type: "start"; readonly orders: CellOrders }
  | RequestMessage<ParentRequest, CellResponse>;

export type FromCell =
  | { readonly type: "report"; readonly message: BoxMessage }
  | CellBeat
  /** Spans that have ended, for the parent to export, and the number of those that were too many. */
  | { readonly type: "spans"; readonly spans: readonly SpanRecord[]; readonly dropped: number }
  /** A pass of a suspect did no harm, or the object is gone. */
  | { readonly type: "cleared"; readonly key: ObjectKey }
  /** The caches are filled. */
  | { readonly type: "warm" }
  | RequestMessage<CellRequest, ParentResponse>;

/** Sign of life. */
export interface CellBeat {
  readonly type: "beat";
  /** Bytes in use in the cell's heap. */
  readonly heapUsed: number;
  /** Age of the oldest running pass; 0 when there is none. */
  readonly oldestPassMs: number;
  /** How long a pass has been running with no call in flight; 0 when all is well. */
  readonly stalledMs: number;
  readonly health: BoxHealth;
  /** Of the box; bounded. */
  readonly metrics: MetricsSnapshot;
}

/** Messages to the jail: prepare a thread, start a cell, or end one. Everything else goes over the cell's own port. */
export type ToJail =
  /** Have a thread ready, for the first cell with this heap and code. */
  | { readonly type: "prepare"; readonly heapMb: number; readonly entry: string }
  | {
    readonly type: "start";
    readonly id: number;
    readonly port: MessagePort;
    readonly heapMb: number;
    /** URL of the code. */
    readonly entry: string;
  }
  | { readonly type: "end"; readonly id: number };

export type FromJail =
  /** The cell's thread has ended; `reason` when it did not end normally. */
  { readonly type: "ended"; readonly id: number; readonly reason: string };
