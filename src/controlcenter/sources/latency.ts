import type { InstantVector } from "./documents.ts";

/** Cumulative counts of a histogram: how many observations were at most `le`, in ascending order. */
export type Buckets = readonly { readonly le: number; readonly count: number }[];

/** The buckets of each box, by `seriesKey`. */
export type BucketsByBox = ReadonlyMap<string, Buckets>;

/** What identifies the series of a box: its GVK, and its name where several boxes share that. */
export function seriesKey(gvk: string, box: string | undefined): string {
  return box === undefined ? gvk : `${gvk} ${box}`;
}

/** Reads the samples of a histogram's `_bucket`. */
export function bucketsOf({ data: { result } }: InstantVector): BucketsByBox {
  const byBox = new Map<string, { le: number; count: number }[]>();
  for (const { metric: { crd, box, le }, value: [, text] } of result) {
    const bound = le === "+Inf" ? Infinity : Number(le);
    const count = Number(text);
    if (crd === undefined || Number.isNaN(bound) || !Number.isFinite(count)) continue;
    const key = seriesKey(crd, box);
    const buckets = byBox.get(key) ?? [];
    buckets.push({ le: bound, count });
    byBox.set(key, buckets);
  }
  for (const buckets of byBox.values()) buckets.sort((a, b) => a.le - b.le);
  return byBox;
}

/** What was observed between two readings; all of `after` where the process was restarted meanwhile. */
export function bucketsBetween(before: Buckets | undefined, after: Buckets): Buckets {
  const counts = new Map(before?.map(({ le, count }) => [le, count]));
  const differences = after.map(({ le, count }) => ({ le, count: count - (counts.get(le) ?? 0) }));
  return differences.some(({ count }) => count < 0) ? after : differences;
}

/**
 * A quantile (0 to 1) as Prometheus' `histogram_quantile` estimates it, linear within a bucket; `undefined` without an
 * observation. What is beyond the last bound counts as that bound.
 */
export function quantile(buckets: Buckets, q: number): number | undefined {
  const total = buckets.at(-1)?.count ?? 0;
  if (total <= 0) return undefined;
  const rank = q * total;
  let [lower, below] = [0, 0];
  for (const { le, count } of buckets) {
    if (count >= rank) {
      if (!Number.isFinite(le)) return lower;
      return count === below ? le : lower + (le - lower) * (rank - below) / (count - below);
    }
    [lower, below] = [le, count];
  }
  return lower;
}
