import {
  AdmissionMetrics,
  admissionSpecs,
  externalCallSpecs,
  type Family,
  type MetricSpec,
  type MetricsSnapshot,
  Registry,
  secondsBuckets,
  type Series,
  wideSecondsBuckets,
} from "../../observe/metrics/mod.ts";
import type { BrokenRule, FieldChange } from "../../admission/mod.ts";
import type { BoxHealth } from "./message.ts";

const reconciles: MetricSpec = {
  name: "controller_reconcile_total",
  type: "counter",
  help:
    "Passes that ended, by result: success or error. Passes that were cut short by a concurrent change do not count.",
  labels: ["result"],
};
const reconcileSeconds: MetricSpec = {
  name: "controller_reconcile_duration_seconds",
  type: "histogram",
  help: "Duration of passes.",
  labels: [],
  buckets: wideSecondsBuckets,
};
const oldestPass: MetricSpec = {
  name: "controller_longest_running_reconcile_seconds",
  type: "gauge",
  help: "Age of the oldest pass in flight; 0 when there is none.",
  labels: [],
};
const panics: MetricSpec = {
  name: "controller_reconcile_panics_total",
  type: "counter",
  help: "Unexpected errors that were caught; the log has their stacks.",
  labels: [],
};
const resources: MetricSpec = {
  name: "controller_resource_count",
  type: "untyped",
  help: "Custom resources in the cache; a gauge.",
  labels: [],
};
const children: MetricSpec = {
  name: "controller_children",
  type: "gauge",
  help: "Children of custom resources in the cache.",
  labels: [],
};
const queueDepth: MetricSpec = {
  name: "controller_queue_depth",
  type: "gauge",
  help: "Keys that are ready, held back or being processed.",
  labels: [],
};
const queueDeferred: MetricSpec = {
  name: "controller_queue_deferred",
  type: "gauge",
  help: "Keys that queue.behaviour keeps out of the queue until it has room.",
  labels: [],
};
const queueWait: MetricSpec = {
  name: "controller_queue_wait_seconds",
  type: "histogram",
  help: "How long a key waited for a worker, from when it was due.",
  labels: [],
  buckets: wideSecondsBuckets,
};
const retries: MetricSpec = {
  name: "controller_queue_retries_total",
  type: "counter",
  help: "Keys that were requeued with backoff after a failure.",
  labels: [],
};
const workersTotal: MetricSpec = {
  name: "controller_workers_total",
  type: "untyped",
  help: "Workers that run; a gauge, 0 on a standby.",
  labels: [],
};
const workersIdle: MetricSpec = {
  name: "controller_workers_idle",
  type: "gauge",
  help: "Workers that wait for a key.",
  labels: [],
};
const workersProcessing: MetricSpec = {
  name: "controller_workers_processing",
  type: "gauge",
  help: "Workers in a pass.",
  labels: [],
};
const autoscaleActive: MetricSpec = {
  name: "orkestra_autoscale_active",
  type: "gauge",
  help: "1 while settings of operatorBox.autoscale are in effect.",
  labels: [],
};
const autoscaleChanges: MetricSpec = {
  name: "orkestra_autoscale_changes_total",
  type: "counter",
  help: "How often operatorBox.autoscale has changed the settings, there and back.",
  labels: [],
};
const activations: MetricSpec = {
  name: "controller_crd_activation_total",
  type: "counter",
  help: "Starts of the workers (success), and attempts at reading the custom resources that failed before (error).",
  labels: ["result"],
};
const activationSeconds: MetricSpec = {
  name: "controller_crd_activation_latency_seconds",
  type: "histogram",
  help: "From when the workers were to start until they ran.",
  labels: [],
  buckets: wideSecondsBuckets,
};
const admission = admissionSpecs();
const validations: MetricSpec = {
  name: "controller_validation_total",
  type: "counter",
  help: "Passes in which validation rules judged the custom resource: passed, rejected or warned.",
  labels: ["result"],
};
const rejections: MetricSpec = {
  name: "controller_validation_rejected_total",
  type: "counter",
  help: "Rules that refused a custom resource in a pass, by field and operator.",
  labels: ["field", "rule"],
};
const mutations: MetricSpec = {
  name: "controller_mutation_total",
  type: "counter",
  help: "Passes in which mutation rules changed something, in memory.",
  labels: [],
};
const apiRequests: MetricSpec = {
  name: "controller_api_requests_total",
  type: "counter",
  help: "Requests to the API server, by HTTP verb (WATCH for watches) and status code (error: no response).",
  labels: ["verb", "code"],
};
const apiSeconds: MetricSpec = {
  name: "controller_api_request_duration_seconds",
  type: "histogram",
  help: "From sending a request until its response began, without the wait for the budget.",
  labels: ["verb"],
  buckets: secondsBuckets,
};
const { calls: externalCalls, duration: externalSeconds } = externalCallSpecs(wideSecondsBuckets);
const watchRestarts: MetricSpec = {
  name: "controller_watch_restarts_total",
  type: "counter",
  help: "Lists and watches that failed and were tried again, by kind.",
  labels: ["kind"],
};
const fencedWrites: MetricSpec = {
  name: "controller_fenced_writes_total",
  type: "counter",
  help: "Writes, Events aside, that were held back or aborted because this process did not lead any more.",
  labels: [],
};
const eventsDropped: MetricSpec = {
  name: "controller_events_dropped_total",
  type: "counter",
  help: "Events that did not reach the API server: too many, refused, or not sent before the end.",
  labels: [],
};

