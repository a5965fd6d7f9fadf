import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/clock.ts";
import type { BoxMessage, PassMessage } from "../box/mod.ts";
import type { LogFields } from "../observe/log_events.ts";
import { logMessages } from "./report.ts";

/** Changes of which only the text matters here. */
function done(...texts: string[]): PassMessage["changes"] {
  return texts.map((text) => ({
    action: "status",
    kind: "Website",
    key: "a",
    fields: [],
    cause: { why: "spec" },
    text,
  }));
}

function logged(message: BoxMessage): [level: string, text: string, fields: LogFields] {
  const lines: [string, string, LogFields][] = [];
  logMessages((level, text, fields) => void lines.push([level, text, present(fields)]), new FakeClock())(message);
  assert.equal(lines.length, 1);
  return lines[0]!;
}

/** Without what is absent, as it is written. */
function present(fields: LogFields): LogFields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as unknown as LogFields;
}

Deno.test("logMessages() says why a cell was ended, what was in processing, and when it restarts", () => {
  const message = { type: "cell", box: "web", reason: "it hung", restartInMs: 2000 } as const;
  assert.equal(logged({ ...message, suspects: [] })[1], "web: its cell was ended: it hung; starting again in 2 s");
  const [level, text, fields] = logged({ ...message, suspects: ["team/a", "team/b"] });
  assert.equal(level, "error");
  assert.equal(text, "web: its cell was ended: it hung; in processing: team/a, team/b; starting again in 2 s");
  const event = "cell.ended";
  const suspects = ["team/a", "team/b"];
  assert.deepEqual(fields, { event, box: "web", reason: "it hung", restartInMs: 2000, suspects });
});

Deno.test("logMessages() writes a caught defect with its whole stack", () => {
  const [level, text, fields] = logged({ type: "defect", box: "web", key: "team/a", error: "Ouch", stack: "at x.ts" });
  assert.equal(level, "error");
  assert.equal(text, "web team/a: reconciler panic recovered: Ouch");
  assert.equal("stack" in fields && fields.stack, "at x.ts");
});

Deno.test("logMessages() says when a box becomes degraded and when it is healthy again; other states at debug level", () => {
  const lines: string[] = [];
  const log = logMessages((level, text) => void lines.push(`${level} ${text}`), new FakeClock());
  for (const state of ["started", "healthy", "degraded", "healthy", "pending"] as const) {
    log({ type: "health", box: "web", state, reason: state === "degraded" ? "it fails" : undefined });
  }
  assert.deepEqual(lines, [
    "debug web: started",
    "debug web: healthy",
    "error web: degraded: it fails",
    "info web: healthy again",
    "debug web: pending",
  ]);
});

Deno.test("logMessages() says what a box waits for, and when a dependency degrades and recovers", () => {
  const message = { type: "dependency", box: "api", dependency: "db" } as const;
  assert.deepEqual(logged({ ...message, state: "waiting", reason: 'waits for box "db" to be healthy: pending' }), [
    "info",
    'api: waits for box "db" to be healthy: pending',
    {
      event: "box.dependency",
      box: "api",
      dependency: "db",
      state: "waiting",
      reason: 'waits for box "db" to be healthy: pending',
    },
  ]);
  const since = "2026-01-02T03:04:05Z";
  assert.deepEqual(logged({ ...message, state: "degraded", reason: "no such table", since }), [
    "warn",
    'api: box "db", on which it depends, is degraded since 2026-01-02T03:04:05Z: no such table',
    { event: "box.dependency", box: "api", dependency: "db", state: "degraded", reason: "no such table", since },
  ]);
  assert.deepEqual(logged({ ...message, state: "healthy", lastedMs: 90_000.4 }), [
    "info",
    'api: box "db", on which it depends, is healthy again, after 1m30s',
    { event: "box.dependency", box: "api", dependency: "db", state: "healthy", lastedMs: 90_000 },
  ]);
});

Deno.test("logMessages() sums up failures that were too many", () => {
  const message: BoxMessage = { type: "more", box: "web", count: 312, lastMs: 9500, last: "team/a: Ouch" };
  assert.equal(logged(message)[1], "web: 312 more failures in 10 s; the last: team/a: Ouch");
});

/** What is logged of a kind's watch, above the debug level. */
function watchLog() {
  const clock = new FakeClock();
  const lines: string[] = [];
  const report = logMessages((level, text) => void (level !== "debug" && lines.push(`${level} ${text}`)), clock);
  const news = { type: "informer", box: "web" } as const;
  return {
    clock,
    lines,
    fails: (error: string, kind = "Pod") => report({ ...news, kind, state: "retrying", error, inMs: 5000 }),
    is: (state: "listing" | "synced" | "watching", kind = "Pod") => report({ ...news, kind, state }),
  };
}

Deno.test("logMessages() logs an outage when it begins, once a minute, and when it is over", async () => {
  const { clock, lines, fails, is } = watchLog();
  is("watching");
  for (let s = 0; s < 150; s += 5) {
    // The time-out of a watch is random.
    fails(`Cannot GET http://a/api/v1/pods?watch=true&timeoutSeconds=${300 + s}: refused`);
    is("listing");
    await clock.advance(5000);
  }
  is("watching");
  await clock.advance(300_000);
  is("watching");
  const refused = (s: number) => `Cannot GET http://a/api/v1/pods?watch=true&timeoutSeconds=${300 + s}: refused`;
  assert.deepEqual(lines, [
    `warn web: cannot watch Pod: ${refused(0)}; trying again in 5 s`,
    `warn web: cannot watch Pod for 1m now: ${refused(60)}; trying again in 5 s`,
    `warn web: cannot watch Pod for 2m now: ${refused(120)}; trying again in 5 s`,
    "info web: Pod is watched again, after 2m30s",
  ]);
});

