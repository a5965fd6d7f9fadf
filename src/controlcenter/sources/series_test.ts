import assert from "node:assert/strict";
import { crdOf } from "../../../tests/support/katalog_response.ts";
import { type Crd, runtimeKatalog } from "./documents.ts";
import { BoxSeries, joined, maxPoints } from "./series.ts";

function crd(more: Record<string, unknown>): Crd {
  const katalog = { name: "k", runtimeVersion: "1", isKonductor: true, status: "healthy", crds: [crdOf("web", more)] };
  return runtimeKatalog.parse(katalog).crds[0]!;
}

Deno.test("BoxSeries has rates of the passes between two readings, and none across a restart", () => {
  const series = new BoxSeries();
  series.add(0, crd({ totalReconciles: 10, failedReconciles: 1, queueDepth: 4 }), undefined);
  series.add(2_000, crd({ totalReconciles: 20, failedReconciles: 6 }), undefined);
  series.add(4_000, crd({ totalReconciles: 20, failedReconciles: 6 }), undefined);
  series.add(6_000, crd({ totalReconciles: 1, failedReconciles: 0 }), undefined);
  series.interrupt();
  series.add(8_000, crd({ totalReconciles: 9, failedReconciles: 0 }), undefined);
  assert.deepEqual(series.points, [
    { atMs: 0, queueDepth: 4 },
    { atMs: 2_000, queueDepth: 0, rate: 5, errorShare: 0.5 },
    { atMs: 4_000, queueDepth: 0, rate: 0 },
    { atMs: 6_000, queueDepth: 0 },
    { atMs: 8_000, queueDepth: 0 },
  ]);
});

Deno.test("BoxSeries has the 95th percentile of the last minute, and a bounded number of points", () => {
  const series = new BoxSeries();
  const slow = [{ le: 0.1, count: 0 }, { le: 1, count: 100 }, { le: Infinity, count: 100 }];
  series.add(0, crd({}), slow);
  assert.ok(Math.abs(series.points[0]!.p95Ms! - 955) < 1, "of everything before");
  const fast = slow.map(({ le, count }) => ({ le, count: count + 10 }));
  series.add(1_000, crd({}), fast);
  assert.ok(Math.abs(series.points[1]!.p95Ms! - 95) < 1, "of what came since");
  series.add(30_000, crd({}), fast);
  assert.ok(Math.abs(series.points[2]!.p95Ms! - 95) < 1, "still within a minute");
  series.add(90_000, crd({}), fast);
  series.add(151_000, crd({}), fast);
  assert.equal(series.points[4]!.p95Ms, undefined, "no pass for a minute");
  for (let n = 0; n < 2 * maxPoints; n++) series.add(200_000 + n, crd({}), fast);
  assert.equal(series.points.length, maxPoints);
});

Deno.test("joined() makes one history of those of several processes", () => {
  const a = [{ atMs: 1, queueDepth: 1 }, { atMs: 3, queueDepth: 3 }];
  const b = [{ atMs: 2, queueDepth: 2 }];
  assert.deepEqual(joined([a, b]).map(({ atMs }) => atMs), [1, 2, 3]);
  assert.equal(joined([a]), a);
  assert.deepEqual(joined([]), []);
});
