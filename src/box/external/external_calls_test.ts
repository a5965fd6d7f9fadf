import assert from "node:assert/strict";
import { FakeClock, settle } from "../../../tests/support/clock.ts";
import type { ExternalOutcome, ExternalRequest } from "../../input/mod.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { ExternalCallPlan } from "../../plan/plan.ts";
import { ExternalCalls } from "./external_calls.ts";

const plan = { name: "a", continueOnError: true } as ExternalCallPlan;
const crOf = (name: string, generation = 1): KubeObject => ({
  apiVersion: "a.dev/v1",
  kind: "A",
  metadata: { name, uid: name, generation },
});
const requestOf = (url = "http://a/"): ExternalRequest => ({ name: "a", url, headers: {} });

/** Calls that end when a test says so. */
function stage(resyncMs = 30_000) {
  const clock = new FakeClock();
  const pending: { url: string; signal: AbortSignal; end: (outcome: Partial<ExternalOutcome>) => void }[] = [];
  const arrived: string[] = [];
  const failed: string[] = [];
  const calls = new ExternalCalls({
    call: (request, signal) =>
      new Promise((resolve) => {
        pending.push({
          url: request.url,
          signal,
          end: (outcome) =>
            resolve({ statusCode: 200, headers: {}, body: "", error: "", durationSeconds: 0, ...outcome }),
        });
      }),
    clock,
    resyncMs,
    arrived: (key, _name, isNews) => void arrived.push(`${key}${isNews ? " news" : ""}`),
    ended: () => {},
    failedFirst: (key, _plan, error) => void failed.push(`${key} ${error}`),
  });
  calls.begin();
  return { clock, calls, pending, arrived, failed };
}

const error = (text: string): Partial<ExternalOutcome> => ({ error: text });

Deno.test("a result is used for the same request and generation, until the resync", async () => {
  const { clock, calls, pending, arrived } = stage();
  const found = (cr: KubeObject, url?: string) => calls.viewOf(cr).find(plan, requestOf(url));
  assert.equal(found(crOf("x")), undefined);
  calls.start(crOf("x"), plan, requestOf());
  pending[0]!.end({ body: "1" });
  await settle();
  assert.deepEqual(arrived, ["x news"]);
  calls.finished("x");
  assert.equal(found(crOf("x"))?.result["body"], "1");
  assert.equal(found(crOf("x", 2)), undefined);
  assert.equal(found(crOf("x"), "http://b/"), undefined);
  assert.equal(found(crOf("y")), undefined);
  assert.equal(calls.isFresh("x"), true);
  await clock.advance(30_000);
  assert.equal(found(crOf("x")), undefined);
  assert.equal(calls.isFresh("x"), false);
});

Deno.test("until a pass is finished a result counts for any request of the generation", async () => {
  const { calls, pending } = stage();
  calls.start(crOf("x"), plan, requestOf("http://a/1"));
  pending[0]!.end({});
  await settle();
  const found = (generation: number) => calls.viewOf(crOf("x", generation)).find(plan, requestOf("http://a/2"));
  assert.ok(found(1));
  assert.equal(found(2), undefined);
  calls.finished("x");
  assert.equal(found(1), undefined);
});

