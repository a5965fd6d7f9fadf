import type { JsonMap } from "../../../base/json.ts";
import { dashboard } from "./dashboard.ts";
import { boxIdentity, overviewIdentity } from "./identities.ts";
import type { Row } from "./panels.ts";
import type { Subject } from "./subject.ts";

const job = 'job=~"$job"';
const operator = "crd, box";
const named = "{{crd}} {{box}}";

/** All operators of a Katalog on one page, with its Gateway where it has one. */
export function overviewDashboard(subject: Subject): JsonMap {
  return dashboard({
    title: `Ork / ${subject.katalog}`,
    description: `The operators of Katalog ${subject.katalog}`,
    identity: overviewIdentity(subject),
    tags: ["ork", subject.katalog],
    links: subject.boxes.map(({ key }) => ({ title: key, identity: boxIdentity(subject, key) })),
    rows: [state, work, apiServer, process, ...subject.gateway === undefined ? [] : [gatewayRow(subject)]],
  });
}

const state: Row = {
  title: "State",
  panels: [
    {
      title: "Leaders",
      description: "Replicas that reconcile. 0: nothing is reconciled. With --lease-scope=box all replicas do.",
      kind: "stat",
      unit: "short",
      queries: [{ expression: `sum(orkestra_leader{${job}})`, legend: "leaders" }],
      thresholds: { warning: 1, critical: 1, fallsBelow: true },
    },
    {
      title: "Operators that are not healthy",
      description: "ork status says which, and why.",
      kind: "stat",
      unit: "short",
      queries: [{
        expression: `sum(1 - max by (${operator}) (orkestra_crd_healthy{${job}}))`,
        legend: "not healthy",
      }],
      thresholds: { warning: 1, critical: 1 },
    },
    {
      title: "Custom resources",
      description: "In the caches of the operators.",
      kind: "stat",
      unit: "short",
      queries: [{ expression: `sum(max by (${operator}) (controller_resource_count{${job}}))`, legend: "CRs" }],
    },
    {
      title: "In the queues",
      description: "Keys that are ready, held back or being processed, where an operator works.",
      kind: "stat",
      unit: "short",
      queries: [{ expression: `sum(max by (${operator}) (controller_queue_depth{${job}}))`, legend: "keys" }],
    },
    {
      title: "Passes that fail",
      description: "Share of the passes of the last 10 minutes.",
      kind: "stat",
      unit: "percentunit",
      queries: [{
        expression: `sum(rate(controller_reconcile_total{${job}, result="error"}[10m])) / ` +
          `(sum(rate(controller_reconcile_total{${job}}[10m])) > 0) or vector(0)`,
        legend: "failed",
      }],
      thresholds: { warning: 0.05, critical: 0.5 },
    },
    {
      title: "Replicas",
      description: "Processes of the Runtime that are scraped.",
      kind: "stat",
      unit: "short",
      queries: [{ expression: `count(orkestra_leader{${job}})`, legend: "replicas" }],
    },
    {
      title: "Healthy",
      description: "1 where an operator is healthy on the replica that works.",
      kind: "timeseries",
      unit: "short",
      queries: [{ expression: `max by (${operator}) (orkestra_crd_healthy{${job}})`, legend: named }],
    },
    {
      title: "Builds",
      description: "What runs; two lines during an update.",
      kind: "table",
      unit: "short",
      queries: [{ expression: `count by (version, commit, deno) (orkestra_build_info{${job}})`, legend: "" }],
    },
  ],
};

const work: Row = {
  title: "Work",
  panels: [
    {
      title: "Passes",
      description: "Per second.",
      kind: "timeseries",
      unit: "ops",
      queries: [{
        expression: `sum by (${operator}) (rate(controller_reconcile_total{${job}}[$__rate_interval]))`,
        legend: named,
      }],
    },
    {
      title: "Passes that failed",
      description: "Per second; ork why says what a pass failed at.",
      kind: "timeseries",
      unit: "ops",
      queries: [{
        expression: `sum by (${operator}) (rate(controller_reconcile_total{${job}, result="error"}[$__rate_interval]))`,
        legend: named,
      }],
    },
    {
      title: "Wait for a worker, p99",
      description: "From when a key was due. It grows where an operator has too few workers, or its passes take long.",
      kind: "timeseries",
      unit: "s",
      queries: [{
        expression:
          `histogram_quantile(0.99, sum by (${operator}, le) (rate(controller_queue_wait_seconds_bucket{${job}}[$__rate_interval])))`,
        legend: named,
      }],
    },
    {
      title: "Duration of passes, p95",
      description: "Most of it is waiting for the API server.",
      kind: "timeseries",
      unit: "s",
      queries: [{
        expression:
          `histogram_quantile(0.95, sum by (${operator}, le) (rate(controller_reconcile_duration_seconds_bucket{${job}}[$__rate_interval])))`,
        legend: named,
      }],
    },
  ],
};

