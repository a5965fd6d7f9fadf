import assert from "node:assert/strict";
import { clientOf, openBody, statusResponse } from "../../tests/support/api_double.ts";
import { FakeClock, settle } from "../../tests/support/clock.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { objectKey } from "../k8s/object.ts";
import { ApiError } from "./api_error.ts";
import { type InformerHandlers, type InformerOptions, startInformer } from "./informer.ts";

const configMaps = builtInType("ConfigMap")!;

type Reply = Response | (() => Response);
type Body = ReturnType<typeof openBody>;

const item = (name: string, resourceVersion: string) => ({ metadata: { name, namespace: "default", resourceVersion } });

function listOf(resourceVersion: string, names: string[], more: Record<string, unknown> = {}): Reply {
  return () =>
    Response.json({ metadata: { resourceVersion, ...more }, items: names.map((name) => item(name, resourceVersion)) });
}

function event(type: string, name: string, resourceVersion: string): string {
  return JSON.stringify({ type, object: { kind: "ConfigMap", ...item(name, resourceVersion) } }) + "\n";
}

/** An informer on a double that serves the responses in order, and the calls of its handlers, one line each. */
function informerOn(
  responses: (Reply | Body)[],
  handlers: Partial<InformerHandlers> = {},
  random = 0,
  more: Partial<InformerOptions> = {},
) {
  const clock = new FakeClock();
  const calls: string[] = [];
  const { api, received } = clientOf(() => {
    const response = responses.shift();
    if (response === undefined) throw new TypeError("The double has no more responses");
    if (response instanceof Response) return response;
    return typeof response === "function" ? response() : response.response;
  }, { clock });
  const informer = startInformer(api, configMaps, { labelSelector: "a=b" }, {
    upsert: (object) => calls.push(`upsert ${objectKey(object.metadata)} ${object.apiVersion ?? "-"}`),
    removed: (object) => calls.push(`removed ${objectKey(object.metadata)}`),
    restarted: () => calls.push("restarted"),
    replaced: (keys, resourceVersion) => calls.push(`replaced [${[...keys]}] ${resourceVersion}`),
    state: (state, detail) => calls.push(detail === undefined ? state : `${state} in ${detail.inMs}: ${detail.error}`),
    failed: (error) => calls.push(`failed ${error}`),
    ...handlers,
  }, { clock, random: () => random, ...more });
  /** What was received: `list`, or the resourceVersion that a watch began with. */
  const requests = () =>
    received.map(({ path }) => {
      const query = new URL(path, "http://double").searchParams;
      if (!query.has("watch")) return query.has("continue") ? "more" : `list ${query.get("limit")}`;
      return query.has("sendInitialEvents") ? "stream" : `watch ${query.get("resourceVersion")}`;
    });
  const since = () => calls.splice(0);
  return { informer, clock, calls, since, requests };
}

Deno.test("startInformer() lists all pages, then watches from there", async () => {
  const watch = openBody();
  const { informer, since, requests } = informerOn([
    listOf("10", ["a", "b"], { continue: "x" }),
    listOf("10", ["c"]),
    watch,
  ]);
  await informer.synced;
  await settle();
  assert.deepEqual(since(), [
    "listing",
    "upsert default/a v1",
    "upsert default/b v1",
    "upsert default/c v1",
    "replaced [default/a,default/b,default/c] 10",
    "synced",
    "watching",
  ]);
  watch.write(event("ADDED", "d", "11") + event("MODIFIED", "a", "12") + event("DELETED", "b", "13"));
  await settle();
  assert.deepEqual(since(), ["upsert default/d -", "upsert default/a -", "removed default/b"]);
  assert.deepEqual(requests(), ["list 500", "more", "watch 10"]);
  await informer.stop();
  assert.equal(watch.cancelled, true);
});

