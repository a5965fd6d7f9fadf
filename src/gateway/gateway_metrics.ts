import type { MetricSpec, MetricsSnapshot } from "../observe/metrics/mod.ts";
import { traceMetricSpecs } from "../observe/trace/mod.ts";
import { type WebhookMetrics, webhookMetricSpecs } from "./webhooks/webhook_metrics.ts";

const ready: MetricSpec = {
  name: "orkestra_gateway_ready",
  type: "gauge",
  help: "1 where the webhooks are served and registered, else 0.",
  labels: [],
};
const expiry: MetricSpec = {
  name: "orkestra_gateway_certificate_expiry_timestamp_seconds",
  type: "gauge",
  help: "When the certificate that is served expires, in seconds since 1970-01-01 UTC.",
  labels: [],
};

/** Every metric of a Gateway's `/metrics`, in the order of the page. */
export const gatewayMetricSpecs: readonly MetricSpec[] = [...webhookMetricSpecs, ready, expiry, ...traceMetricSpecs];

/** What the webhooks count, and how the Gateway is now. */
export function gatewayMetrics(
  webhooks: Pick<WebhookMetrics, "snapshot">,
  now: { readonly isReady: boolean; readonly notAfterMs: number | undefined },
): MetricsSnapshot {
  const gauge = ({ name }: MetricSpec, value: number) => ({ name, series: [{ labels: [], values: [value] }] });
  return [
    ...webhooks.snapshot(),
    gauge(ready, now.isReady ? 1 : 0),
    ...now.notAfterMs === undefined ? [] : [gauge(expiry, now.notAfterMs / 1000)],
  ];
}
