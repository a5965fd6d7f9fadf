/** A metric as Prometheus' text format describes it (version 0.0.4). */
export interface MetricSpec {
  /** In base units: `_seconds`, `_bytes`; counters end in `_total`. */
  readonly name: string;
  /** `untyped`: a gauge whose name would say otherwise. */
  readonly type: "counter" | "gauge" | "histogram" | "untyped";
  /** What it means, for people. */
  readonly help: string;
  /** Names of its labels; each series has a value for each. */
  readonly labels: readonly string[];
  /** Of a histogram: upper bounds, ascending, without `+Inf`. */
  readonly buckets?: readonly number[];
}

/**
 * One series at a point in time: a plain record, so that it can cross a thread. `values` is the one value; of a
 * histogram the number of observations in each bucket (not cumulative, `+Inf` last), then their sum.
 */
export interface SeriesSnapshot {
  /** Values of the labels, in the order of the spec. */
  readonly labels: readonly string[];
  readonly values: readonly number[];
}

/** The series of one metric. */
export interface FamilySnapshot {
  readonly name: string;
  readonly series: readonly SeriesSnapshot[];
}

/** Everything that a registry holds. */
export type MetricsSnapshot = readonly FamilySnapshot[];

/** Durations of calls, 5 ms to 10 s: the default buckets of Prometheus' clients. */
export const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** Durations from 1 ms to a minute: passes without a change take less than the first, those that wait are in the last. */
export const wideSecondsBuckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;
