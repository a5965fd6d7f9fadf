import assert from "node:assert/strict";
import { FakeClock, settle } from "../../tests/support/clock.ts";
import { fakeBoxes } from "../../tests/support/fake_boxes.ts";
import { planOf } from "../../tests/support/plans.ts";
import type { BoxMessage } from "../box/mod.ts";
import { startRuntime } from "./runtime.ts";

/** A Runtime of boxes `name: dependsOn`, on a host without anything in it. All boxes are warm unless `cold`. */
function start(boxes: Readonly<Record<string, string>>, { cold = false } = {}) {
  const crds = Object.entries(boxes).map(([name, dependsOn], i) =>
    `${name}: {apiTypes: {group: a.example.org, version: v1, kind: K${i}}, dependsOn: ${dependsOn}}\n`
  );
  const clock = new FakeClock();
  const { host, events, box } = fakeBoxes();
  const messages: BoxMessage[] = [];
  const runtime = startRuntime({
    plan: planOf(crds.join("")),
    host,
    clock,
    report: (message) => void messages.push(message),
  });
  if (!cold) { for (const name of Object.keys(boxes)) box(name).becomeWarm(); }
  return {
    clock,
    runtime,
    box,
    messages,
    health: (name: string) => runtime.health().get(name)!,
    /** What was asked of boxes since the last call. */
    events: async () => {
      await settle();
      return events.splice(0);
    },
    /** What was reported of dependencies since the last call: `box dependency state reason`. */
    reported: () =>
      messages.splice(0).flatMap((message) =>
        message.type === "dependency"
          ? [
            [message.box, message.dependency, message.state, message.reason ?? `after ${message.lastedMs} ms`].join(
              " ",
            ),
          ]
          : []
      ),
  };
}

const isAborted = { name: "AbortError" };

Deno.test("startRuntime() starts standbys, which are warm when all their caches have synced", async () => {
  const { runtime, box, events, health } = start({ db: "[]", api: "[db]" }, { cold: true });
  let isWarm = false;
  void runtime.warm.then(() => isWarm = true);
  box("db").becomeWarm();
  await settle();
  assert.equal(isWarm, false);
  box("api").becomeWarm();
  await runtime.warm;
  assert.deepEqual(await events(), []);
  assert.deepEqual([health("api").state, health("api").reason], ["pending", "standby"]);
});

Deno.test("lead() starts each box once its dependencies are as it wants them, and resolves when all run", async () => {
  const { runtime, box, events } = start({ db: "[]", cache: "{db: started}", api: "{db: healthy, cache: started}" });
  let allRun = false;
  const leading = runtime.lead();
  void leading.then(() => allRun = true);
  assert.equal(runtime.lead(), leading);
  assert.deepEqual(await events(), ["lead db", "lead cache"]);
  assert.equal(allRun, false);
  box("db").become("healthy");
  assert.deepEqual(await events(), ["lead api"]);
  await leading;
});

Deno.test("lead() has boxes that wait for others serve deletions alone until they need not wait", async () => {
  const { runtime, box, events, health, messages } = start({ db: "[]", api: "[db]", web: "[api]" });
  const scopes = () => ["db", "api", "web"].map((name) => box(name).scopes.join(" "));
  const leading = runtime.lead();
  await settle();
  assert.deepEqual(scopes(), ["all", "deletions", "deletions"]);
  assert.equal(health("api").state, "pending");
  box("db").become("healthy");
  await settle();
  assert.deepEqual(scopes(), ["all", "deletions all", "deletions"]);
  await events();
  await runtime.rest(1000);
  await assert.rejects(leading, isAborted);
  assert.deepEqual(await events(), ["rest web 1000", "rest api 1000", "rest db 1000"], "those that wait rest too");
  assert.deepEqual(messages.filter((message) => message.type === "defect"), []);
});

Deno.test("lead() does not count the success of a box whose workers do not run", async () => {
  const { runtime, box, events } = start({ db: "[]", api: "[db]" }, { cold: true });
  void runtime.lead();
  box("api").becomeWarm();
  box("db").endCell("no sign of life");
  assert.deepEqual(await events(), ["lead db"]);
  box("db").becomeWarm();
  box("db").become("healthy");
  assert.deepEqual(await events(), ["lead api"]);
});

