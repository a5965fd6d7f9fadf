import type { MetricSpec } from "./metric.ts";

/** What a process measures of the HTTP calls that a Katalog declares: the same families in Runtime and Gateway. */
export function externalCallSpecs(
  buckets: readonly number[],
): { readonly calls: MetricSpec; readonly duration: MetricSpec } {
  return {
    calls: {
      name: "orkestra_external_calls_total",
      type: "counter",
      help:
        "HTTP calls of lists external that ended, by name and result: success or failure; further tries do not count.",
      labels: ["name", "result"],
    },
    duration: {
      name: "orkestra_external_call_duration_seconds",
      type: "histogram",
      help: "Duration of HTTP calls of lists external, with all tries and the waits between them.",
      labels: ["name"],
      buckets,
    },
  };
}
