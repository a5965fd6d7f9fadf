import assert from "node:assert/strict";
import { clientOf, statusResponse } from "../../tests/support/api_double.ts";
import { FakeClock, settle } from "../../tests/support/clock.ts";
import type { EventText } from "./event_body.ts";
import { createEventRecorder } from "./events.ts";

function warning(name = "blog", message = "It broke", more: Partial<EventText> = {}): EventText {
  return {
    regarding: { apiVersion: "demo.example.com/v1", kind: "Website", metadata: { name, namespace: "shop", uid: name } },
    type: "Warning",
    reason: "ReconcileFailed",
    message,
    ...more,
  };
}

const normal = (name?: string, message = "All is well") =>
  warning(name, message, { type: "Normal", reason: "Reconciled" });

/** A recorder on a double that responds as given, or with success. */
function recorderOn(
  response: (received: { verb: string; body: string }) => Response | Promise<Response> = () => Response.json({}),
) {
  const clock = new FakeClock();
  const { api, received } = clientOf(response, { clock });
  const dropped: string[] = [];
  const recorder = createEventRecorder(api, {
    component: "orkestra.orkspace.io/runtime",
    instance: "host-1",
    clock,
    random: () => 0.5,
    onDropped: (event, why) => dropped.push(`${event.reason}: ${why instanceof Error ? why.name : why}`),
  });
  const sent = () =>
    received.splice(0).map(({ verb, path, body }) => {
      const { note, series } = JSON.parse(body);
      return `${verb} ${path.split("?")[0]!.replace(/.*\/namespaces\//, "").replace(/\.[0-9a-f]+$/, "")} ${
        series === undefined ? note : `count ${series.count} ${series.lastObservedTime}`
      }`;
    });
  return { recorder, clock, received, sent, dropped };
}

Deno.test("record() sends a Normal Event each time, under a name of its own", async () => {
  const { recorder, received } = recorderOn();
  recorder.record(normal());
  assert.equal(received.length, 0, "record() itself sends nothing");
  await settle();
  recorder.record(normal());
  await settle();
  assert.deepEqual(received.map(({ verb, path }) => `${verb} ${path}`), [
    "POST /apis/events.k8s.io/v1/namespaces/shop/events?fieldManager=orkestra",
    "POST /apis/events.k8s.io/v1/namespaces/shop/events?fieldManager=orkestra",
  ]);
  const names = received.map(({ body }) => JSON.parse(body).metadata.name);
  assert.notEqual(names[0], names[1]);
  await recorder.stop();
});

Deno.test("record() sends a Warning once, and its repeats ever more rarely as a series", async () => {
  const { recorder, clock, sent } = recorderOn();
  recorder.record(warning());
  recorder.record(warning());
  recorder.record(warning());
  await settle();
  assert.deepEqual(sent(), ["POST shop/events It broke"]);
  await clock.advance(10_000);
  assert.deepEqual(sent(), ["PATCH shop/events/blog count 3 2026-01-02T03:04:05.000000Z"]);
  await clock.advance(60_000);
  assert.deepEqual(sent(), [], "no repeat, nothing to report");
  recorder.record(warning());
  await clock.advance(19_999);
  assert.deepEqual(sent(), []);
  await clock.advance(1);
  assert.deepEqual(sent(), ["PATCH shop/events/blog count 4 2026-01-02T03:05:15.000000Z"]);
  await recorder.stop();
});

Deno.test("record() keeps Warnings of another message, reason or object apart", async () => {
  const { recorder, sent } = recorderOn();
  for (let round = 0; round < 2; round++) {
    recorder.record(warning());
    recorder.record(warning("blog", "It broke otherwise"));
    recorder.record(warning("blog", "It broke", { reason: "ApplyFailed" }));
    recorder.record(warning("shop"));
  }
  await settle();
  assert.equal(sent().length, 4);
  await recorder.stop();
});

Deno.test("record() treats a Warning as new when it recurs after a long time", async () => {
  const { recorder, clock, sent } = recorderOn();
  recorder.record(warning());
  await clock.advance(41 * 60_000);
  recorder.record(warning());
  await settle();
  assert.deepEqual(sent(), ["POST shop/events It broke", "POST shop/events It broke"]);
  await recorder.stop();
});

Deno.test("record() creates the Event again when the server has forgotten it", async () => {
  const { recorder, clock, sent } = recorderOn(({ verb }) =>
    verb === "PATCH" ? statusResponse(404, "NotFound", { details: { name: "x" } }) : Response.json({})
  );
  recorder.record(warning());
  recorder.record(warning());
  await clock.advance(10_000);
  assert.deepEqual(sent().map((line) => line.split(" ")[0]), ["POST", "PATCH", "POST"]);
  assert.equal(recorder.dropped, 0);
  await recorder.stop();
});

Deno.test("record() limits each object, and leaves the others alone", async () => {
  const { recorder, clock, sent, dropped } = recorderOn();
  for (let i = 0; i < 30; i++) recorder.record(normal("blog", `Step ${i}`));
  recorder.record(normal("other"));
  await clock.advance(5_000);
  assert.equal(sent().length, 26);
  assert.equal(recorder.dropped, 5);
  assert.equal(dropped[0], "Reconciled: too many Events of this object");
  recorder.record(warning());
  await settle();
  assert.deepEqual(sent(), ["POST shop/events It broke"], "Warnings of the object have a rate of their own");
  await clock.advance(60_000);
  recorder.record(normal());
  await settle();
  assert.equal(sent().length, 1);
  await recorder.stop();
});

