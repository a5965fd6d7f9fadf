import type { JsonMap } from "../../../base/json.ts";
import { dashboard } from "./dashboard.ts";
import { boxIdentity, overviewIdentity } from "./identities.ts";
import type { Panel, Row } from "./panels.ts";
import type { Subject, SubjectBox } from "./subject.ts";

/** One operator: what it does, how long it takes, and what it costs. */
export function boxDashboard(subject: Subject, box: SubjectBox): JsonMap {
  const of = `job=~"$job", ${box.matchers}`;
  return dashboard({
    title: `Ork / ${subject.katalog} / ${box.key}`,
    description: `The operator of ${box.kind} in Katalog ${subject.katalog}`,
    identity: boxIdentity(subject, box.key),
    tags: ["ork", subject.katalog],
    links: [{ title: "All operators", identity: overviewIdentity(subject) }],
    rows: [stateRow(of), workRow(of, box), requestsRow(of, box), cellRow(of)],
  });
}

const rate = (name: string, of: string): string => `rate(${name}{${of}}[$__rate_interval])`;

function quantiles(name: string, of: string, by = ""): Panel["queries"] {
  return [0.5, 0.95, 0.99].map((quantile) => ({
    expression: `histogram_quantile(${quantile}, sum by (${by}le) (${rate(`${name}_bucket`, of)}))`,
    legend: `p${quantile * 100}`,
  }));
}

/** One number, on the replica that works. */
function gauge(title: string, description: string, metric: string, of: string, unit: Panel["unit"] = "short"): Panel {
  return { title, description, kind: "stat", unit, queries: [{ expression: `max(${metric}{${of}})`, legend: title }] };
}

function stateRow(of: string): Row {
  return {
    title: "State",
    panels: [
      {
        ...gauge("Healthy", "ork status says why it is not.", "orkestra_crd_healthy", of, "bool"),
        thresholds: { warning: 1, critical: 1, fallsBelow: true },
      },
      gauge("Custom resources", "In its cache.", "controller_resource_count", of),
      gauge("Children", "In its cache.", "controller_children", of),
      gauge("Workers", "That run; 0 on a standby.", "controller_workers_total", of),
      gauge("Queue", "Keys that are ready, held back or being processed.", "controller_queue_depth", of),
      {
        ...gauge(
          "Oldest pass",
          "Age of the oldest pass in flight.",
          "controller_longest_running_reconcile_seconds",
          of,
          "s",
        ),
        thresholds: { warning: 30, critical: 300 },
      },
    ],
  };
}

function workRow(of: string, { hasValidation }: SubjectBox): Row {
  return {
    title: "Work",
    panels: [
      {
        title: "Passes",
        description: "Per second, by result; ork why says what a pass did.",
        kind: "timeseries",
        unit: "ops",
        queries: [{ expression: `sum by (result) (${rate("controller_reconcile_total", of)})`, legend: "{{result}}" }],
      },
      {
        title: "Duration of passes",
        description: "Most of it is waiting for the API server.",
        kind: "timeseries",
        unit: "s",
        queries: quantiles("controller_reconcile_duration_seconds", of),
      },
      {
        title: "Queue",
        description: "Keys that are ready, held back or being processed; deferred are kept out by queue.behaviour.",
        kind: "timeseries",
        unit: "short",
        queries: [
          { expression: `max(controller_queue_depth{${of}})`, legend: "queue" },
          { expression: `max(controller_queue_deferred{${of}})`, legend: "deferred" },
        ],
      },
      {
        title: "Wait for a worker",
        description: "From when a key was due.",
        kind: "timeseries",
        unit: "s",
        queries: quantiles("controller_queue_wait_seconds", of),
      },
      {
        title: "Workers",
        description:
          "Where none is idle for long, more may help; autoscale is 1 while operatorBox.autoscale is active.",
        kind: "timeseries",
        unit: "short",
        queries: [
          { expression: `max(controller_workers_processing{${of}})`, legend: "in a pass" },
          { expression: `max(controller_workers_idle{${of}})`, legend: "idle" },
          { expression: `max(orkestra_autoscale_active{${of}})`, legend: "autoscale" },
        ],
      },
      {
        title: "Retries and panics",
        description: "Retries follow failures; a panic is a defect, the log has its stack.",
        kind: "timeseries",
        unit: "ops",
        queries: [
          { expression: `sum(${rate("controller_queue_retries_total", of)})`, legend: "retries" },
          { expression: `sum(${rate("controller_reconcile_panics_total", of)})`, legend: "panics" },
        ],
      },
      // So rare that their rate is nothing: all of them since the operator was started.
      {
        title: "Start of the workers, p99",
        description: "From when they were to start until they ran, since the start of the operator.",
        kind: "timeseries",
        unit: "s",
        queries: [{
          expression: `histogram_quantile(0.99, sum by (le) (controller_crd_activation_latency_seconds_bucket{${of}}))`,
          legend: "p99",
        }],
      },
      {
        title: "Starts of the workers",
        description: "Since the start of the operator; error: the custom resources could not be read.",
        kind: "timeseries",
        unit: "short",
        queries: [{ expression: `sum by (result) (controller_crd_activation_total{${of}})`, legend: "{{result}}" }],
      },
      ...(hasValidation
        ? [{
          title: "Validation",
          description: "Objects that its rules judged, per second.",
          kind: "timeseries",
          unit: "ops",
          queries: [{
            expression: `sum by (result) (${rate("controller_admission_validation_total", of)})`,
            legend: "{{result}}",
          }],
        }] as const
        : []),
    ],
  };
}