Deno.test("startInformer() leaves out states that are known, but never from a state that has to be complete", async () => {
  const [first, second] = [openBody(), openBody()];
  const isKnown = (version: string) => version === "7" || version === "12";
  const more = { isKnown, streamsState: true };
  const { informer, clock, since, requests } = informerOn([first, second], {}, 0, more);
  await settle();
  const annotations = { "k8s.io/initial-events-end": "true" };
  const bookmark = { kind: "ConfigMap", metadata: { resourceVersion: "10", annotations } };
  first.write(event("ADDED", "a", "7") + JSON.stringify({ type: "BOOKMARK", object: bookmark }) + "\n");
  await informer.synced;
  assert.deepEqual(since(), ["listing", "upsert default/a -", "replaced [default/a] 10", "synced", "watching"]);
  first.write(event("MODIFIED", "a", "11") + event("MODIFIED", "a", "12"));
  await clock.advance(60_000);
  assert.deepEqual(since(), ["upsert default/a -"]);
  first.end();
  await settle();
  assert.deepEqual(requests(), ["stream", "watch 12"], "it was seen all the same");
  await informer.stop();
});

Deno.test("startInformer() continues from the last event or bookmark when a watch ends or breaks, without a list", async () => {
  const [first, second, third] = [openBody(), openBody(), openBody()];
  const { informer, clock, since, requests } = informerOn([listOf("10", []), first, second, third]);
  await informer.synced;
  await clock.advance(60_000);
  first.write(event("ADDED", "a", "11") + event("BOOKMARK", "", "15"));
  await settle();
  first.end();
  await settle();
  assert.deepEqual(requests(), ["list 500", "watch 10", "watch 15"], "at once, after a good watch");
  second.write(event("ADDED", "b", "16"));
  await clock.advance(60_000);
  second.write('{"type":"ADD');
  await settle();
  since();
  await clock.advance(180_000); // silence
  assert.deepEqual(requests().slice(3), ["watch 16"]);
  assert.deepEqual(since(), ["watching"]);
  await informer.stop();
});

Deno.test("startInformer() reports a changed history, and all of its state after that", async () => {
  const [first, second] = [openBody(), openBody()];
  const { informer, clock, since } = informerOn([
    listOf("100", ["a", "b"]),
    first,
    listOf("50", ["a"]),
    listOf("50", ["a"]),
    second,
  ]);
  await informer.synced;
  await clock.advance(60_000);
  since();
  first.write('{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n');
  await clock.advance(1_000);
  assert.deepEqual(since().filter((line) => !line.startsWith("retrying")), [
    "listing",
    "upsert default/a v1",
    "restarted",
    "listing",
    "upsert default/a v1",
    "replaced [default/a] 50",
    "synced",
    "watching",
  ]);
  await informer.stop();
});

Deno.test("startInformer() compares histories before it watches a server again that was away", async () => {
  const [first, second, third] = [openBody(), openBody(), openBody()];
  const away = () => statusResponse(503, "ServiceUnavailable");
  const { informer, clock, since, requests } = informerOn([
    listOf("100", ["a", "b"]),
    ...[first, away, away, listOf("100", ["a"], { continue: "x" }), second],
    ...[away, listOf("50", ["a"]), listOf("51", ["a"]), listOf("51", ["a"]), third],
  ]);
  await informer.synced;
  await clock.advance(60_000);
  first.end();
  await clock.advance(1_000);
  assert.deepEqual(requests(), ["list 500", "watch 100", "watch 100", "list 1", "list 1", "watch 100"]);
  assert.match(since().at(-2)!, /^retrying in 500: /, "it waits longer");
  await clock.advance(60_000);
  second.end();
  await clock.advance(1_000);
  assert.deepEqual(requests().slice(6), ["watch 100", "list 1", "list 500", "list 500", "watch 51"]);
  const lines = since().filter((line) => !line.startsWith("retrying"));
  assert.deepEqual(lines.slice(lines.indexOf("restarted")), [
    ...["restarted", "listing", "upsert default/a v1", "replaced [default/a] 51", "synced", "watching"],
  ]);
  await informer.stop();
});

