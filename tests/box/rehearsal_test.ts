import assert from "node:assert/strict";
import { createClusterApi } from "../../src/cluster/mod.ts";
import type { BoxMessage } from "../../src/box/mod.ts";
import { type Rehearsal, rehearse } from "../../src/dev/diff/rehearsal.ts";
import { sharedHost } from "../../src/box/mod.ts";
import { startRuntime } from "../../src/runtime/mod.ts";
import { realClock } from "../support/clock.ts";
import { planOf } from "../support/plans.ts";
import { type Cluster, conditionOf, createCluster, demoOf, demos, start } from "./operator.ts";

const box = (more = "") =>
  `onReconcile: { configMaps: [{ name: "{{ .metadata.name }}-{{ .spec.suffix }}", data: { a: b } }${more}] }`;

/** What `ork plan` compares with the objects of the cluster. */
async function rehearsed({ sandbox }: Cluster, body: string): Promise<Rehearsal> {
  const plan = planOf(
    `demo: {apiTypes: {group: demo.dev, version: v1, kind: Demo, plural: demos}, operatorBox: {${body}}}`,
  );
  const cluster = { server: "http://sandbox", auth: { kind: "none" }, source: "test" } as const;
  const connect = (dryRun: boolean) =>
    createClusterApi(cluster, {
      userAgent: "ork/test",
      clock: realClock,
      random: Math.random,
      dryRun,
      fetch: (url, init) => sandbox.fetch(new Request(url, init)),
    });
  const api = connect(false);
  try {
    return await rehearse({
      plan,
      cluster,
      api,
      clock: realClock,
      timeoutMs: 20_000,
      signal: new AbortController().signal,
      open: (plan, _cluster, wrap, report: (message: BoxMessage) => void) => {
        const host = sharedHost({
          connect: ({ name }) => wrap(name, connect(true)),
          clock: realClock,
          random: Math.random,
          component: "test",
          instance: "test",
          reportsIdle: true,
        });
        return startRuntime({ plan, host, clock: realClock, report });
      },
    });
  } finally {
    api.close();
  }
}

Deno.test("ork plan takes a failure that the status of a CR has already for no difference, and a new one for one", async () => {
  await using cluster = createCluster();
  await cluster.define("Demo");
  const operator = await start(cluster, [{ key: "demo", box: box() }], { katalog: "demo" });
  for (const [name, suffix] of [["good", "x"], ["bad", "NOT VALID"]] as const) {
    await cluster.request("POST", demos, demoOf(name, { suffix }));
    await cluster.until(`${demos}/${name}`, (cr) => conditionOf(cr, "Synced") !== undefined);
  }
  await operator.stop();

  const same = await rehearsed(cluster, box());
  assert.deepEqual(same.objects, []);
  assert.match(
    same.notes.join(),
    /^no difference: as now, not all is done for Demo default\/bad \(onReconcile\.configMaps\[0\]: .*"bad-NOT VALID"/,
  );

  const failing = ', { name: "{{ .metadata.name }}_", data: { a: b } }';
  const worse = await rehearsed(cluster, box(failing));
  assert.deepEqual(worse.objects.map(({ name, isKnown }) => [name, isKnown]).sort(), [["bad", undefined], [
    "good",
    undefined,
  ]]);
  assert.deepEqual(worse.notes, []);

  // It fails as it does now, but something else is done for it.
  const more = await rehearsed(cluster, box(', { name: "{{ .metadata.name }}-more", data: { a: b } }'));
  const [bad] = more.objects.filter(({ name }) => name === "bad");
  assert.deepEqual([bad?.isKnown, bad?.changes.map(({ action, name }) => `${action} ${name}`)], [true, [
    "create bad-more",
  ]]);

  await cluster.request("PATCH", `${demos}/bad`, { spec: { suffix: "ok" } }, "application/merge-patch+json");
  const repaired = await rehearsed(cluster, box());
  assert.deepEqual(repaired.objects.map(({ name, problem }) => [name, problem]), [["bad", undefined]]);
});
