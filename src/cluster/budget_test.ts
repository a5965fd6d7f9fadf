import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/clock.ts";
import { ApiError, errorFromResponse } from "./api_error.ts";
import { budgeted } from "./budget.ts";
import type { HttpRequest, Transport } from "./transport.ts";

const request: HttpRequest & { maxBytes: number } = { verb: "GET", path: "/x", timeoutMs: 1000, maxBytes: 10 };

/** A transport whose responses the test provides. */
class ScriptedTransport implements Transport {
  readonly calls: PromiseWithResolvers<string>[] = [];
  text(): Promise<string> {
    const call = Promise.withResolvers<string>();
    this.calls.push(call);
    return call.promise;
  }
  lines(): Promise<"ended"> {
    return this.text() as Promise<never>;
  }
  close(): void {}
}

function refusal(status: number, retryAfterMs?: number): ApiError {
  return new ApiError("Too busy", {
    request,
    status,
    reason: "TooManyRequests",
    ...retryAfterMs ? { retryAfterMs } : {},
  });
}

function setUp(inFlight: number, perSecond: number) {
  const clock = new FakeClock();
  const responses = new ScriptedTransport();
  const pauses: number[] = [];
  const transport = budgeted(responses, { inFlight, perSecond }, {
    clock,
    random: () => 0,
    onPause: (ms) => pauses.push(ms),
  });
  return { clock, responses, pauses, transport };
}

Deno.test("budgeted() queues requests beyond the limit of requests in flight, in order", async () => {
  const { clock, responses, transport } = setUp(2, 100);
  const done: number[] = [];
  for (const id of [0, 1, 2, 3]) void transport.text(request).then(() => done.push(id));
  await clock.advance(0);
  assert.equal(responses.calls.length, 2);
  responses.calls[1]!.resolve("");
  await clock.advance(0);
  assert.deepEqual([responses.calls.length, done], [3, [1]]);
  responses.calls[2]!.resolve("");
  await clock.advance(0);
  assert.deepEqual([responses.calls.length, done], [4, [1, 2]]);
});

Deno.test("budgeted() lets a burst of two seconds' worth through, then keeps the pace", async () => {
  const { clock, responses, transport } = setUp(1000, 10);
  for (let i = 0; i < 50; i++) void transport.text(request);
  await clock.advance(0);
  assert.equal(responses.calls.length, 20);
  await clock.advance(1000);
  assert.equal(responses.calls.length, 30);
  await clock.advance(2000);
  assert.equal(responses.calls.length, 50);
});

Deno.test("budgeted() after a 429: everything waits, the request is sent again, the pace is halved and recovers", async () => {
  const { clock, responses, pauses, transport } = setUp(1000, 10);
  const first = transport.text(request);
  const second = transport.text(request);
  await clock.advance(0);
  responses.calls[0]!.reject(refusal(429, 3000));
  responses.calls[1]!.reject(refusal(429, 3000));
  await clock.advance(0);
  for (let i = 0; i < 30; i++) void transport.text(request);
  await clock.advance(2999);
  assert.equal(responses.calls.length, 2);
  assert.deepEqual(pauses, [3000]);
  await clock.advance(1);
  assert.equal(responses.calls.length, 3, "no burst after a pause");
  await clock.advance(1000);
  assert.equal(responses.calls.length, 8, "half the pace");
  responses.calls[2]!.resolve("a");
  responses.calls[3]!.resolve("b");
  assert.deepEqual([await first, await second], ["a", "b"]);
  await clock.advance(60_000);
  for (let i = 0; i < 50; i++) void transport.text(request);
  const before = responses.calls.length;
  await clock.advance(1000);
  assert.equal(responses.calls.length - before, 30, "a burst of 20 and 10 a second: the full pace");
});

Deno.test("budgeted() gives up on an API server that rejects for ever", async () => {
  const { clock, responses, transport } = setUp(1, 1000);
  const call = transport.text(request);
  const settled = call.then(() => "succeeded", (error) => error);
  for (let tries = 1; tries <= 10; tries++) {
    await clock.advance(1000);
    assert.equal(responses.calls.length, tries);
    responses.calls.at(-1)!.reject(refusal(429, 1000));
  }
  assert.ok(await settled instanceof ApiError);
});

Deno.test("budgeted() repeats nothing that may have been carried out, nor what will be refused again", async () => {
  for (const error of [refusal(503, 1000), refusal(429), refusal(409, 1000)]) {
    const { clock, responses, pauses, transport } = setUp(1, 1000);
    const call = transport.text(request);
    await clock.advance(0);
    responses.calls[0]!.reject(error);
    await assert.rejects(call, ApiError);
    assert.deepEqual(pauses, error.status === 503 ? [1000] : []);
  }
});

Deno.test("budgeted() lets a signal end the wait, and who leaves takes no place", async () => {
  const { clock, responses, transport } = setUp(1, 1000);
  const first = transport.text(request);
  const controller = new AbortController();
  const second = transport.text({ ...request, signal: controller.signal });
  const third = transport.text(request);
  await clock.advance(0);
  controller.abort();
  await assert.rejects(second, { name: "AbortError" });
  responses.calls[0]!.resolve("1");
  await first;
  await clock.advance(0);
  responses.calls[1]!.resolve("3");
  assert.equal(await third, "3");
});