const relisting: [why: string, response: Reply | string][] = [
  ["410 as a status", () => statusResponse(410, "Expired")],
  ["410 as an event", '{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Gone"}}\n'],
  ["a bookmark older than what was seen: another history", event("BOOKMARK", "", "9")],
  ["an event that is not JSON", "<html>\n"],
  [
    "a resourceVersion that the server does not have yet",
    () => statusResponse(504, "Timeout", { details: { causes: [{ reason: "ResourceVersionTooLarge", message: "" }] } }),
  ],
];
for (const [why, response] of relisting) {
  Deno.test(`startInformer() relists and reports what is gone after ${why}`, async () => {
    const again = openBody();
    const failing = typeof response === "string" ? () => new Response(response) : response;
    const { informer, clock, since, requests } = informerOn([
      listOf("10", ["a", "b"]),
      failing,
      listOf("20", ["b"]),
      again,
    ]);
    await informer.synced;
    since();
    await clock.advance(1_000);
    assert.deepEqual(since().slice(-5), [
      "listing",
      "upsert default/b v1",
      "replaced [default/b] 20",
      "synced",
      "watching",
    ]);
    assert.deepEqual(requests(), ["list 500", "watch 10", "list 500", "watch 20"]);
    await informer.stop();
  });
}

Deno.test("startInformer() waits longer after each error, up to a bound, and starts over after a good watch", async () => {
  const refused = () => statusResponse(500, "InternalError");
  const watch = openBody();
  const { informer, clock, since } = informerOn([
    ...Array.from({ length: 10 }, () => refused),
    listOf("10", []),
    watch,
    refused,
  ]);
  const waits: number[] = [];
  for (let i = 0; i < 10; i++) {
    await settle();
    waits.push(Number(/retrying in (\d+)/.exec(since().at(-1)!)![1]));
    await clock.advance(waits.at(-1)!);
  }
  assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 8000, 10000, 10000, 10000, 10000]);
  await informer.synced;
  await clock.advance(5_000);
  watch.end();
  await settle();
  assert.match(since().at(-1)!, /retrying in 250:/);
  await informer.stop();
});

Deno.test("startInformer() shortens waits at random, by up to a half", async () => {
  const { informer, calls } = informerOn([() => statusResponse(500, "InternalError")], {}, 0.999);
  await settle();
  assert.match(calls.at(-1)!, /retrying in 125\.1/);
  await informer.stop();
});

Deno.test("startInformer() never tries again sooner than the server asks", async () => {
  const busy = () => new Response("", { status: 503, headers: { "retry-after": "7" } });
  const { informer, calls } = informerOn([busy]);
  await settle();
  assert.match(calls.at(-1)!, /retrying in 7000/);
  await informer.stop();
});

Deno.test("startInformer() looks for a type that is not there every five seconds", async () => {
  const missing = () => new Response("404 page not found", { status: 404 });
  const { informer, clock, calls } = informerOn([
    ...Array.from({ length: 12 }, () => missing),
    listOf("1", []),
    openBody(),
  ]);
  await clock.advance(60_000);
  assert.ok(calls.filter((line) => line.startsWith("retrying in 5000: ApiError")).length >= 3, calls.join("\n"));
  await informer.synced;
  await informer.stop();
});

Deno.test("startInformer() relists when it may not watch, so that its state is complete once it may", async () => {
  const forbidden = () => statusResponse(403, "Forbidden");
  const { informer, clock, requests } = informerOn([listOf("10", []), forbidden, listOf("11", []), openBody()]);
  await clock.advance(1_000);
  assert.deepEqual(requests(), ["list 500", "watch 10", "list 500", "watch 11"]);
  await informer.stop();
});

Deno.test("startInformer() is kept busy by no server that ends every watch at once", async () => {
  const short = (): Response => new Response(event("BOOKMARK", "", "10"));
  const { informer, clock, requests } = informerOn([listOf("10", []), ...Array.from({ length: 200 }, () => short)]);
  await clock.advance(60_000);
  assert.ok(requests().length < 16, `${requests().length} requests in a minute`);
  await informer.stop();
});