Deno.test("logMessages() logs another error at once, of another kind, and of the next outage", async () => {
  const { clock, lines, fails, is } = watchLog();
  fails("refused");
  await clock.advance(2300);
  fails("HTTP 503");
  fails("refused", "Secret");
  await clock.advance(2700);
  fails("refused");
  is("watching");
  await clock.advance(10_000);
  fails("refused");
  assert.deepEqual(lines.map((line) => line.replace("; trying again in 5 s", "")), [
    "warn web: cannot watch Pod: refused",
    "warn web: cannot watch Pod for 2s now: HTTP 503",
    "warn web: cannot watch Secret: refused",
    "info web: Pod is watched again, after 5s",
    "warn web: cannot watch Pod: refused",
  ]);
});

Deno.test("logMessages() is not flooded by a watch that breaks again at once, nor by errors that are all different", async () => {
  const { clock, lines, fails, is } = watchLog();
  for (let s = 0; s < 60; s++) {
    fails("ended at once");
    await clock.advance(250);
    is("watching");
    await clock.advance(750);
  }
  fails("ended at once");
  is("watching");
  assert.deepEqual(lines.splice(0).map((line) => line.replace("; trying again in 5 s", "")), [
    "warn web: cannot watch Pod: ended at once",
    "info web: Pod is watched again, after 250ms",
    "warn web: cannot watch Pod for 1m now: ended at once",
    "info web: Pod is watched again, after 1m",
  ]);
  for (let n = 0; n < 100; n++) fails(`error ${n}`, "Secret");
  assert.equal(lines.length, 5);
});

/** What is logged of one object's passes. */
function passLog() {
  const clock = new FakeClock();
  const lines: string[] = [];
  const report = logMessages((level, text) => void (level !== "debug" && lines.push(`${level} ${text}`)), clock);
  const shop = { box: "web", kind: "Website", key: "default/shop" } as const;
  const pass = (result: PassMessage["result"], more: Partial<PassMessage> = {}): void =>
    report({ type: "pass", ...shop, result, changes: [], waitedMs: 0, durationMs: 1, ...more });
  return { clock, lines, pass, gone: () => report({ type: "gone", ...shop }) };
}

Deno.test("logMessages() logs an object that can never succeed with backoff, and when it is tried again", async () => {
  const { clock, lines, pass } = passLog();
  let backoffMs = 5;
  for (let ms = 0; ms < 180_000;) {
    pass("failed", { message: "Deployment shop: spec.replicas: no", retryInMs: backoffMs });
    await clock.advance(backoffMs);
    ms += backoffMs;
    backoffMs = Math.min(2 * backoffMs, 60_000);
  }
  assert.deepEqual(lines, [
    "error Website default/shop: Deployment shop: spec.replicas: no; trying again in 5ms",
    "error Website default/shop: Deployment shop: spec.replicas: no (10 more times); trying again in 10s",
    "error Website default/shop: Deployment shop: spec.replicas: no (2 more times); trying again in 1m",
  ]);
});

Deno.test("logMessages() logs at once when an object fails in another way, and when it has recovered", async () => {
  const { clock, lines, pass } = passLog();
  pass("failed", { message: "no", changes: done("created Service shop"), retryInMs: 5 });
  pass("failed", { message: "no" });
  await clock.advance(1500);
  pass("failed", { message: "never", retryInMs: 1500 });
  await clock.advance(1500);
  pass("succeeded", { changes: done("created Deployment shop", "status"), warnings: ["that is odd"] });
  pass("succeeded", { changes: done("status") });
  await clock.advance(10_000);
  pass("failed", { message: "no" });
  pass("succeeded");
  assert.deepEqual(lines, [
    "error Website default/shop: created Service shop; failed: no; trying again in 5ms",
    "error Website default/shop: never; trying again in 2s",
    "warn Website default/shop: that is odd",
    "info Website default/shop: recovered, after 3 failures in 3s; created Deployment shop, status",
    "info Website default/shop: status",
    "error Website default/shop: no",
    "info Website default/shop: recovered, after 1 failure",
  ]);
});

Deno.test("logMessages() logs what a failing pass changed, also where the failure was logged already", () => {
  const { lines, pass } = passLog();
  pass("failed", { message: "no" });
  pass("failed", { message: "no", changes: done("created Service shop") });
  assert.deepEqual(lines, [
    "error Website default/shop: no",
    "info Website default/shop: created Service shop",
  ]);
});

Deno.test("logMessages() logs a denial and a wait once, and not again at each resync", async () => {
  const { clock, lines, pass } = passLog();
  for (let n = 0; n < 10; n++) pass("denied", { message: "too many replicas" });
  pass("succeeded");
  for (let s = 0; s < 9; s++) {
    pass("waiting", { message: "waiting until Pod shop is gone" });
    await clock.advance(1000);
  }
  pass("deleting", { changes: done("deleted Namespace shop"), message: "waiting until Namespace shop is gone" });
  pass("deleting", { changes: done("finalizer removed") });
  assert.deepEqual(lines, [
    "warn Website default/shop: denied: too many replicas",
    "info Website default/shop: waiting until Pod shop is gone",
    "info Website default/shop: deleted Namespace shop; waiting until Namespace shop is gone",
    "info Website default/shop: finalizer removed",
  ]);
});

Deno.test("logMessages() logs when an object is deleted, and forgets what was wrong with it", () => {
  const { lines, pass, gone } = passLog();
  pass("failed", { message: "no" });
  gone();
  pass("failed", { message: "no" });
  assert.deepEqual(lines, [
    "error Website default/shop: no",
    "info Website default/shop: deleted",
    "error Website default/shop: no",
  ]);
});
