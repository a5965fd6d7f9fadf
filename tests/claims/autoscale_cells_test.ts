/** Autoscale in cells: the number of workers changes in the isolate that runs, and workloads are scaled from there. */
import assert from "node:assert/strict";
import type { BoxMessage } from "../../src/box/mod.ts";
import { loadKatalog } from "../../src/katalog/mod.ts";
import { derivePlan } from "../../src/plan/mod.ts";
import { startRuntime } from "../../src/runtime/mod.ts";
import { serveSandbox } from "../../src/sandbox/mod.ts";
import { createCluster, demoOf, demos } from "../box/operator.ts";
import { cellsFor } from "../support/cells.ts";
import { realClock } from "../support/clock.ts";
import { waitFor } from "../support/wait_for.ts";

const katalogText = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: {name: test}
spec:
  crds:
    demo:
      apiTypes: {group: demo.dev, version: v1, kind: Demo, plural: demos}
      operatorBox:
        reconciler: {workers: 2}
        autoscale:
          interval: 1s
          conditions: {when: [{field: metrics.workersIdlePercent, greaterThan: "10"}]}
          do: {workers: 7}
        onReconcile:
          deployments:
            - name: "{{ .metadata.name }}"
              image: x
              autoscale: {max: 3, cooldown: 1s, scaleUp: {conditions: {when: [{field: spec.load, greaterThan: "80"}]}}}
`;

Deno.test("workers of a cell change while it runs, and it scales a workload", async () => {
  await using cluster = createCluster({ simulateWorkloads: true });
  const served = await serveSandbox(cluster.sandbox, {});
  await cluster.define("Demo");
  await cluster.request("POST", demos, demoOf("one", { load: 90 }));
  const { katalog } = loadKatalog(
    [{ path: "katalog.yaml", bytes: new TextEncoder().encode(katalogText) }],
    () => undefined,
  );
  const plan = derivePlan(katalog!);
  const messages: BoxMessage[] = [];
  // From source the cell checks and compiles its code first.
  const host = cellsFor(served.url, { limits: { startMs: 120_000 } });
  const runtime = startRuntime({ plan, host, clock: realClock, report: (message) => void messages.push(message) });
  void runtime.lead().catch(() => {/* stopped before */});
  try {
    const health = () => runtime.health().get("demo")!;
    await waitFor("the workers are more", () => health().workers.running === 7, { timeoutMs: 120_000 });
    await waitFor("the health says so", () => health().autoscale?.active === true, { timeoutMs: 10_000 });
    await cluster.until(
      "/apis/apps/v1/namespaces/default/deployments/one",
      (deployment) => deployment["spec"].replicas === 3,
    );
    assert.deepEqual(messages.filter(({ type }) => type === "cell"), [], "the cell was not restarted");
  } finally {
    await runtime.stop(1000);
    await served.stop();
  }
});
