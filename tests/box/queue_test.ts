import assert from "node:assert/strict";
import type { KubeObject } from "../../src/k8s/object.ts";
import { waitFor } from "../support/wait_for.ts";
import { conditionOf, createCluster, demoOf, demos, start } from "./operator.ts";

const core = "/api/v1/namespaces/default/configmaps";

Deno.test("queue.behaviour: what is dropped from a long queue is reconciled when it has room", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  for (let i = 0; i < 20; i++) {
    await cluster.request("POST", demos, demoOf(`n${i}`, { tier: i < 10 ? "gold" : "bronze" }));
  }
  const opened = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const order: string[] = [];
  await using operator = await start(cluster, [{
    key: "demo",
    box: 'onReconcile: { configMaps: [{ name: "{{ .metadata.name }}", data: { a: b } }] }',
    reconciler: `workers: 1
resync: 1h
queue:
  maxDepth: 8
  behaviour:
    onThreshold: { value: 25, when: [{ field: spec.tier, equals: bronze }] }
    onLimit: { drop: true }`,
  }], {
    between: async (request, forward) => {
      const { pathname } = new URL(request.url);
      if (request.method !== "PATCH" || !pathname.startsWith(core)) return await forward();
      order.push(pathname.slice(core.length + 1));
      reached.resolve();
      await opened.promise;
      return await forward();
    },
  });
  await reached.promise;
  const health = () => operator.runtime.health().get("demo")!;
  // One is being reconciled, eight wait, the other eleven are deferred.
  assert.deepEqual([health().queueDepth, health().queueDeferred], [9, 11]);
  const notes = () => operator.messages.flatMap((message) => message.type === "note" ? [message.message] : []);
  assert.deepEqual(notes().length, 1);
  assert.match(notes()[0]!, /^the queue is long: \d keys? waiting for a worker; 1 key deferred until it has room/);
  opened.resolve();
  for (let i = 0; i < 20; i++) await cluster.until(`${core}/n${i}`, () => true);
  const tierOf = (name: string) => Number(name.slice(1)) < 10 ? "gold" : "bronze";
  assert.deepEqual(order.slice(-10).map(tierOf), Array(10).fill("bronze"));
  await waitFor("nothing is deferred", () => health().queueDeferred === 0);
});

Deno.test("a process that starts reconciles first what the one before has not finished", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  const entry = {
    key: "demo",
    box: 'onReconcile: { configMaps: [{ name: "{{ .metadata.name }}", data: { a: b } }] }',
    reconciler: "workers: 1\nresync: 1h",
  };
  const before = await start(cluster, [entry]);
  for (let i = 0; i < 20; i++) await cluster.request("POST", demos, demoOf(`n${i}`));
  const isReady = (cr: KubeObject) => conditionOf(cr, "Ready")?.status === "True";
  for (let i = 0; i < 20; i++) await cluster.until(`${demos}/n${i}`, isReady);
  await before.stop();
  await cluster.request("POST", demos, demoOf("z-late"));
  await using operator = await start(cluster, [entry]);
  const passes = () => operator.messages.flatMap((message) => message.type === "pass" ? [message.key] : []);
  await waitFor("all were looked at", () => new Set(passes()).size === 21);
  assert.equal(passes()[0], "default/z-late");
});

Deno.test("a standby that takes over reconciles first what the leader before has not finished", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  const entry = {
    key: "demo",
    box: 'onReconcile: { configMaps: [{ name: "{{ .metadata.name }}", data: { a: b } }] }',
    reconciler: "workers: 1\nresync: 1h",
  };
  await using standby = await start(cluster, [entry]);
  await standby.runtime.rest(1000);
  const leader = await start(cluster, [entry]);
  for (let i = 0; i < 20; i++) await cluster.request("POST", demos, demoOf(`n${i}`));
  const isReady = (cr: KubeObject) => conditionOf(cr, "Ready")?.status === "True";
  for (let i = 0; i < 20; i++) await cluster.until(`${demos}/n${i}`, isReady);
  await leader.stop();
  await cluster.request("POST", demos, demoOf("late"));
  const depth = () => standby.runtime.health().get("demo")!.queueDepth;
  await waitFor("the standby has seen all of them", () => depth() === 21);
  const seen = standby.messages.length;
  await standby.runtime.lead();
  await cluster.until(`${demos}/late`, isReady);
  const passes = standby.messages.slice(seen).flatMap((message) => message.type === "pass" ? [message.key] : []);
  assert.equal(passes[0], "default/late");
});