Deno.test("record() sends twenty Normal Events at once and then ten a second, and 200 may wait", async () => {
  const { recorder, clock, received, dropped } = recorderOn();
  for (let i = 0; i < 1_500; i++) recorder.record(normal(`w-${i}`));
  await clock.advance(0);
  assert.equal(received.length, 20);
  await clock.advance(1_000);
  assert.equal(received.length, 30);
  assert.equal(recorder.dropped, 1_300);
  assert.equal(dropped.at(-1), "Reconciled: too many Events wait");
  await clock.advance(3_600_000);
  assert.equal(received.length, 200);
  await recorder.stop();
});

Deno.test("record() limits Warnings at fifty and then twenty a second, and a thousand may wait", async () => {
  const { recorder, clock, received, dropped } = recorderOn();
  for (let i = 0; i < 1_500; i++) recorder.record(warning(`w-${i}`));
  await clock.advance(0);
  assert.equal(received.length, 50);
  await clock.advance(1_000);
  assert.equal(received.length, 70);
  assert.equal(recorder.dropped, 500);
  assert.equal(dropped.at(-1), "ReconcileFailed: too many Events wait");
  await recorder.stop();
});

Deno.test("record() sends a Warning past any number of Normal Events that wait", async () => {
  const { recorder, clock, sent } = recorderOn();
  for (let i = 0; i < 100; i++) recorder.record(normal(`w-${i}`));
  await clock.advance(0);
  sent();
  recorder.record(warning("late"));
  await settle();
  assert.deepEqual(sent(), ["POST shop/events It broke"]);
  await recorder.stop();
});

Deno.test("record() sends a Warning while a Normal Event has no response", async () => {
  const { recorder, sent } = recorderOn(({ body }) =>
    JSON.parse(body).type === "Normal" ? new Promise(() => {}) : Response.json({})
  );
  recorder.record(normal());
  await settle();
  recorder.record(warning());
  await settle();
  assert.deepEqual(sent(), ["POST shop/events All is well", "POST shop/events It broke"]);
  await recorder.stop();
});

Deno.test("record() does not queue a Normal Event that waits already", async () => {
  const { recorder, clock, sent } = recorderOn();
  for (let i = 0; i < 20; i++) recorder.record(normal(`w-${i}`));
  await clock.advance(0);
  sent();
  for (let i = 0; i < 1_000; i++) {
    recorder.record(normal());
    recorder.record(normal("blog", "Something else"));
    recorder.record(normal("shop"));
  }
  await clock.advance(10_000);
  assert.deepEqual(sent(), [
    "POST shop/events All is well",
    "POST shop/events Something else",
    "POST shop/events All is well",
  ]);
  assert.equal(recorder.dropped, 0, "it was sent");
  recorder.record(normal());
  await settle();
  assert.equal(sent().length, 1, "what was sent may be sent again");
  await recorder.stop();
});

Deno.test("record() drops what the server refuses, and a refused Warning does not silence the next", async () => {
  const responses = [statusResponse(403, "Forbidden"), Response.json({})];
  const { recorder, sent, dropped } = recorderOn(() => responses.shift()!);
  recorder.record(warning());
  await settle();
  assert.deepEqual(dropped, ["ReconcileFailed: ApiError"]);
  recorder.record(warning());
  await settle();
  assert.deepEqual(sent(), ["POST shop/events It broke", "POST shop/events It broke"]);
  await recorder.stop();
});

Deno.test("record() tries again when the server is busy, three times in all", async () => {
  const { recorder, clock, sent, dropped } = recorderOn(() => statusResponse(503, "ServiceUnavailable"));
  recorder.record(normal());
  await clock.advance(60_000);
  assert.equal(sent().length, 3);
  assert.deepEqual(dropped, ["Reconciled: ApiError"]);
  await recorder.stop();
});

Deno.test("record() takes an Event that is there already as sent: a response was lost", async () => {
  const responses = [new Response("", { status: 502 }), statusResponse(409, "AlreadyExists")];
  const { recorder, clock, sent } = recorderOn(() => responses.shift()!);
  recorder.record(normal());
  await clock.advance(60_000);
  assert.equal(sent().length, 2);
  assert.equal(recorder.dropped, 0);
  await recorder.stop();
});

Deno.test("stop() drops what waits and leaves no timer", async () => {
  const { recorder, clock } = recorderOn(() => new Promise<Response>(() => {}));
  recorder.record(warning());
  recorder.record(warning()); // a repeat, with a timer
  recorder.record(normal());
  await settle();
  await recorder.stop();
  assert.equal(recorder.dropped, 2);
  assert.deepEqual(clock.pendingMs, []);
  recorder.record(normal());
  assert.equal(recorder.dropped, 3);
});

Deno.test("stop() takes back the repeats of a Warning that was sent", async () => {
  const { recorder, clock } = recorderOn();
  recorder.record(warning());
  await settle();
  recorder.record(warning());
  assert.deepEqual(clock.pendingMs, [10_000]);
  await recorder.stop();
  assert.deepEqual(clock.pendingMs, []);
});
