import type { MetricSpec, MetricsSnapshot } from "./metric.ts";

/** The `content-type` of the text format. */
export const expositionType = "text/plain; version=0.0.4; charset=utf-8";

/** Metrics of one part of the process, and the labels that all of its series get. */
export interface ExposedPart {
  readonly labels: Readonly<Record<string, string>>;
  readonly metrics: MetricsSnapshot;
}

/** One value, as it is scraped: a histogram has several. */
export interface Sample {
  readonly name: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly value: number;
}

/**
 * Prints metrics in Prometheus' text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats):
 * metric by metric in the order of `specs`, each with HELP and TYPE, the series of all parts together. Metrics without
 * series, and those that have no spec, are left out.
 */
export function exposition(specs: readonly MetricSpec[], parts: readonly ExposedPart[]): string {
  const lines: string[] = [];
  for (const spec of specs) {
    const all = samplesOf(spec, parts);
    if (all.length === 0) continue;
    lines.push(`# HELP ${spec.name} ${escapeHelp(spec.help)}`, `# TYPE ${spec.name} ${spec.type}`);
    for (const { name, labels, value } of all) {
      const pairs = labels.map(([label, text]) => `${label}="${escapeLabel(text)}"`);
      lines.push(`${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${printNumber(value)}`);
    }
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

/** The samples of a metric, of all parts. */
export function samplesOf(spec: MetricSpec, parts: readonly ExposedPart[]): Sample[] {
  return parts.flatMap(({ labels: shared, metrics }) =>
    metrics.filter(({ name }) => name === spec.name).flatMap(({ series }) =>
      series.flatMap(({ labels, values }) => {
        const own = spec.labels.map((name, index) => [name, labels[index] ?? ""] as const);
        return samplesOfSeries(spec, [...Object.entries(shared), ...own], values);
      })
    )
  );
}

function samplesOfSeries(
  { name, type, buckets = [] }: MetricSpec,
  labels: Sample["labels"],
  values: readonly number[],
): Sample[] {
  if (type !== "histogram") return [{ name, labels, value: values[0] ?? 0 }];
  let count = 0;
  const counts = [...buckets, Infinity].map((bound, index): Sample => {
    count += values[index] ?? 0;
    return { name: `${name}_bucket`, labels: [...labels, ["le", printNumber(bound)]], value: count };
  });
  const sum = values[buckets.length + 1] ?? 0;
  return [...counts, { name: `${name}_sum`, labels, value: sum }, { name: `${name}_count`, labels, value: count }];
}

/** A number as Prometheus prints it. */
export function printNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value);
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
