/**
 * "Communication is always opt-in": a box of another Runtime is read over HTTP where both Katalogs say so, by the process
 * and not by its cells, which reach the API server alone.
 */
import assert from "node:assert/strict";
import { crossConnections } from "../../src/entry/cross_request.ts";
import type { Plan } from "../../src/plan/mod.ts";
import { httpApi, ProcessState, type Runtime, startCrossSources, startRuntime } from "../../src/runtime/mod.ts";
import { createSandbox, serveSandbox } from "../../src/sandbox/mod.ts";
import { serveHttp } from "../../src/serve/mod.ts";
import { sandboxRequest } from "../katalogs/sandbox_request.ts";
import { cellsFor } from "../support/cells.ts";
import { realClock } from "../support/clock.ts";
import { planOf } from "../support/plans.ts";
import { waitFor as waitForUpTo } from "../support/wait_for.ts";
import { demoCrd } from "./demo_kinds.ts";

/** The first cell of a run from source has its code checked and compiled: on a busy machine that takes its time. */
const waitFor: typeof waitForUpTo = (what, probe, options) =>
  waitForUpTo(what, probe, { timeoutMs: 120_000, ...options });

const queues = `queue:
  apiTypes: { group: demo.dev, version: v1, kind: Queue, plural: queues }
  crossAccess: true
`;
const consumers = (host: string) =>
  `consumer:
  apiTypes: { group: demo.dev, version: v1, kind: Consumer, plural: consumers }
  operatorBox:
    cross:
      - { crd: queue, as: q, selector: { name: "{{ .spec.queue }}" }, source: { host: "${host}", cacheFor: 1s } }
    onReconcile:
      configMaps:
        - { name: "{{ .metadata.name }}", data: { n: "{{ .cross.q.spec.n }}", found: "{{ .cross.q.found }}" } }
`;

function serve(plan: Plan, { boxes }: Runtime, port = 0) {
  const state = new ProcessState();
  const documents = { metadata: {}, raw: {}, enriched: {}, sources: {} };
  state.serve({ plan, boxes, documents, leadership: { isLeader: true, holder: "test" } });
  const handle = httpApi({
    ...{ state, clock: realClock, log: () => {}, build: { version: "0", deno: "0" } },
    usage: () => ({ cpuSeconds: 0, residentBytes: 0, heapBytes: 0 }),
  });
  return serveHttp(handle, { host: "127.0.0.1", port, clock: realClock });
}

Deno.test("cross: the cells of one Runtime get what a cell of another one publishes, over HTTP", async () => {
  const sandbox = createSandbox({ clock: realClock });
  const served = await serveSandbox(sandbox, {});
  const request = sandboxRequest(sandbox);
  const apply = async (kind: string, name: string, spec: unknown) => {
    const path = `/apis/demo.dev/v1/namespaces/default/${kind.toLowerCase()}s/${name}?fieldManager=user`;
    const object = { apiVersion: "demo.dev/v1", kind, metadata: { name }, spec };
    await request("PATCH", path, object, "application/apply-patch+yaml");
  };
  const dataIs = (n: string, found: string) =>
    waitFor(`the consumer has seen n = "${n}"`, async () => {
      const { data } = await request("GET", "/api/v1/namespaces/default/configmaps/one");
      return (data?.n ?? "") === n && data?.found === found;
    });
  for (const kind of ["Queue", "Consumer"]) {
    await request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", demoCrd(kind));
  }
  await apply("Queue", "main", { n: 1 });
  await apply("Consumer", "one", { queue: "main" });
  const common = { clock: realClock, report: () => {} };
  const plan = planOf(queues);
  const source = startRuntime({ ...common, plan, host: cellsFor(served.url, {}) });
  await source.lead();
  let server = serve(plan, source);
  const { port } = server;
  const readers = planOf(consumers(`http://127.0.0.1:${port}`));
  const cluster = { server: served.url, auth: { kind: "none" }, source: "test" } as const;
  const lines: string[] = [];
  const crossSources = startCrossSources(
    readers.boxes,
    crossConnections({ binary: "test", cluster, clock: realClock, log: (_level, message) => void lines.push(message) }),
  );
  const reader = startRuntime({ ...common, plan: readers, host: cellsFor(served.url, {}), crossSources });
  try {
    await reader.lead();
    await dataIs("1", "true");
    await apply("Queue", "main", { n: 2 });
    await dataIs("2", "true");
    await server.stop(0);
    const stateOf = () => reader.health().get("consumer")!.crossSources![0]!.state;
    await waitFor("it is away", () => stateOf() === "stale");
    await apply("Queue", "main", { n: 3 });
    await dataIs("2", "true");
    server = serve(plan, source, port);
    await dataIs("3", "true");
    assert.equal(stateOf(), "current");
    assert.equal(lines.filter((line) => line.includes("can be read again")).length, 1, lines.join("\n"));
  } finally {
    await reader.stop(1000);
    await crossSources.stop();
    await server.stop(0);
    await source.stop(1000);
    await served.stop();
    await sandbox.stop();
  }
});
