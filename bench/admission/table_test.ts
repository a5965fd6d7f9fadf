import assert from "node:assert/strict";
import type { Measured } from "./measure.ts";
import { problems, type Row, table } from "./table.ts";

const measured: Measured = {
  perSecond: 500,
  p50Ms: 10,
  p99Ms: 30,
  wrong: 0,
  errors: 0,
  reconnects: 0,
  clientCores: 0.1,
};
const webhook = { reviews: 10_000, cpuMs: 2_000, peakMb: 150, meanMs: 1.5, p99Ms: 10 };
const rows: Row[] = [
  { contestant: "bare", parallel: 50, measured },
  { contestant: "ork", parallel: 50, measured: { ...measured, p50Ms: 12, p99Ms: 28, webhook } },
  {
    contestant: "ork",
    parallel: 500,
    measured: { ...measured, wrong: 2, errors: 3, error: "HTTP 500", clientCores: 0.9 },
  },
];

Deno.test("table() has what a contestant adds to the API server alone, under the same load", () => {
  const lines = table(rows).slice(2).map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
  assert.deepEqual(lines[0]!.slice(0, 7), ["50", "bare", "500", "10.0", "30.0", "", ""]);
  assert.deepEqual(lines[1], [
    ...["50", "ork", "500", "12.0", "28.0", "+2.0", "-2.0", "200", "5000", "1.50", "10", "150", "0.10"],
  ]);
  assert.deepEqual(lines[2]!.slice(5, 12), ["", "", "", "", "", "", ""]);
});

Deno.test("problems() says what makes a row less than it seems", () => {
  assert.deepEqual(problems(rows[0]!), []);
  assert.deepEqual(problems(rows[2]!), [
    "ork, 500 clients: 2 verdicts are not those of the rules",
    "ork, 500 clients: 3 requests got no verdict, and are not counted; the first: HTTP 500",
    "ork, 500 clients: the clients used 0.90 cores: give more --processes",
  ]);
});