/** What a box counts; every series has the label `crd` besides. */
export const boxMetricSpecs: readonly MetricSpec[] = [
  reconciles,
  reconcileSeconds,
  oldestPass,
  panics,
  resources,
  children,
  queueDepth,
  queueDeferred,
  queueWait,
  retries,
  workersTotal,
  workersIdle,
  workersProcessing,
  autoscaleActive,
  autoscaleChanges,
  activations,
  activationSeconds,
  validations,
  rejections,
  mutations,
  ...Object.values(admission),
  apiRequests,
  apiSeconds,
  externalCalls,
  externalSeconds,
  watchRestarts,
  fencedWrites,
  eventsDropped,
];

/** State of the box that is read when the metrics are, and not counted. */
export interface MeasuredBox {
  readonly health: BoxHealth;
  readonly children: number;
  readonly oldestPassMs: number;
  readonly eventsDropped: number;
}

/** The metrics of one box. They belong to its isolate: a cell that is restarted begins at 0, as a process would. */
export class BoxMetrics {
  readonly passSeconds: Series;
  readonly queueWaitSeconds: Series;
  readonly retries: Series;
  readonly panics: Series;
  readonly fenced: Series;
  /** `operatorBox.autoscale` changed the settings. */
  readonly autoscaled: Series;
  readonly activated: Series;
  readonly activationFailed: Series;
  readonly activationSeconds: Series;
  readonly #registry = new Registry();
  readonly #succeeded: Series;
  readonly #failed: Series;
  readonly #verdicts: Readonly<Record<"allowed" | "denied" | "warned", Series>>;
  readonly #rejections: Family;
  readonly #mutations: Series;
  readonly #admission: AdmissionMetrics;
  readonly #apiRequests: Family;
  readonly #apiSeconds: Family;
  readonly #externalCalls: Family;
  readonly #externalSeconds: Family;
  readonly #watchRestarts: Family;
  readonly #measured: ReadonlyMap<MetricSpec, Series>;

  constructor() {
    const single = (spec: MetricSpec): Series => this.#registry.add(spec).of();
    const results = this.#registry.add(reconciles);
    this.#succeeded = results.of("success");
    this.#failed = results.of("error");
    this.passSeconds = single(reconcileSeconds);
    this.queueWaitSeconds = single(queueWait);
    this.retries = single(retries);
    this.panics = single(panics);
    this.autoscaled = single(autoscaleChanges);
    const starts = this.#registry.add(activations);
    this.activated = starts.of("success");
    this.activationFailed = starts.of("error");
    this.activationSeconds = single(activationSeconds);
    const judged = this.#registry.add(validations);
    this.#verdicts = {
      allowed: judged.of("passed"),
      denied: judged.of("rejected"),
      warned: judged.of("warned"),
    };
    this.#rejections = this.#registry.add(rejections);
    this.#mutations = single(mutations);
    this.#admission = new AdmissionMetrics(this.#registry, admission, "reconcile");
    this.#apiRequests = this.#registry.add(apiRequests);
    this.#apiSeconds = this.#registry.add(apiSeconds);
    this.#externalCalls = this.#registry.add(externalCalls);
    this.#externalSeconds = this.#registry.add(externalSeconds);
    this.#watchRestarts = this.#registry.add(watchRestarts);
    this.fenced = single(fencedWrites);
    const measured = [
      ...[oldestPass, resources, children, queueDepth, queueDeferred, workersTotal, workersIdle, workersProcessing],
      ...[autoscaleActive, eventsDropped],
    ];
    this.#measured = new Map(measured.map((spec) => [spec, single(spec)]));
  }

  /** A request to the API server; `code` is absent when there was no response. */
  requested(verb: string, code: number | undefined, ms: number): void {
    this.#apiRequests.of(verb, code === undefined ? "error" : String(code)).inc();
    this.#apiSeconds.of(verb).observe(ms / 1000);
  }

  /** Validation rules judged an object. */
  judged(denied: boolean, warned: boolean, broken: readonly BrokenRule[]): void {
    const result = denied ? "denied" : warned ? "warned" : "allowed";
    this.#verdicts[result].inc();
    this.#admission.validated([], result, broken);
    for (const { field, operator, action } of broken) {
      if (action === "deny") this.#rejections.of(field, operator).inc();
    }
  }

  /** Mutation rules looked at an object, and changed this of it. */
  mutated(changes: readonly FieldChange[]): void {
    this.#admission.mutated([], changes);
    if (changes.length > 0) this.#mutations.inc();
  }

  /** An HTTP call ended; its name is one of the Katalog's. */
  called(name: string, failed: boolean, seconds: number): void {
    this.#externalCalls.of(name, failed ? "failure" : "success").inc();
    this.#externalSeconds.of(name).observe(seconds);
  }

  watchRestarted(kind: string): void {
    this.#watchRestarts.of(kind).inc();
  }

  snapshot({ health, children: childCount, oldestPassMs, eventsDropped: dropped }: MeasuredBox): MetricsSnapshot {
    const { running, processing } = health.workers;
    this.#succeeded.set(health.totalReconciles - health.failedReconciles);
    this.#failed.set(health.failedReconciles);
    const set = (spec: MetricSpec, value: number): void => this.#measured.get(spec)!.set(value);
    set(oldestPass, oldestPassMs / 1000);
    set(resources, health.resourceCount);
    set(children, childCount);
    set(queueDepth, health.queueDepth);
    set(queueDeferred, health.queueDeferred ?? 0);
    set(workersTotal, running);
    set(workersProcessing, processing);
    set(workersIdle, running - processing);
    set(autoscaleActive, health.autoscale?.active === true ? 1 : 0);
    set(eventsDropped, dropped);
    return this.#registry.snapshot();
  }
}