function requestsRow(of: string, { hasExternal }: SubjectBox): Row {
  return {
    title: "Requests",
    panels: [
      {
        title: "Requests to the API server",
        description: "Per second, by verb and status code.",
        kind: "timeseries",
        unit: "reqps",
        queries: [{
          expression: `sum by (verb, code) (${rate("controller_api_requests_total", of)})`,
          legend: "{{verb}} {{code}}",
        }],
      },
      {
        title: "Responses of the API server",
        description: "Until a response begins, without watches.",
        kind: "timeseries",
        unit: "s",
        queries: quantiles("controller_api_request_duration_seconds", `${of}, verb!="WATCH"`),
      },
      {
        title: "Lists and watches that failed",
        description: "By kind. A missing permission or CRD shows here.",
        kind: "timeseries",
        unit: "short",
        queries: [{
          expression: `sum by (kind) (increase(controller_watch_restarts_total{${of}}[$__rate_interval]))`,
          legend: "{{kind}}",
        }],
      },
      {
        title: "Lost",
        description: "Events that did not reach the API server, and writes that came too late.",
        kind: "timeseries",
        unit: "short",
        queries: [
          { expression: `sum(increase(controller_events_dropped_total{${of}}[$__rate_interval]))`, legend: "Events" },
          {
            expression: `sum(increase(controller_fenced_writes_total{${of}}[$__rate_interval]))`,
            legend: "late writes",
          },
        ],
      },
      ...(hasExternal
        ? [
          {
            title: "External calls",
            description: "Per second, by name and result.",
            kind: "timeseries",
            unit: "ops",
            queries: [{
              expression: `sum by (name, result) (${rate("orkestra_external_calls_total", of)})`,
              legend: "{{name}} {{result}}",
            }],
          },
          {
            title: "External calls, p99",
            description: "With all tries and the waits between them.",
            kind: "timeseries",
            unit: "s",
            queries: [{
              expression: `histogram_quantile(0.99, sum by (name, le) (${
                rate("orkestra_external_call_duration_seconds_bucket", of)
              }))`,
              legend: "{{name}}",
            }],
          },
        ] as const
        : []),
    ],
  };
}

function cellRow(of: string): Row {
  return {
    title: "Cell",
    panels: [
      {
        title: "Heap",
        description:
          "A cell is ended a little before its limit; --cell-memory raises it. None with --isolation shared.",
        kind: "timeseries",
        unit: "bytes",
        queries: [
          { expression: `max(orkestra_cell_heap_bytes{${of}})`, legend: "in use" },
          { expression: `max(orkestra_cell_heap_limit_bytes{${of}})`, legend: "limit" },
        ],
      },
      {
        title: "Ends of the cell",
        description: "Each is followed by a restart; the log has the reason.",
        kind: "timeseries",
        unit: "short",
        queries: [{
          expression: `sum(increase(orkestra_cell_restarts_total{${of}}[$__rate_interval]))`,
          legend: "ends",
        }],
      },
    ],
  };
}
