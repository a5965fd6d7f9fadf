import type { MetricSpec, MetricsSnapshot, SeriesSnapshot } from "./metric.ts";

/** The `content-type` of the text format. */
export const expositionType = "text/plain; version=0.0.4; charset=utf-8";

/** Metrics of one part of the process, and the labels that all of its series get. */
export interface ExposedPart {
  readonly labels: Readonly<Record<string, string>>;
  readonly metrics: MetricsSnapshot;
}

/**
 * Prints metrics in Prometheus' text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats):
 * metric by metric in the order of `specs`, each with HELP and TYPE, the series of all parts together. Metrics without
 * series, and those that have no spec, are left out.
 */
export function exposition(specs: readonly MetricSpec[], parts: readonly ExposedPart[]): string {
  const lines: string[] = [];
  for (const spec of specs) {
    const series = parts.flatMap(({ labels, metrics }) =>
      metrics.filter(({ name }) => name === spec.name).flatMap((family) =>
        family.series.map((one) => ({ pairs: labelPairs(labels, spec, one), values: one.values }))
      )
    );
    if (series.length === 0) continue;
    lines.push(`# HELP ${spec.name} ${escapeHelp(spec.help)}`, `# TYPE ${spec.name} ${spec.type}`);
    for (const { pairs, values } of series) printSeries(spec, pairs, values, lines);
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function labelPairs(shared: Readonly<Record<string, string>>, spec: MetricSpec, { labels }: SeriesSnapshot): string[] {
  return [
    ...Object.entries(shared).map(([name, value]) => `${name}="${escapeLabel(value)}"`),
    ...spec.labels.map((name, index) => `${name}="${escapeLabel(labels[index] ?? "")}"`),
  ];
}

function printSeries(
  { name, type, buckets = [] }: MetricSpec,
  pairs: readonly string[],
  values: readonly number[],
  lines: string[],
): void {
  const named = (suffix: string, own: readonly string[]): string =>
    own.length === 0 ? `${name}${suffix}` : `${name}${suffix}{${own.join(",")}}`;
  if (type !== "histogram") {
    lines.push(`${named("", pairs)} ${printNumber(values[0] ?? 0)}`);
    return;
  }
  let count = 0;
  [...buckets, Infinity].forEach((bound, index) => {
    count += values[index] ?? 0;
    lines.push(`${named("_bucket", [...pairs, `le="${printNumber(bound)}"`])} ${printNumber(count)}`);
  });
  lines.push(`${named("_sum", pairs)} ${printNumber(values[buckets.length + 1] ?? 0)}`);
  lines.push(`${named("_count", pairs)} ${printNumber(count)}`);
}

function printNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value);
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
