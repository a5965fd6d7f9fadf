import assert from "node:assert/strict";
import { waitFor } from "../support/wait_for.ts";
import { changesOf, conditionOf, createCluster, demoOf, demos, operatorFor, start, untilIdle } from "./operator.ts";

const path = "/apis/apps/v1/namespaces/default/deployments/one";
const lastScale = "orkestra.orkspace.io/last-scale-event";

const box = (autoscale: string) => `
onReconcile:
  deployments:
    - name: "{{ .metadata.name }}"
      image: "{{ .spec.image | default \\"x\\" }}"
      autoscale:
        ${autoscale}
        scaleUp: { conditions: { when: [{ field: spec.load, greaterThan: "80" }] } }
        scaleDown: { conditions: { when: [{ field: spec.load, lessThan: "20" }] }, target: 1 }`;

Deno.test("a workload is scaled step by step, and at rest nothing is called", async () => {
  await using operator = await operatorFor({ box: box("min: 2\n        max: 4\n        cooldown: 1s") });
  await operator.demo("one", { load: 90 });
  await operator.until(path, (deployment) => deployment["spec"].replicas === 4);
  await operator.until(`${demos}/one`, (cr) => conditionOf(cr, "Ready")?.status === "True");
  assert.deepEqual(changesOf(operator.messages).filter((text) => /Deployment/.test(text)), [
    "created Deployment one",
    "scaled Deployment one from 2 to 3 (autoscale.scaleUp)",
    "scaled Deployment one from 3 to 4 (autoscale.scaleUp)",
  ]);
  await operator.idle(3);
  operator.calls();
  await operator.idle(3);
  assert.deepEqual(operator.calls(), []);
  // Somebody scales, within the bounds: the next step continues from there.
  await operator.demo("one", { load: 50 });
  await operator.until(`${demos}/one`, (cr) => cr["status"].observedGeneration === cr.metadata.generation);
  await operator.request("PATCH", `${path}/scale`, { spec: { replicas: 3 } }, "application/merge-patch+json");
  await operator.demo("one", { load: 50, image: "y" });
  const other = await operator.until(
    path,
    (deployment) => deployment["spec"].template.spec.containers[0].image === "y",
  );
  assert.equal(other["spec"].replicas, 3);
  assert.ok(other.metadata.annotations?.[lastScale] !== undefined);
  await operator.demo("one", { load: 10, image: "y" });
  await operator.until(path, (deployment) => deployment["spec"].replicas === 2);
  // Beyond the bounds it is brought back.
  await operator.request("PATCH", `${path}/scale`, { spec: { replicas: 9 } }, "application/merge-patch+json");
  await operator.until(path, (deployment) => deployment["spec"].replicas === 4);
  // 0 is to switch it off.
  await operator.request("PATCH", `${path}/scale`, { spec: { replicas: 0 } }, "application/merge-patch+json");
  await operator.demo("one", { load: 90, image: "y" });
  await operator.idle(4);
  assert.equal((await operator.get(path))!["spec"].replicas, 0);
});

Deno.test("a restart neither repeats a step nor forgets when the last one was", async () => {
  await using cluster = createCluster({ simulateWorkloads: true });
  await cluster.define("Demo");
  const entry = { key: "demo", box: box("max: 9\n        cooldown: 1h"), reconciler: "resync: 200ms" };
  await cluster.request("POST", demos, demoOf("one", { load: 90 }));
  {
    await using first = await start(cluster, [entry]);
    await cluster.until(path, (deployment) => deployment["spec"].replicas === 2);
    await untilIdle(first.messages, 3);
  }
  const before = (await cluster.get(path))!;
  {
    await using second = await start(cluster, [entry]);
    await untilIdle(second.messages, 4);
    assert.deepEqual(changesOf(second.messages), []);
  }
  const after = (await cluster.get(path))!;
  assert.deepEqual([after.metadata.resourceVersion, after["spec"].replicas], [before.metadata.resourceVersion, 2]);
  // Long ago, as far as anybody can tell: the next one is due.
  await using third = await start(cluster, [entry]);
  await cluster.request(
    "PATCH",
    path,
    { metadata: { annotations: { [lastScale]: "2026-01-01T00:00:00Z" } } },
    "application/merge-patch+json",
  );
  await cluster.until(path, (deployment) => deployment["spec"].replicas === 3);
  await untilIdle(third.messages, 3);
  assert.equal((await cluster.get(path))!["spec"].replicas, 3);
});

