import assert from "node:assert/strict";
import { between, bucketOf, quantile, readHistogram } from "./latencies.ts";

Deno.test("quantile() is the nearest rank", () => {
  assert.equal(quantile([5, 1, 4, 2, 3], 0.5), 3);
  assert.equal(quantile(Array.from({ length: 100 }, (_, i) => 100 - i), 0.99), 99);
  assert.equal(quantile([7], 0.99), 7);
  assert.ok(Number.isNaN(quantile([], 0.5)));
});

const text = (fast: number, slow: number) =>
  `# TYPE d_seconds histogram
d_seconds_bucket{webhook="validate",le="0.001"} ${fast}
d_seconds_bucket{webhook="validate",le="0.01"} ${fast + slow}
d_seconds_bucket{webhook="validate",le="+Inf"} ${fast + slow}
d_seconds_sum{webhook="validate"} ${fast * 0.0005 + slow * 0.005}
d_seconds_count{webhook="validate"} ${fast + slow}
d_seconds_bucket{webhook="mutate",le="0.001"} 1000
d_seconds_count{webhook="mutate"} 1000
d_seconds_count_total 5
`;

Deno.test("readHistogram() and between() see the series with the label alone", () => {
  const read = (fast: number, slow: number) => readHistogram(text(fast, slow), "d_seconds", 'webhook="validate"');
  const seen = between(read(10, 0), read(100, 10));
  assert.equal(seen.count, 100);
  assert.ok(Math.abs(seen.sum - (90 * 0.0005 + 10 * 0.005)) < 1e-9);
  assert.equal(bucketOf(seen, 0.5), 0.001);
  assert.equal(bucketOf(seen, 0.99), 0.01);
  assert.ok(Number.isNaN(bucketOf(between(read(1, 1), read(1, 1)), 0.99)));
});