Deno.test("startInformer() asks for larger pages when a list is so slow that its token expires", async () => {
  const expired = () => statusResponse(410, "Expired");
  const { informer, clock, requests, calls } = informerOn([
    listOf("10", ["gone"], { continue: "x" }),
    expired,
    listOf("20", ["a"], { continue: "x" }),
    expired,
    listOf("30", ["b"]),
    openBody(),
  ]);
  await clock.advance(1_000);
  assert.deepEqual(requests(), ["list 500", "more", "list 2000", "more", "list 8000", "watch 30"]);
  assert.ok(calls.includes("replaced [default/b] 30"), "what the broken lists named is not kept");
  await informer.stop();
});

Deno.test("startInformer() survives handlers that throw, and reports that", async () => {
  const watch = openBody();
  const boom = () => {
    throw new Error("Boom");
  };
  const failures: unknown[] = [];
  const { informer, requests } = informerOn([listOf("10", ["a"]), watch], {
    upsert: boom,
    removed: boom,
    replaced: boom,
    state: boom,
    failed(error) {
      failures.push(error);
      throw new Error("Boom again");
    },
  });
  await informer.synced;
  watch.write(event("ADDED", "b", "11") + event("DELETED", "b", "12"));
  await settle();
  assert.equal(failures.length, 7); // listing, a, replaced, synced, watching, b, b
  assert.deepEqual(requests(), ["list 500", "watch 10"]);
  await informer.stop();
});

/** Delays before the attempts of an informer that gets these responses, and why. */
async function delaysOf(responses: (Reply | Body)[], more: Partial<InformerOptions>): Promise<string[]> {
  const delays: string[] = [];
  const count = responses.length;
  const { informer, clock, requests } = informerOn(
    responses,
    {
      state(_state, detail) {
        if (detail === undefined) return;
        const status = detail.error instanceof ApiError ? detail.error.status : `${detail.error}`;
        delays.push(`${status} ${detail.inMs}`);
      },
    },
    0,
    more,
  );
  await settle();
  while (requests().length < count) {
    const before = requests().length;
    const waitMs = Number(delays.at(-1)!.split(" ").at(-1));
    await clock.advance(waitMs - 1);
    assert.equal(requests().length, before, `a request within ${waitMs} ms`);
    await clock.advance(1);
    assert.equal(requests().length > before, true, `no request after ${waitMs} ms`);
  }
  await informer.stop();
  return delays;
}

const refused = (status: number, reason: string) => () => statusResponse(status, reason);
const forbidden = refused(403, "Forbidden");
const failing = refused(500, "InternalError");

Deno.test("startInformer() retries a refused request (403) by the backoff, maxForbiddenMs at most", async () => {
  const expected = [250, 500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000].map((ms) => `403 ${ms}`);
  const responses = [...expected.map(() => forbidden), listOf("10", []), openBody()];
  assert.deepEqual(await delaysOf(responses, { maxForbiddenMs: 60_000 }), expected);
});

Deno.test("startInformer() takes a refusal after an outage for one of a server that starts", async () => {
  const outage = [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000].map((ms) => `500 ${ms}`);
  const waits = [250, 500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000];
  for (const [status, maxMs] of [[403, 60_000], [404, 5_000]] as const) {
    const refusals = waits.map((ms) => `${status} ${Math.min(ms, maxMs)}`);
    const refuse = refused(status, "Refused");
    const responses = [...outage.map(() => failing), ...refusals.map(() => refuse), listOf("10", []), openBody()];
    assert.deepEqual(await delaysOf(responses, { maxForbiddenMs: 60_000 }), [...outage, ...refusals]);
  }
});

