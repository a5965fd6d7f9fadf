import type { MetricSpec, MetricsSnapshot } from "../observe/metrics/mod.ts";

const heap: MetricSpec = {
  name: "orkestra_cell_heap_bytes",
  type: "gauge",
  help: "Heap in use in the isolate of an operator.",
  labels: [],
};
const heapLimit: MetricSpec = {
  name: "orkestra_cell_heap_limit_bytes",
  type: "gauge",
  help: "Heap that the isolate of an operator may use; it is ended a little before.",
  labels: [],
};
const restarts: MetricSpec = {
  name: "orkestra_cell_restarts_total",
  type: "counter",
  help: "Ends of the isolate of an operator that were not asked for; each is followed by a restart.",
  labels: [],
};

/** What is known of a cell from outside; every series has the label `crd` besides. */
export const cellMetricSpecs: readonly MetricSpec[] = [heap, heapLimit, restarts];

export function cellMetrics(
  cell: { readonly heapBytes: number; readonly heapLimitBytes: number; readonly restarts: number },
): MetricsSnapshot {
  const values = [[heap, cell.heapBytes], [heapLimit, cell.heapLimitBytes], [restarts, cell.restarts]] as const;
  return values.map(([{ name }, value]) => ({ name, series: [{ labels: [], values: [value] }] }));
}
