import assert from "node:assert/strict";
import { promqlNames } from "./promql.ts";

Deno.test("promqlNames() finds metrics and labels, and nothing that is neither", () => {
  assert.deepEqual(
    promqlNames(
      'histogram_quantile(0.99, sum by (crd, le) (rate(a_bucket{job=~"$job", code!~"x y"}[$__rate_interval]))) > 1e3 ' +
        "and on (job) (sum(b) or absent(c) - 1 < bool vector(0)) / (d > 0)",
    ),
    { metrics: ["a_bucket", "b", "c", "d"], labels: ["crd", "le", "job", "code"] },
  );
  assert.throws(() => promqlNames("sum(a) ; b"), SyntaxError);
});
