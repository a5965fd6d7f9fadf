import assert from "node:assert/strict";
import { instantVector } from "./documents.ts";
import { type Buckets, bucketsBetween, bucketsOf, quantile, seriesKey } from "./latency.ts";

const buckets = (...pairs: [le: number, count: number][]): Buckets => pairs.map(([le, count]) => ({ le, count }));

Deno.test("quantile() estimates as histogram_quantile of Prometheus does", () => {
  // promtool: histogram_quantile over {0.1: 10, 0.5: 30, 1: 40, +Inf: 40}
  const some = buckets([0.1, 10], [0.5, 30], [1, 40], [Infinity, 40]);
  assert.equal(quantile(some, 0.25), 0.1);
  assert.equal(quantile(some, 0.5), 0.1 + 0.4 * 10 / 20);
  assert.equal(quantile(some, 0.95), 0.5 + 0.5 * 8 / 10);
  assert.equal(quantile(buckets([0.1, 0], [1, 0], [Infinity, 4]), 0.95), 1, "beyond the last bound");
  assert.equal(quantile(buckets([0.1, 0], [Infinity, 0]), 0.95), undefined);
  assert.equal(quantile([], 0.95), undefined);
});

Deno.test("bucketsBetween() has what was observed between, and begins again after a restart", () => {
  const before = buckets([0.1, 10], [Infinity, 12]);
  assert.deepEqual(bucketsBetween(before, buckets([0.1, 11], [Infinity, 15])), buckets([0.1, 1], [Infinity, 3]));
  assert.deepEqual(bucketsBetween(before, buckets([0.1, 1], [Infinity, 1])), buckets([0.1, 1], [Infinity, 1]));
  assert.deepEqual(bucketsBetween(undefined, before), before);
});

Deno.test("bucketsOf() sorts samples by box and bound, and leaves out what is none", () => {
  const sample = (metric: Record<string, string>, value: string) => ({ metric, value: [1, value] });
  const vector = instantVector.parse({
    status: "success",
    data: {
      result: [
        sample({ crd: "g/v1, Kind=A", le: "+Inf" }, "3"),
        sample({ crd: "g/v1, Kind=A", le: "0.5" }, "2"),
        sample({ crd: "g/v1, Kind=B", box: "b1", le: "0.5" }, "1"),
        sample({ crd: "g/v1, Kind=B", box: "b1", le: "x" }, "1"),
        sample({ crd: "g/v1, Kind=B", box: "b1", le: "1" }, "NaN"),
        sample({ le: "1" }, "1"),
      ],
    },
  });
  assert.deepEqual([...bucketsOf(vector)], [
    ["g/v1, Kind=A", buckets([0.5, 2], [Infinity, 3])],
    [seriesKey("g/v1, Kind=B", "b1"), buckets([0.5, 1])],
  ]);
});
