import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clock.ts";
import { createSandbox } from "../mod.ts";

// deno-lint-ignore no-explicit-any -- responses are JSON
type Body = any;

/** A sandbox in which time passes only when the test says so. */
function start(): {
  clock: FakeClock;
  send: (method: string, path: string, body?: unknown) => Promise<Body>;
  stop: () => Promise<void>;
} {
  const clock = new FakeClock();
  const sandbox = createSandbox({ clock });
  return {
    clock,
    async send(method, path, body) {
      const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
      const init = {
        method,
        headers: { "content-type": type },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      };
      return await (await sandbox.fetch(new Request(`http://sandbox${path}`, init))).json();
    },
    async stop() {
      await sandbox.stop();
      assert.deepEqual(sandbox.faults, []);
      assert.deepEqual(clock.pendingMs, [], "nothing waits after the end");
    },
  };
}

const podSpec = { restartPolicy: "Never", containers: [{ name: "main", image: "image:1" }] };
const cronJobs = "/apis/batch/v1/namespaces/default/cronjobs";
const jobs = "/apis/batch/v1/namespaces/default/jobs";

Deno.test("a CronJob makes a Job when one is due, and keeps as many as its history limits say", async () => {
  const { clock, send, stop } = start();
  await send("POST", cronJobs, {
    metadata: { name: "tick" },
    spec: {
      schedule: "*/10 * * * *",
      successfulJobsHistoryLimit: 2,
      jobTemplate: { spec: { template: { spec: podSpec } } },
    },
  });
  assert.equal((await send("GET", jobs)).items.length, 0);
  // The clock begins at 03:04:05.
  await clock.advance(6 * 60_000);
  const [first] = (await send("GET", jobs)).items;
  assert.match(first.metadata.name, /^tick-\d+$/);
  assert.equal(first.metadata.ownerReferences[0].kind, "CronJob");
  await clock.advance(5_000);
  const { status } = await send("GET", `${cronJobs}/tick`);
  assert.equal(status.lastScheduleTime, "2026-01-02T03:10:00Z");
  assert.ok(status.lastSuccessfulTime);
  assert.equal(status.active, undefined);
  await clock.advance(60 * 60_000);
  assert.equal((await send("GET", jobs)).items.length, 2);
  await stop();
});

Deno.test("a suspended CronJob makes nothing until it is let go", async () => {
  const { clock, send, stop } = start();
  const spec = { schedule: "* * * * *", suspend: true, jobTemplate: { spec: { template: { spec: podSpec } } } };
  await send("POST", cronJobs, { metadata: { name: "tick" }, spec });
  await clock.advance(10 * 60_000);
  assert.equal((await send("GET", jobs)).items.length, 0);
  await send("PATCH", `${cronJobs}/tick`, { spec: { suspend: false } });
  await clock.advance(1000);
  assert.equal((await send("GET", jobs)).items.length, 1);
  await stop();
});

Deno.test("a Job goes after its time to live", async () => {
  const { clock, send, stop } = start();
  await send("POST", jobs, {
    metadata: { name: "once" },
    spec: { ttlSecondsAfterFinished: 60, template: { spec: podSpec } },
  });
  await clock.advance(10_000);
  assert.equal((await send("GET", `${jobs}/once`)).status.succeeded, 1);
  await clock.advance(61_000);
  assert.equal((await send("GET", `${jobs}/once`)).code, 404);
  await clock.advance(1_000);
  assert.equal((await send("GET", "/api/v1/pods")).items.length, 0);
  await stop();
});

Deno.test("a huge Deployment is counted without a Pod for each replica", async () => {
  const { clock, send, stop } = start();
  const labels = { app: "web" };
  const deployments = "/apis/apps/v1/namespaces/default/deployments";
  const template = { metadata: { labels }, spec: { containers: podSpec.containers } };
  await send("POST", deployments, {
    metadata: { name: "web" },
    spec: { replicas: 100_000, selector: { matchLabels: labels }, template },
  });
  await clock.advance(5_000);
  assert.equal((await send("GET", `${deployments}/web`)).status.availableReplicas, 100_000);
  assert.equal((await send("GET", "/api/v1/pods")).items.length, 50);
  await stop();
});

Deno.test("a StatefulSet that is made again gets its Pods once those of the former one are gone", async () => {
  const { clock, send, stop } = start();
  const sets = "/apis/apps/v1/namespaces/default/statefulsets";
  const labels = { app: "store" };
  const set = {
    metadata: { name: "store" },
    spec: {
      replicas: 2,
      serviceName: "store",
      podManagementPolicy: "Parallel",
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: podSpec.containers } },
    },
  };
  const ready = async () => {
    await clock.advance(5_000);
    return (await send("GET", `${sets}/store`)).status.readyReplicas;
  };
  await send("POST", sets, set);
  assert.equal(await ready(), 2);
  await send("DELETE", `${sets}/store?propagationPolicy=Background`);
  const { metadata } = await send("POST", sets, set);
  assert.equal(await ready(), 2);
  for (const pod of (await send("GET", "/api/v1/namespaces/default/pods")).items) {
    assert.equal(pod.metadata.ownerReferences[0].uid, metadata.uid);
  }
  await stop();
});

Deno.test("an idle sandbox waits for nothing", async () => {
  const { clock, stop } = start();
  await clock.advance(10_000);
  assert.deepEqual(clock.pendingMs, []);
  await stop();
});