Deno.test("startInformer() counts refusals on while its watches are refused at once, and forgets them after a good one", async () => {
  const watches = Array.from({ length: 4 }, () => openBody());
  const refusal = '{"type":"ERROR","object":{"kind":"Status","code":403,"reason":"Forbidden","message":"no"}}\n';
  const { informer, clock, calls } = informerOn(watches.flatMap((watch) => [listOf("10", []), watch]));
  const waits = () => calls.flatMap((call) => /^retrying in (\d+): ApiError/.exec(call)?.[1] ?? []);
  for (const [index, watch] of watches.entries()) {
    await settle();
    if (index === 3) await clock.advance(5_000);
    watch.write(refusal);
    watch.end();
    await settle();
    assert.equal(waits().length, index + 1, calls.join("\n"));
    await clock.advance(Number(waits().at(-1)));
  }
  assert.deepEqual(waits(), ["250", "500", "1000", "250"]);
  await informer.stop();
});

Deno.test("startInformer() lists again when the watch is refused", async () => {
  const { informer, clock, requests } = informerOn([listOf("10", []), forbidden, listOf("20", []), openBody()], {}, 0, {
    maxForbiddenMs: 60_000,
  });
  await settle();
  await clock.advance(249);
  assert.deepEqual(requests(), ["list 500", "watch 10"]);
  await clock.advance(1);
  assert.deepEqual(requests().slice(2), ["list 500", "watch 20"]);
  await informer.stop();
});

Deno.test("startInformer() retries other errors by the backoff, 10 s at most, also with maxForbiddenMs", async () => {
  const expected = [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000].map((ms) => `500 ${ms}`);
  const responses = () => [...expected.map(() => failing), listOf("10", []), openBody()];
  assert.deepEqual(await delaysOf(responses(), { maxForbiddenMs: 60_000 }), expected);
  assert.deepEqual(await delaysOf(responses(), {}), expected);
  const mixed = [failing, forbidden, failing, listOf("10", []), openBody()];
  assert.deepEqual(await delaysOf(mixed, { maxForbiddenMs: 60_000 }), ["500 250", "403 250", "500 1000"]);
});

Deno.test("startInformer() retries a refused request by the backoff without maxForbiddenMs", async () => {
  const responses = [forbidden, forbidden, listOf("10", []), openBody()];
  assert.deepEqual(await delaysOf(responses, {}), ["403 250", "403 500"]);
});

Deno.test("stop() ends a list, a watch and a wait, and no handler is called any more", async () => {
  const page = openBody();
  const watch = openBody();
  const cases: (Reply | Body)[][] = [[page], [listOf("10", []), watch], [() => statusResponse(500, "InternalError")]];
  for (const responses of cases) {
    const { informer, clock, since } = informerOn(responses);
    await settle();
    since();
    await informer.stop();
    assert.deepEqual(since(), []);
    assert.deepEqual(clock.pendingMs, []);
  }
});

Deno.test("stop() in the middle of a chunk of events lets no further one through", async () => {
  const watch = openBody();
  const seen: string[] = [];
  const { informer } = informerOn([listOf("10", []), watch], {
    upsert(object) {
      seen.push(object.metadata.name);
      void informer.stop();
    },
  });
  await informer.synced;
  watch.write(event("ADDED", "a", "11") + event("ADDED", "b", "12"));
  await settle();
  await informer.stop();
  assert.deepEqual(seen, ["a"]);
});

Deno.test("synced rejects when stopped before, and may be ignored", async () => {
  const { informer } = informerOn([openBody()]);
  await informer.stop();
  await assert.rejects(informer.synced, { name: "AbortError" });
});

Deno.test("startInformer() stops with its signal", async () => {
  const controller = new AbortController();
  const clock = new FakeClock();
  const { api } = clientOf(() => openBody().response, { clock });
  const nothing = (): void => {};
  const [upsert, removed, restarted, replaced, state, failed] = Array(6).fill(nothing);
  const handlers = { upsert, removed, restarted, replaced, state, failed };
  const informer = startInformer(api, configMaps, {}, handlers, {
    clock,
    random: Math.random,
    signal: controller.signal,
  });
  controller.abort();
  await assert.rejects(informer.synced, { name: "AbortError" });
  await informer.stop();
});