Deno.test("a failure is used for a time that grows, and a success ends that", async () => {
  const { clock, calls, pending, failed } = stage();
  const waits: number[] = [];
  for (let n = 0; n < 9; n++) {
    calls.start(crOf("x"), plan, requestOf());
    pending.at(-1)!.end(error("down"));
    await settle();
    calls.finished("x");
    const retryInMs = calls.retryInMs("x")!;
    assert.equal(calls.viewOf(crOf("x")).find(plan, requestOf())?.retryInMs, retryInMs);
    waits.push(retryInMs / 1000);
    await clock.advance(retryInMs);
    assert.equal(calls.viewOf(crOf("x")).find(plan, requestOf()), undefined);
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
  assert.deepEqual(failed, ["x down"]);
  calls.start(crOf("x"), plan, requestOf());
  pending.at(-1)!.end({});
  await settle();
  assert.equal(calls.retryInMs("x"), undefined);
});

Deno.test("a CR has one call in flight, a box eight; the others wait for their turn", async () => {
  const { calls, pending } = stage();
  for (let n = 0; n < 12; n++) calls.start(crOf(`x${n}`), plan, requestOf(`http://a/${n}`));
  assert.equal(pending.length, 8);
  calls.start(crOf("x0", 2), plan, requestOf("http://a/0b"));
  pending[3]!.end({});
  await settle();
  assert.deepEqual(pending.slice(8).map(({ url }) => url), ["http://a/8"]);
  pending[0]!.end({});
  await settle();
  assert.deepEqual(pending.slice(9).map(({ url }) => url), ["http://a/9"]);
  for (const one of pending) one.end({});
  await settle();
  assert.deepEqual(pending.slice(10).map(({ url }) => url).sort(), ["http://a/0b", "http://a/10", "http://a/11"]);
});

Deno.test("at the end of a term calls are aborted, and their CRs are enqueued for the next", async () => {
  const { calls, pending, arrived } = stage();
  for (let n = 0; n < 9; n++) calls.start(crOf(`x${n}`), plan, requestOf());
  calls.end();
  assert.ok(pending.every(({ signal }) => signal.aborted));
  assert.deepEqual(arrived.toSorted(), Array.from({ length: 9 }, (_, n) => `x${n}`));
  pending[0]!.end({ body: "late" });
  await settle();
  assert.equal(calls.viewOf(crOf("x0")).find(plan, requestOf()), undefined);
  calls.start(crOf("z"), plan, requestOf());
  assert.equal(arrived.at(-1), "z");
  assert.equal(pending.length, 8);
  calls.begin();
  calls.start(crOf("z"), plan, requestOf());
  assert.equal(pending.length, 9);
});

Deno.test("a CR that is gone frees its place, and its result is dropped", async () => {
  const { calls, pending, arrived } = stage();
  for (let n = 0; n < 9; n++) calls.start(crOf(`x${n}`), plan, requestOf());
  calls.forget("x0");
  assert.equal(pending[0]!.signal.aborted, true);
  assert.equal(pending.length, 9);
  pending[0]!.end({});
  await settle();
  assert.deepEqual(arrived, []);
  assert.equal(calls.viewOf(crOf("x0")).find(plan, requestOf()), undefined);
});

Deno.test("only another response to the same request is news", async () => {
  const { calls, pending, arrived } = stage();
  const respond = async (url: string, body: string): Promise<void> => {
    calls.start(crOf("x"), plan, requestOf(url));
    pending.at(-1)!.end({ body, durationSeconds: Math.random() });
    await settle();
  };
  await respond("http://a/", "1");
  await respond("http://a/", "1");
  await respond("http://a/", "2");
  await respond("http://b/", "3");
  assert.deepEqual(arrived, ["x news", "x", "x news", "x"]);
});

Deno.test("old results make room for new ones", async () => {
  const { calls, pending } = stage();
  const body = "x".repeat(256 * 1024);
  for (let n = 0; n < 40; n++) {
    calls.start(crOf(`x${n}`), plan, requestOf());
    pending.at(-1)!.end({ body });
    await settle();
    calls.finished(`x${n}`);
  }
  const kept = Array.from({ length: 40 }, (_, n) => calls.viewOf(crOf(`x${n}`)).find(plan, requestOf()) !== undefined);
  assert.equal(kept[0], false);
  assert.equal(kept[39], true);
  assert.ok(kept.filter(Boolean).length >= 30);
});

Deno.test("requeue.after shortens the use of results; cacheFor and a resync of 0 decide on it otherwise", async () => {
  const { clock, calls, pending } = stage(0);
  const cached = { ...plan, name: "b", cacheForMs: 5_000 };
  calls.start(crOf("x"), plan, requestOf());
  pending[0]!.end({});
  await settle();
  calls.start(crOf("x"), cached, { ...requestOf(), name: "b" });
  pending[1]!.end({});
  await settle();
  calls.finished("x");
  const view = calls.viewOf(crOf("x"));
  await clock.advance(6_000);
  assert.equal(view.find(cached, { ...requestOf(), name: "b" }), undefined);
  assert.ok(view.find(plan, requestOf()));
  calls.expireAfter("x", 1_000);
  await clock.advance(1_000);
  assert.equal(view.find(plan, requestOf()), undefined);
});
