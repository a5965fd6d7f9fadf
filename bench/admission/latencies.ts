/** The value below which a share `q` of the samples is (nearest rank); NaN where there are none. Sorts `samples`. */
export function quantile(samples: number[] | Float64Array, q: number): number {
  if (samples.length === 0) return NaN;
  samples.sort((a, b) => a - b);
  return samples[Math.max(0, Math.ceil(q * samples.length) - 1)]!;
}

/** One histogram of Prometheus' text format, all of its series together. */
export interface Histogram {
  readonly count: number;
  /** In seconds. */
  readonly sum: number;
  /** Upper bound in seconds → observations up to it. */
  readonly buckets: ReadonlyMap<number, number>;
}

/** Reads the histogram `name` of the series that have `label`, such as `webhook="validate"`. */
export function readHistogram(exposition: string, name: string, label: string): Histogram {
  const buckets = new Map<number, number>();
  let count = 0;
  let sum = 0;
  for (const line of exposition.split("\n")) {
    const [, suffix, labels, value] = /^([^\s{]+)\{(.*)\} (\S+)$/.exec(line) ?? [];
    if (suffix === undefined || !labels!.split(",").includes(label)) continue;
    if (suffix === `${name}_count`) count += Number(value);
    if (suffix === `${name}_sum`) sum += Number(value);
    const bound = suffix === `${name}_bucket` ? /(?:^|,)le="([^"]+)"/.exec(labels!)?.[1] : undefined;
    if (bound === undefined) continue;
    const upper = bound === "+Inf" ? Infinity : Number(bound);
    buckets.set(upper, (buckets.get(upper) ?? 0) + Number(value));
  }
  return { count, sum, buckets };
}

/** What was observed between two readings. */
export function between(before: Histogram, after: Histogram): Histogram {
  return {
    count: after.count - before.count,
    sum: after.sum - before.sum,
    buckets: new Map([...after.buckets].map(([bound, value]) => [bound, value - (before.buckets.get(bound) ?? 0)])),
  };
}

/** The bound of the bucket in which quantile `q` is, in seconds: no more is known of it. NaN where there are none. */
export function bucketOf({ count, buckets }: Histogram, q: number): number {
  if (count === 0) return NaN;
  const bounds = [...buckets.keys()].sort((a, b) => a - b);
  return bounds.find((bound) => buckets.get(bound)! >= q * count) ?? Infinity;
}