Deno.test("budgeted() does not count a watch as in flight, but makes it wait for a pause", async () => {
  const { clock, responses, transport } = setUp(1, 1000);
  const watch = { ...request, idleMs: 1000, maxLineBytes: 10 };
  const rejected = transport.lines(watch, () => {});
  await clock.advance(0);
  responses.calls[0]!.reject(refusal(429, 500));
  await assert.rejects(rejected, ApiError);
  void transport.lines(watch, () => {});
  void transport.lines(watch, () => {});
  void transport.text(request);
  await clock.advance(499);
  assert.equal(responses.calls.length, 1);
  await clock.advance(11);
  assert.equal(responses.calls.length, 4);
});

/** As kube-apiserver responds to a watch while the watch cache of that kind is being built. */
const initializing = JSON.stringify({
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Failure",
  message: "storage is (re)initializing",
  reason: "TooManyRequests",
  details: { retryAfterSeconds: 1 },
  code: 429,
});

/** As priority and fairness turns a request away. */
const rejectedByFairness = "Too many requests, please try again later.\n";

function responses429(body: string): ApiError {
  return errorFromResponse({ status: 429, body, retryAfter: "1", wallMs: 0 }, request);
}

const ofOneKind: [what: string, error: ApiError][] = [
  ["is not served yet", refusal(503, 5000)],
  ["has its watch cache built", responses429(initializing)],
];
for (const [what, error] of ofOneKind) {
  Deno.test(`budgeted() lets nothing else wait for a watch whose kind ${what}`, async () => {
    const { clock, responses, pauses, transport } = setUp(1, 1000);
    const rejected = transport.lines({ ...request, idleMs: 1000, maxLineBytes: 10 }, () => {});
    await clock.advance(0);
    responses.calls[0]!.reject(error);
    await assert.rejects(rejected, ApiError);
    void transport.text(request);
    await clock.advance(0);
    assert.equal(responses.calls.length, 2);
    assert.deepEqual(pauses, []);
  });
}

Deno.test("budgeted() pauses all requests when a watch is rejected because of its client", async () => {
  for (const body of [rejectedByFairness, "", JSON.stringify({ kind: "Status", code: 429 })]) {
    const { clock, responses, pauses, transport } = setUp(1, 1000);
    const rejected = transport.lines({ ...request, idleMs: 1000, maxLineBytes: 10 }, () => {});
    await clock.advance(0);
    responses.calls[0]!.reject(responses429(body));
    await assert.rejects(rejected, ApiError);
    assert.deepEqual(pauses, [1000]);
  }
});

Deno.test("budgeted() retries a request whose kind has its watch cache built, and lets nothing else wait for it", async () => {
  const { clock, responses, pauses, transport } = setUp(1, 1000);
  const listed = transport.text(request);
  await clock.advance(0);
  responses.calls[0]!.reject(responses429(initializing));
  await clock.advance(0);
  const other = transport.text(request);
  await clock.advance(0);
  assert.equal(responses.calls.length, 2);
  responses.calls[1]!.resolve("other");
  assert.equal(await other, "other");
  await clock.advance(1000);
  responses.calls[2]!.resolve("list");
  assert.equal(await listed, "list");
  assert.deepEqual(pauses, []);
});

Deno.test("budgeted() gives up on a kind whose watch cache does not get ready", async () => {
  const { clock, responses, pauses, transport } = setUp(1, 1000);
  const listed = assert.rejects(transport.text(request), /initializing/);
  for (let attempt = 0; attempt <= 10; attempt++) {
    await clock.advance(attempt === 0 ? 0 : 1000);
    responses.calls[attempt]!.reject(responses429(initializing));
  }
  await listed;
  const late = assert.rejects(transport.text(request), /initializing/);
  await clock.advance(0);
  responses.calls[11]!.reject(
    errorFromResponse({ status: 429, body: initializing, retryAfter: "30", wallMs: 0 }, request),
  );
  await late;
  assert.deepEqual(pauses, []);
});

Deno.test("budgeted() ends the wait for a watch cache when the request is aborted", async () => {
  const { clock, responses, transport } = setUp(1, 1000);
  const leaving = new AbortController();
  const listed = assert.rejects(transport.text({ ...request, signal: leaving.signal }), /gone/);
  await clock.advance(0);
  responses.calls[0]!.reject(responses429(initializing));
  await clock.advance(0);
  leaving.abort(new Error("gone"));
  await listed;
  assert.deepEqual(clock.pendingMs, []);
});

Deno.test("budgeted() leaves no timer behind when the last request that waits for a pause is aborted", async () => {
  const { clock, responses, transport } = setUp(10, 10);
  const leaving = new AbortController();
  const aborted = { ...request, signal: leaving.signal };
  const rejected = assert.rejects(transport.text(aborted), /gone/);
  await clock.advance(0);
  responses.calls[0]!.reject(refusal(429, 5000));
  await clock.advance(0);
  const late = assert.rejects(transport.text(aborted), /gone/);
  await clock.advance(0);
  assert.equal(clock.pendingMs.length, 1);
  leaving.abort(new Error("gone"));
  await Promise.all([rejected, late]);
  await clock.advance(0);
  assert.deepEqual(clock.pendingMs, []);
});