const streaming = { streamsState: true };
const endOfState = (resourceVersion: string): string =>
  JSON.stringify({
    type: "BOOKMARK",
    object: { kind: "ConfigMap", metadata: { resourceVersion, annotations: { "k8s.io/initial-events-end": "true" } } },
  }) + "\n";

Deno.test("startInformer() takes the state as a stream: one request for all of it and all that follows", async () => {
  const stream = openBody();
  const again = openBody();
  const { informer, since, requests } = informerOn([stream, again], {}, 0, streaming);
  stream.write(event("ADDED", "a", "7") + event("ADDED", "b", "9"));
  await settle();
  assert.deepEqual(since(), ["listing", "upsert default/a -", "upsert default/b -"]);
  stream.write(endOfState("12"));
  await informer.synced;
  await settle();
  assert.deepEqual(since(), ["replaced [default/a,default/b] 12", "synced", "watching"]);
  stream.write(event("DELETED", "a", "13"));
  await settle();
  assert.deepEqual(since(), ["removed default/a"]);
  await informer.stop();
  assert.deepEqual(requests(), ["stream"]);
});

Deno.test("startInformer() continues from the last event when a streamed state's watch ends, and streams again after a 410", async () => {
  const [stream, second, third] = [openBody(), openBody(), openBody()];
  const { informer, clock, since, requests } = informerOn([stream, second, third], {}, 0, streaming);
  stream.write(event("ADDED", "a", "7") + endOfState("12") + event("MODIFIED", "a", "15"));
  await informer.synced;
  await clock.advance(10_000);
  stream.end();
  await settle();
  assert.deepEqual(requests(), ["stream", "watch 15"]);
  second.write(JSON.stringify({ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } }) + "\n");
  await settle();
  since();
  third.write(event("ADDED", "b", "20") + endOfState("21"));
  await settle();
  assert.deepEqual(requests(), ["stream", "watch 15", "stream"]);
  assert.deepEqual(since().slice(0, 2), ["upsert default/b -", "replaced [default/b] 21"]);
  await informer.stop();
});

Deno.test("startInformer() starts again when a stream breaks off before the state is complete", async () => {
  const [stream, second] = [openBody(), openBody()];
  const { informer, clock, calls, requests } = informerOn([stream, second], {}, 0, streaming);
  stream.write(event("ADDED", "a", "7"));
  await settle();
  stream.end();
  await settle();
  assert.match(calls.at(-1)!, /retrying in 250: WatchEndedError/);
  await clock.advance(250);
  second.write(endOfState("12"));
  await informer.synced;
  assert.deepEqual(requests(), ["stream", "stream"]);
  assert.ok(calls.includes("replaced [] 12"), "what the broken stream reported is gone");
  await informer.stop();
});

for (const status of [400, 422]) {
  Deno.test(`startInformer() lists in pages where streams of the state are refused (${status})`, async () => {
    const { informer, requests } = informerOn(
      [() => statusResponse(status, "Invalid"), listOf("10", ["a"]), openBody()],
      {},
      0,
      streaming,
    );
    await informer.synced;
    await settle();
    assert.deepEqual(requests(), ["stream", "list 500", "watch 10"]);
    await informer.stop();
  });
}

Deno.test("startInformer() lists in pages when the end of a streamed state does not come", async () => {
  const stream = openBody();
  const { informer, clock, requests } = informerOn([stream, listOf("10", ["a"]), openBody()], {}, 0, streaming);
  stream.write(event("ADDED", "a", "7"));
  await settle();
  await clock.advance(29_000);
  stream.write(event("ADDED", "b", "8"));
  await settle();
  await clock.advance(29_000);
  assert.deepEqual(requests(), ["stream"], "objects still come");
  await clock.advance(1000);
  await informer.synced;
  await settle();
  assert.deepEqual(requests(), ["stream", "list 500", "watch 10"]);
  await informer.stop();
});

Deno.test("stop() ends an informer whose state still streams", async () => {
  const stream = openBody();
  const { informer } = informerOn([stream], {}, 0, streaming);
  await settle();
  await informer.stop();
  await assert.rejects(informer.synced, { name: "AbortError" });
});
