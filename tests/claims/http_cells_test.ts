/** The HTTP API of boxes in cells: metrics come with the heartbeats, and queries of the caches over the cell's port. */
import assert from "node:assert/strict";
import { loadKatalog } from "../../src/katalog/mod.ts";
import { derivePlan } from "../../src/plan/mod.ts";
import { httpApi, katalogDocuments, ProcessState, startRuntime } from "../../src/runtime/mod.ts";
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
      operatorBox: {onReconcile: {configMaps: [{name: "{{ .metadata.name }}", data: {a: b}}]}}
`;

Deno.test("the HTTP API shows boxes in cells, their CRs and what their isolates use", async () => {
  await using cluster = createCluster();
  const served = await serveSandbox(cluster.sandbox, {});
  await cluster.define("Demo");
  await cluster.request("POST", demos, demoOf("one"));
  const { katalog, documents = [] } = loadKatalog(
    [{ path: "katalog.yaml", bytes: new TextEncoder().encode(katalogText) }],
    () => undefined,
  );
  assert.ok(katalog !== undefined);
  const plan = derivePlan(katalog);
  // From source the cell checks and compiles its code first.
  const host = cellsFor(served.url, { limits: { startMs: 120_000 } });
  const runtime = startRuntime({ plan, host, clock: realClock, report: () => {} });
  void runtime.lead().catch(() => {/* stopped before */});
  const state = new ProcessState();
  state.serve({
    plan,
    documents: katalogDocuments(katalog, documents),
    boxes: runtime.boxes,
    leadership: { isLeader: true, holder: undefined },
  });
  const handle = httpApi({
    state,
    clock: realClock,
    log: () => {},
    build: { version: "0", deno: "0" },
    usage: () => ({ cpuSeconds: 0, residentBytes: 0, heapBytes: 0 }),
  });
  const get = (path: string) => handle(new Request(`http://ork${path}`));
  try {
    await waitFor("the box is ready", async () => (await get("/ready")).status === 200, { timeoutMs: 120_000 });
    await waitFor("the CR is ready", async () => (await (await get("/katalog/demo/cr")).json()).items[0]?.ready);
    const { children } = await (await get("/katalog/demo/cr/default/one")).json();
    assert.deepEqual(children, { ConfigMap: [{ name: "one", namespace: "default", ready: true }] });
    const { events } = await (await get("/katalog/demo/cr/default/one/events")).json();
    assert.equal(events[0].reason, "Reconciled");
    const { passes } = await (await get("/katalog/demo/cr/default/one/passes")).json();
    assert.ok(passes.some(({ changes }: { changes: { action: string }[] }) => changes[0]?.action === "create"));
    const label = 'crd="demo.dev/v1, Kind=Demo"';
    await waitFor("the metrics have the pass", async () => {
      const text = await (await get("/metrics")).text();
      return [
        `controller_reconcile_total{${label},result="success"} [1-9]`,
        `controller_api_requests_total{${label},verb="PATCH",code="201"} 1`,
        `orkestra_cell_heap_bytes{${label}} [1-9]\\d{5}`,
        `orkestra_cell_restarts_total{${label}} 0`,
      ].every((line) => new RegExp(`^${line}`, "m").test(text));
    });
  } finally {
    await runtime.stop(1000);
    await served.stop();
  }
});