Deno.test("A box that waits is pending, says for what, and reports it once", async () => {
  const { runtime, box, health, reported } = start({ db: "[]", mail: "[]", api: "[db, mail]", web: "[api]" });
  void runtime.lead();
  await settle();
  assert.deepEqual(reported(), [
    'api db waiting waits for box "db" to be healthy: pending: standby; ' +
    'for box "mail" to be healthy: pending: standby',
    'web api waiting waits for box "api" to be healthy: pending: waits for box "db"',
  ]);
  box("mail").become("healthy");
  box("db").become("degraded", "no such table");
  assert.deepEqual(
    [health("api").state, health("api").reason],
    ["pending", 'waits for box "db" to be healthy: degraded: no such table'],
  );
  assert.deepEqual(health("api").dependencies, { db: "degraded", mail: "healthy" });
  assert.equal(health("api").hasUnhealthyDependencies, true);
  assert.equal(health("db").dependencies, undefined);
  box("db").become("healthy");
  await settle();
  assert.equal(health("api").state, "started");
  assert.deepEqual(reported(), []);
});

Deno.test("A box that waits for many names a few of them", async () => {
  const { runtime, health } = start({ a: "[]", b: "[]", c: "[]", d: "[]", e: "[]", web: "[a, b, c, d, e]" });
  void runtime.lead();
  await settle();
  assert.match(health("web").reason!, /"a".*"b".*"c" to be healthy: started; for 2 more$/);
});

Deno.test("A condition has to be met once: what degrades later stops no box, and its dependents say so", async () => {
  const { clock, runtime, box, events, reported, health } = start({ db: "[]", api: "[db]", web: "[api]" });
  const leading = runtime.lead();
  await settle();
  box("db").become("healthy");
  await settle();
  box("api").become("healthy");
  await leading;
  await events();
  reported();
  box("db").become("degraded", "no such table");
  box("db").become("degraded", "no such table");
  assert.deepEqual(reported(), ["api db degraded no such table"]);
  assert.equal(health("api").hasUnhealthyDependencies, true);
  assert.equal(health("web").hasUnhealthyDependencies, false);
  await clock.advance(90_000);
  box("db").become("healthy");
  assert.deepEqual(reported(), ["api db healthy after 90000 ms"]);
  assert.equal(health("api").hasUnhealthyDependencies, false);
  assert.deepEqual(await events(), []);
});

Deno.test("Dependents of a box whose cell is terminated say so, also those that start meanwhile", async () => {
  const { runtime, box, events, reported } = start({ db: "[]", mail: "[]", api: "{db: started}", web: "[db, mail]" });
  void runtime.lead();
  await settle();
  box("db").become("healthy");
  await events();
  reported();
  box("db").endCell("out of memory");
  assert.deepEqual(reported(), ["api db degraded out of memory"]);
  box("mail").become("healthy");
  // Its other dependency must run again first.
  assert.deepEqual(await events(), []);
  box("db").become("degraded", "still failing");
  assert.deepEqual(await events(), ["lead web"]);
  assert.deepEqual(reported(), ["web db degraded still failing"]);
  box("db").become("healthy");
  assert.deepEqual(reported(), ["api db healthy after 0 ms", "web db healthy after 0 ms"]);
});

Deno.test("rest() stops dependents first, boxes of one tier at the same time", async () => {
  const { runtime, box, events } = start({
    db: "[]",
    api: "{db: started}",
    mail: "{db: started}",
    web: "{api: started}",
  });
  await runtime.lead();
  for (const name of ["db", "api", "mail", "web"]) box(name).isSlow = true;
  await events();
  const resting = runtime.rest(1000);
  assert.deepEqual(await events(), ["rest web 1000"]);
  box("web").hasRested();
  assert.deepEqual(await events(), ["rest api 1000", "rest mail 1000"]);
  box("mail").hasRested();
  assert.deepEqual(await events(), []);
  box("api").hasRested();
  assert.deepEqual(await events(), ["rest db 1000"]);
  box("db").hasRested();
  await resting;
});

