import type { MetricSpec } from "../../src/observe/metrics/metric.ts";

/** Units that have a base unit, and their abbreviations, as promlint knows them. */
const units: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      ["seconds", ["milliseconds", "microseconds", "nanoseconds", "minutes", "hours", "days", "weeks"]],
      ["bytes", ["kilobytes", "megabytes", "gigabytes", "kibibytes", "mebibytes", "gibibytes", "bits"]],
      ["meters", ["kilometers", "millimeters"]],
      ["ratio", ["percent"]],
    ].flatMap(([base, others]) => (others as string[]).map((unit) => [unit, base as string])),
  ),
};
const abbreviations = ["s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d"];
const types = ["gauge", "counter", "summary", "histogram"];

/**
 * What `promtool check metrics` says of a metric: the rules of
 * github.com/prometheus/client_golang/prometheus/testutil/promlint. Empty: nothing.
 */
export function lintMetric({ name, type, help, labels }: MetricSpec): string[] {
  const problems: string[] = [];
  const segments = name.split("_");
  if (help.trim() === "") problems.push("no help text");
  for (const segment of segments) {
    const base = Object.hasOwn(units, segment) ? units[segment] : undefined;
    if (base !== undefined) problems.push(`use base unit "${base}" instead of "${segment}"`);
  }
  if (type === "counter" && !name.endsWith("_total")) problems.push('counter metrics should have "_total" suffix');
  if (type !== "counter" && type !== "untyped" && name.endsWith("_total")) {
    problems.push('non-counter metrics should not have "_total" suffix');
  }
  if (type !== "histogram" && type !== "untyped") {
    for (const suffix of ["_bucket", "_count", "_sum"]) {
      if (name.endsWith(suffix)) problems.push(`non-histogram metrics should not have "${suffix}" suffix`);
    }
    if (labels.includes("le")) problems.push('non-histogram metrics should not have "le" label');
  }
  if (type !== "untyped" && segments.includes(type)) problems.push(`metric name should not include type '${type}'`);
  if (labels.includes("quantile")) problems.push('non-summary metrics should not have "quantile" label');
  if (name.includes(":")) problems.push("metric names should not contain ':'");
  for (const word of [name, ...labels]) {
    if (/[a-z][A-Z]/.test(word)) problems.push(`"${word}" should be written in 'snake_case' not 'camelCase'`);
  }
  for (const abbreviation of abbreviations) {
    if (segments.includes(abbreviation)) problems.push("metric names should not contain abbreviated units");
  }
  if (types.some((word) => word !== type && type !== "untyped" && segments.at(-1) === word)) {
    problems.push("metric names should not end with a type");
  }
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) problems.push("the name is not valid");
  if (labels.some((label) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) || label.startsWith("__"))) {
    problems.push("a label is not valid");
  }
  return problems;
}