const apiServer: Row = {
  title: "API server",
  panels: [
    {
      title: "Requests by status code",
      description: "error: there was no response. 429: the API server asked to wait.",
      kind: "timeseries",
      unit: "reqps",
      queries: [{
        expression: `sum by (code) (rate(controller_api_requests_total{${job}}[$__rate_interval]))`,
        legend: "{{code}}",
      }],
    },
    {
      title: "Responses, p99",
      description: "Until a response begins, by verb.",
      kind: "timeseries",
      unit: "s",
      queries: [{
        expression:
          `histogram_quantile(0.99, sum by (verb, le) (rate(controller_api_request_duration_seconds_bucket{${job}, verb!="WATCH"}[$__rate_interval])))`,
        legend: "{{verb}}",
      }],
    },
    {
      title: "Lists and watches that failed",
      description: "A missing permission or CRD shows here.",
      kind: "timeseries",
      unit: "short",
      queries: [{
        expression: `sum by (${operator}, kind) (increase(controller_watch_restarts_total{${job}}[$__rate_interval]))`,
        legend: `${named} {{kind}}`,
      }],
    },
    {
      title: "Writes that came too late",
      description: "Held back because the process did not lead any more.",
      kind: "timeseries",
      unit: "short",
      queries: [{
        expression: `sum by (${operator}) (increase(controller_fenced_writes_total{${job}}[$__rate_interval]))`,
        legend: named,
      }],
    },
  ],
};

const process: Row = {
  title: "Processes",
  panels: [
    {
      title: "Memory",
      description: "Resident, cells included.",
      kind: "timeseries",
      unit: "bytes",
      queries: [{ expression: `process_resident_memory_bytes{${job}}`, legend: "{{instance}}" }],
    },
    {
      title: "CPU",
      description: "Cores in use.",
      kind: "timeseries",
      unit: "short",
      queries: [{ expression: `rate(process_cpu_seconds_total{${job}}[$__rate_interval])`, legend: "{{instance}}" }],
    },
  ],
};

function gatewayRow({ gateway, hasExternal }: Subject): Row {
  return {
    title: "Gateway",
    panels: [
      {
        title: "Ready",
        description: "Replicas that serve their webhooks, which are registered.",
        kind: "stat",
        unit: "short",
        queries: [{ expression: "sum(orkestra_gateway_ready)", legend: "ready" }],
        thresholds: { warning: 1, critical: 1, fallsBelow: true },
      },
      {
        title: "Certificate expires in",
        description: "It is renewed by itself, unless it was given.",
        kind: "stat",
        unit: "s",
        queries: [{
          expression: "min(orkestra_gateway_certificate_expiry_timestamp_seconds) - time()",
          legend: "left",
        }],
        thresholds: {
          warning: gateway!.rotationThresholdMs / 1000,
          critical: gateway!.rotationThresholdMs / 2000,
          fallsBelow: true,
        },
      },
      {
        title: "Reviews",
        description: "Per second, by result.",
        kind: "timeseries",
        unit: "reqps",
        width: 16,
        queries: [{
          expression: "sum by (webhook, result) (rate(controller_admission_reviews_total[$__rate_interval]))",
          legend: "{{webhook}} {{result}}",
        }],
      },
      {
        title: "Reviews, p99",
        description: "Every write of the kinds waits for them.",
        kind: "timeseries",
        unit: "s",
        queries: [{
          expression:
            "histogram_quantile(0.99, sum by (webhook, le) (rate(controller_admission_duration_seconds_bucket[$__rate_interval])))",
          legend: "{{webhook}}",
        }],
      },
      {
        title: "Violations",
        description: "For which objects were refused, by field.",
        kind: "timeseries",
        unit: "short",
        queries: [{
          expression:
            'sum by (crd, field) (increase(controller_validation_rejected_total{source="admission"}[$__rate_interval]))',
          legend: "{{crd}} {{field}}",
        }],
      },
      ...(gateway!.converts
        ? [{
          title: "Conversions",
          description: "Objects that were converted, per second.",
          kind: "timeseries",
          unit: "ops",
          queries: [{
            expression: "sum by (result) (rate(controller_conversion_total[$__rate_interval]))",
            legend: "{{result}}",
          }],
        }] as const
        : []),
      ...(hasExternal
        ? [{
          title: "External calls",
          description: "Of Runtime and Gateway, per second.",
          kind: "timeseries",
          unit: "ops",
          queries: [{
            expression: "sum by (name, result) (rate(orkestra_external_calls_total[$__rate_interval]))",
            legend: "{{name}} {{result}}",
          }],
        }] as const
        : []),
    ],
  };
}
