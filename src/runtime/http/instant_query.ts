import type { JsonMap } from "../../base/json.ts";
import { printNumber, type Sample } from "../../observe/metrics/mod.ts";

/** Name of a metric (prometheus.io/docs/concepts/data_model). */
const metricName = /^[A-Za-z_:][A-Za-z0-9_:]{0,199}$/;

/**
 * The response of Prometheus' HTTP API to an instant query (prometheus.io/docs/prometheus/latest/querying/api), for a
 * metric's name alone: no selectors, no functions. The values are those of now.
 */
export function instantQuery(
  query: string | undefined,
  samplesOf: (name: string) => readonly Sample[],
  wallMs: number,
): JsonMap {
  const name = query?.trim() ?? "";
  if (!metricName.test(name)) {
    const error = `The query must be the name of a metric, such as orkestra_leader, and nothing more`;
    return { status: "error", errorType: "bad_data", error };
  }
  const result = samplesOf(name).map(({ labels, value }) => ({
    metric: { __name__: name, ...Object.fromEntries(labels) },
    value: [wallMs / 1000, printNumber(value)],
  }));
  return { status: "success", data: { resultType: "vector", result } };
}
