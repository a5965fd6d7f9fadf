import { formatDuration } from "../../../base/duration.ts";
import type { Subject } from "./subject.ts";

/** One alert: it fires when `query` compares so with `threshold` for a time. */
export interface Alert {
  /** Heading of its runbook in docs/alerts.md. */
  readonly name: string;
  /** A number for each thing that may be wrong. */
  readonly query: string;
  readonly is: "<" | ">" | "==";
  readonly threshold: number;
  /** Nothing is wrong where this has no value: something else is, which has its own alert. */
  readonly where?: string;
  readonly forMs: number;
  /** `critical`: somebody has to act now. `warning`: soon. */
  readonly severity: "critical" | "warning";
  /** Templates of Prometheus: `{{ $labels.crd }}`, `{{ $value }}`. */
  readonly summary: string;
  readonly description: string;
}

const minute = 60_000;
/** What one operator is distinguished by, over its replicas. */
const operator = "job, crd, box";
const ofOperator = "{{ $labels.crd }} {{ $labels.box }}";

/** What somebody on call has to know of these operators, the gravest first. */
export function alertsOf({ gateway, hasExternal, hasCrossSources }: Subject): readonly Alert[] {
  const alerts: Alert[] = [
    {
      name: "OrkNoLeader",
      query: "sum by (job) (orkestra_leader) or absent(orkestra_leader) - 1",
      is: "==",
      threshold: 0,
      forMs: 2 * minute,
      severity: "critical",
      summary: "No Runtime leads",
      description: "No replica reconciles anything: changes of custom resources have no effect.",
    },
    {
      name: "OrkOperatorDegraded",
      query: `max by (${operator}) (orkestra_crd_healthy)`,
      is: "==",
      threshold: 0,
      where: "sum by (job) (orkestra_leader) > 0",
      forMs: 5 * minute,
      severity: "critical",
      summary: `The operator of ${ofOperator} is not healthy`,
      description: "Its passes fail, its kind is not served, or its cell was ended; ork status says why.",
    },
    {
      name: "OrkReconcileErrors",
      query: `sum by (${operator}) (rate(controller_reconcile_total{result="error"}[10m])) / ` +
        `(sum by (${operator}) (rate(controller_reconcile_total[10m])) > 0)`,
      is: ">",
      threshold: 0.5,
      forMs: 15 * minute,
      severity: "warning",
      summary: `{{ $value | humanizePercentage }} of the passes of ${ofOperator} fail`,
      description: "ork get lists custom resources that are not ready, ork why says what a pass failed at.",
    },
    {
      name: "OrkQueueWaits",
      query: `histogram_quantile(0.99, sum by (${operator}, le) (rate(controller_queue_wait_seconds_bucket[10m])))`,
      is: ">",
      threshold: 10,
      forMs: 10 * minute,
      severity: "warning",
      summary: `Custom resources of ${ofOperator} wait {{ $value | humanizeDuration }} for a worker`,
      description: "The operator does not keep up: it needs more workers, or its passes take too long.",
    },
    {
      name: "OrkPassHangs",
      query: `max by (${operator}) (controller_longest_running_reconcile_seconds)`,
      is: ">",
      threshold: 300,
      forMs: minute,
      severity: "warning",
      summary: `A pass of ${ofOperator} runs for {{ $value | humanizeDuration }}`,
      description: "It waits for the API server, or for a webhook that the API server calls.",
    },
    {
      name: "OrkPanics",
      query: `sum by (${operator}) (increase(controller_reconcile_panics_total[15m]))`,
      is: ">",
      threshold: 0,
      forMs: 0,
      severity: "warning",
      summary: `Unexpected errors in the operator of ${ofOperator}`,
      description: "A defect of Ork: the log has its stack (event box.panic). The pass is tried again.",
    },
    {
      name: "OrkCellRestarts",
      query: `sum by (${operator}) (increase(orkestra_cell_restarts_total[30m]))`,
      is: ">",
      threshold: 3,
      forMs: 0,
      severity: "warning",
      summary: `The cell of ${ofOperator} is ended again and again`,
      description: "It is short of memory, or an object ends it; the log names the reason and suspects (cell.ended).",
    },
    {
      name: "OrkWatchesFail",
      query: `sum by (${operator}, kind) (increase(controller_watch_restarts_total[10m]))`,
      is: ">",
      threshold: 5,
      forMs: 5 * minute,
      severity: "warning",
      summary: `${ofOperator} cannot watch {{ $labels.kind }}`,
      description: "Changes are not seen: a permission or a CRD is missing, or the API server does not respond.",
    },
    {
      name: "OrkApiServerRefuses",
      query: `sum by (${operator}) (rate(controller_api_requests_total{code=~"429|5..|error"}[10m])) / ` +
        `(sum by (${operator}) (rate(controller_api_requests_total[10m])) > 0)`,
      is: ">",
      threshold: 0.2,
      forMs: 10 * minute,
      severity: "warning",
      summary: `{{ $value | humanizePercentage }} of the requests of ${ofOperator} to the API server fail`,
      description: "The API server is overloaded, away, or calls a webhook that is; requests are tried again.",
    },
    {
      name: "OrkLateWrites",
      query: `sum by (${operator}) (increase(controller_fenced_writes_total[1h]))`,
      is: ">",
      threshold: 0,
      forMs: 0,
      severity: "warning",
      summary: `Writes of ${ofOperator} came too late and were held back`,
      description: "A leader lost its Lease while it worked. Nothing was written twice; find out why it was slow.",
    },
    {
      name: "OrkKatalogBroken",
      query: 'max by (job) (orkestra_katalog_files{state="broken"})',
      is: ">",
      threshold: 0,
      forMs: 5 * minute,
      severity: "warning",
      summary: "The Katalog does not load any more",
      description: "The former one runs on, and a restart would fail; the log has the first error (katalog.broken).",
    },
  ];
  if (hasExternal) {
    alerts.push({
      name: "OrkExternalCallsFail",
      query: 'sum by (job, name) (rate(orkestra_external_calls_total{result="failure"}[10m])) / ' +
        "(sum by (job, name) (rate(orkestra_external_calls_total[10m])) > 0)",
      is: ">",
      threshold: 0.5,
      forMs: 10 * minute,
      severity: "warning",
      summary: "{{ $value | humanizePercentage }} of the external calls {{ $labels.name }} fail",
      description: "What reads their results waits, fails or is left out; the log has the errors.",
    });
  }
  if (hasCrossSources) {
    alerts.push({
      name: "OrkCrossSourceAway",
      query: "min by (job, source) (orkestra_cross_source_up)",
      is: "==",
      threshold: 0,
      forMs: 5 * minute,
      severity: "warning",
      summary: "Objects of {{ $labels.source }} cannot be read",
      description: "Operators work with what was read last; the log says why (cross.source).",
    });
  }
  if (gateway === undefined) return alerts;
  const leftMs = gateway.rotationThresholdMs / 2;
  alerts.push(
    {
      name: "OrkGatewayNotReady",
      query: "max by (job) (orkestra_gateway_ready) or absent(orkestra_gateway_ready) - 1",
      is: "==",
      threshold: 0,
      forMs: 5 * minute,
      severity: "critical",
      summary: "No Gateway serves its webhooks",
      description: "Objects are admitted without its rules, or refused where failurePolicy is Fail.",
    },
    {
      name: "OrkCertificateExpires",
      query: "min by (job) (orkestra_gateway_certificate_expiry_timestamp_seconds) - time()",
      is: "<",
      threshold: leftMs / 1000,
      forMs: 10 * minute,
      severity: "critical",
      summary: "The certificate of the Gateway expires in {{ $value | humanizeDuration }}",
      description: `It is renewed when it has ${formatDuration(gateway.rotationThresholdMs)} left, and was not ` +
        "(certificate.error in the log); a given one has to be replaced.",
    },
    {
      name: "OrkAdmissionSlow",
      query:
        "histogram_quantile(0.99, sum by (job, webhook, le) (rate(controller_admission_duration_seconds_bucket[10m])))",
      is: ">",
      threshold: 1,
      forMs: 10 * minute,
      severity: "warning",
      summary: "Reviews of {{ $labels.webhook }} take {{ $value | humanizeDuration }}",
      description: "Every write of these kinds waits for them; external calls and unique values take longest.",
    },
  );
  if (gateway.converts) {
    alerts.push({
      name: "OrkConversionFails",
      query: 'sum by (job) (increase(controller_conversion_total{result="failure"}[10m]))',
      is: ">",
      threshold: 0,
      forMs: 5 * minute,
      severity: "critical",
      summary: "Objects cannot be converted between versions",
      description:
        "They can neither be read nor written in the other version; the log has the error (review.conversion).",
    });
  }
  return alerts;
}

/** The expression of its rule. */
export function expressionOf({ query, is, threshold, where }: Alert): string {
  const compared = `(${query}) ${is} ${threshold}`;
  return where === undefined ? compared : `${compared} and on (job) (${where})`;
}