Deno.test("without autoscale in the entry the number of Pods stays what it was made", async () => {
  await using cluster = createCluster({ simulateWorkloads: true });
  await cluster.define("Demo");
  await cluster.request("POST", demos, demoOf("one", { load: 90 }));
  {
    await using _first = await start(cluster, [{ key: "demo", box: box("max: 3\n        cooldown: 1s") }]);
    await cluster.until(path, (deployment) => deployment["spec"].replicas === 3);
  }
  const without = 'onReconcile: { deployments: [{ name: "{{ .metadata.name }}", image: y }] }';
  await using second = await start(cluster, [{ key: "demo", box: without, reconciler: "resync: 200ms" }]);
  const deployment = await cluster.until(path, (it) => it["spec"].template.spec.containers[0].image === "y");
  assert.equal(deployment["spec"].replicas, 3);
  await waitFor(
    "it is at rest",
    () => second.messages.some((message) => message.type === "pass" && message.changes.length === 0),
  );
  await cluster.request("PATCH", `${path}/scale`, { spec: { replicas: 5 } }, "application/merge-patch+json");
  await untilIdle(second.messages, 4);
  assert.equal((await cluster.get(path))!["spec"].replicas, 5);
});

Deno.test("operatorBox.autoscale: more workers while the queue is long, and the declared ones after the cooldown", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  for (let i = 0; i < 12; i++) await cluster.request("POST", demos, demoOf(`n${i}`));
  const core = "/api/v1/namespaces/default/configmaps";
  const opened = Promise.withResolvers<void>();
  let inFlight = 0;
  let maxInFlight = 0;
  await using operator = await start(cluster, [{
    key: "demo",
    box: `onReconcile: { configMaps: [{ name: "{{ .metadata.name }}", data: { a: b } }] }
autoscale:
  interval: 1s
  cooldown: 1s
  conditions: { when: [{ field: metrics.queueDepth, greaterThan: "5" }] }
  do: { workers: 4, resync: 300ms, queueDepth: 50 }`,
    reconciler: "workers: 1\nresync: 1h\nqueue: { maxDepth: 3, behaviour: { onLimit: { drop: false } } }",
  }], {
    between: async (request, forward) => {
      if (request.method !== "PATCH" || !new URL(request.url).pathname.startsWith(core)) return await forward();
      maxInFlight = Math.max(maxInFlight, ++inFlight);
      await opened.promise;
      inFlight--;
      return await forward();
    },
  });
  const health = () => operator.runtime.health().get("demo")!;
  const settings = () => health().autoscale!;
  assert.deepEqual([settings().active, settings().workers, settings().maxDepth], [false, 1, 3]);
  await waitFor("four are in flight", () => inFlight === 4, { timeoutMs: 10_000 });
  const { since, ...scaled } = settings();
  assert.deepEqual(scaled, { active: true, workers: 4, resyncMs: 300, maxDepth: 50 });
  assert.match(since!, /^\d{4}-/);
  assert.deepEqual(health().workers, { running: 4, processing: 4 });
  opened.resolve();
  for (let i = 0; i < 12; i++) await cluster.until(`${core}/n${i}`, () => true);
  const resyncs = () =>
    operator.messages.filter((message) => message.type === "pass" && message.changes.length === 0).length;
  await waitFor("CRs come at the shorter resync", () => resyncs() >= 24, { timeoutMs: 10_000 });
  await waitFor("the declared settings are back", () => !settings().active && health().workers.running === 1, {
    timeoutMs: 10_000,
  });
  assert.equal(maxInFlight, 4);
  const notes = operator.messages.flatMap((message) => message.type === "note" ? [message.message] : [])
    .filter((text) => text.startsWith("autoscale"));
  assert.match(
    notes[0]!,
    /^autoscale: its conditions hold: now workers 4, resync 300ms, queue\.maxDepth 50 \(queueDepth \d+, /,
  );
  assert.match(
    notes[1]!,
    /^autoscale: its conditions have not held for the cooldown: now workers 1, resync 1h, queue\.maxDepth 3 /,
  );
  assert.equal(health().totalReconciles > 12, true);
});

Deno.test("with forceConflict: false a step does not take the number from somebody else, and says so", async () => {
  await using operator = await operatorFor({
    box: box("max: 5\n        cooldown: 1s").replace("image:", "forceConflict: false\n      image:"),
  });
  await operator.demo("one", { load: 50 });
  await operator.until(path, () => true);
  const scale = `${path}/scale?fieldManager=kubectl`;
  await operator.request("PATCH", scale, { spec: { replicas: 3 } }, "application/merge-patch+json");
  await operator.demo("one", { load: 90 });
  const cr = await operator.until(`${demos}/one`, (it) => conditionOf(it, "Synced")?.status === "False");
  assert.match(conditionOf(cr, "Synced")!.message, /kubectl.*replicas|replicas.*kubectl/);
  assert.equal((await operator.get(path))!["spec"].replicas, 3);
});