Deno.test("rest() gives all tiers together its grace period, and rests all of them, whatever one does", async () => {
  const { clock, runtime, box, events } = start({ db: "[]", api: "{db: started}", web: "{api: started}" });
  await runtime.lead();
  for (const name of ["web", "api"]) box(name).isSlow = true;
  await events();
  const resting = runtime.rest(1000);
  await clock.advance(800);
  box("web").hasRested();
  assert.deepEqual(await events(), ["rest web 1000", "rest api 200"]);
  await clock.advance(1000);
  assert.deepEqual(await events(), ["rest db 0"]);
  let rested = false;
  void resting.then(() => rested = true);
  await settle();
  assert.equal(rested, false);
  box("api").hasRested();
  await resting;
  assert.deepEqual(clock.pendingMs, []);
});

Deno.test("rest() ends a lead() that waits, and leaves nothing of it behind", async () => {
  const { clock, runtime, box, events, reported, health } = start({ db: "[]", api: "[db]" });
  const leading = runtime.lead();
  await settle();
  await runtime.rest(1000);
  await assert.rejects(leading, isAborted);
  assert.deepEqual(await events(), ["lead db", "rest api 1000", "rest db 1000"]);
  reported();
  box("db").become("healthy");
  assert.deepEqual(await events(), []);
  assert.equal(health("api").reason, "standby");
  assert.deepEqual(reported(), []);
  assert.deepEqual(clock.pendingMs, []);
});

Deno.test("lead() after rest() waits until the former workers have ended, then for what runs, not for a new success", async () => {
  const { runtime, box, events } = start({ db: "[]", api: "[db]" });
  const first = runtime.lead();
  await settle();
  box("db").become("healthy");
  await first;
  await events();
  box("api").isSlow = true;
  const resting = runtime.rest(1000);
  const second = runtime.lead();
  assert.notEqual(second, first);
  assert.deepEqual(await events(), ["rest api 1000"]);
  box("api").hasRested();
  await resting;
  assert.deepEqual(await events(), ["rest db 1000", "lead db", "lead api"]);
  await second;
});

Deno.test("lead() and rest() in turn, at once, end as the last says", async () => {
  const { runtime, events } = start({ db: "[]", api: "{db: started}" });
  const first = runtime.lead();
  const resting = runtime.rest(0);
  const second = runtime.lead();
  await assert.rejects(first, isAborted);
  await resting;
  await second;
  assert.deepEqual(await events(), ["lead db", "lead api"]);
});

Deno.test("stop() rests in order, then stops all boxes and the host; a box that waits starts no more", async () => {
  const { clock, runtime, box, events } = start({ db: "[]", api: "{db: started}", web: "[api]" });
  const leading = runtime.lead();
  await events();
  box("api").isSlow = true;
  const stopping = runtime.stop(1000);
  assert.equal(runtime.stop(1000), stopping);
  await assert.rejects(leading, isAborted);
  await assert.rejects(runtime.lead(), isAborted);
  await clock.advance(400);
  box("api").hasRested();
  await stopping;
  assert.deepEqual(await events(), [
    "rest web 1000",
    "rest api 1000",
    "rest db 600",
    "stop db 600",
    "stop api 600",
    "stop web 600",
    "close",
  ]);
  assert.deepEqual(clock.pendingMs, []);
});

Deno.test("stop() does not wait for a box that does not rest", async () => {
  const { clock, runtime, box, events } = start({ db: "[]" });
  await runtime.lead();
  box("db").isSlow = true;
  const stopping = runtime.stop(1000);
  await clock.advance(2000);
  await stopping;
  assert.deepEqual(await events(), ["lead db", "rest db 1000", "stop db 0", "close"]);
});

Deno.test("lead() rejects when a box cannot lead, and the reason is reported", async () => {
  const { runtime, box, messages } = start({ db: "[]" });
  box("db").lead = () => Promise.reject(new TypeError("No such cache"));
  await assert.rejects(runtime.lead(), TypeError);
  const [defect] = messages.filter((message) => message.type === "defect");
  assert.deepEqual([defect?.box, defect?.error], ["db", "Cannot start its workers: No such cache"]);
});
