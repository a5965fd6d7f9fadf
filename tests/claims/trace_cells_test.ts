/** Traces of boxes in cells: a cell has no connection but that to the API server, so its spans go through the process. */
import assert from "node:assert/strict";
import type { SpanRecord } from "../../src/observe/trace/mod.ts";
import { startRuntime } from "../../src/runtime/mod.ts";
import { serveSandbox } from "../../src/sandbox/mod.ts";
import { createCluster, demoOf, demos } from "../box/operator.ts";
import { cellsFor } from "../support/cells.ts";
import { realClock } from "../support/clock.ts";
import { planOf } from "../support/plans.ts";
import { waitFor } from "../support/wait_for.ts";

const crds = `demo:
  apiTypes: {group: demo.dev, version: v1, kind: Demo, plural: demos}
  operatorBox: {onReconcile: {configMaps: [{name: "{{ .metadata.name }}", data: {a: b}}]}}
`;

Deno.test("the spans of a pass in a cell arrive in the process, which alone exports them", async () => {
  await using cluster = createCluster();
  const served = await serveSandbox(cluster.sandbox, {});
  await cluster.define("Demo");
  await cluster.request("POST", demos, demoOf("one"));
  const spans: SpanRecord[] = [];
  // From source the cell checks and compiles its code first.
  const host = cellsFor(served.url, {
    limits: { startMs: 120_000 },
    traces: { sampling: { ratio: 1, parentBased: true }, add: (more) => void spans.push(...more) },
  });
  const runtime = startRuntime({ plan: planOf(crds), host, clock: realClock, report: () => {} });
  void runtime.lead().catch(() => {/* stopped before */});
  try {
    const root = await waitFor(
      "the pass that wrote is there",
      () => spans.find(({ name, attributes }) => name === "reconcile Demo" && attributes["ork.changes"] === 2),
      { timeoutMs: 120_000 },
    );
    const calls = spans.filter(({ parentSpanId }) => parentSpanId === root.spanId).map(({ name }) => name);
    assert.deepEqual(calls.sort(), ["apply ConfigMap", "patch Demo"]);
    assert.equal(root.attributes["ork.key"], "default/one");
  } finally {
    await runtime.stop(1_000);
    await host.close();
    await served.stop();
  }
});
