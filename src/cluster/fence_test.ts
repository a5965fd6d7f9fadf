import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/clock.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { createClusterApi } from "./client.ts";
import { type Fence, FencedError } from "./fence.ts";

const configMaps = builtInType("ConfigMap")!;
const eventType = { group: "events.k8s.io", version: "v1", kind: "Event", plural: "events", namespaced: true };
const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "b" } };

/** Keeps everything back while it is not open. */
function fenceOf(open: { value: boolean }): Fence {
  return {
    check(request) {
      if (!open.value) throw new FencedError(request, "The lease is lost");
    },
    leftMs: () => 60_000,
    userAgent: undefined,
  };
}

function client(open: { value: boolean }, respond: (n: number) => Response) {
  const clock = new FakeClock();
  let [sent, fenced] = [0, 0];
  const api = createClusterApi({ server: "http://double", auth: { kind: "token", token: "t" }, source: "test" }, {
    userAgent: "test/1",
    clock,
    random: () => 0,
    budget: { inFlight: 1, perSecond: 1000 },
    fence: fenceOf(open),
    onFenced: () => void fenced++,
    fetch: () => Promise.resolve(respond(sent++)),
  });
  return { api, clock, sent: () => sent, fenced: () => fenced };
}

const created = () => Response.json({ ...object, metadata: { ...object.metadata, resourceVersion: "1" } });

Deno.test("a fence keeps every request back, and the error says which and why", async () => {
  const open = { value: false };
  const { api, sent, fenced } = client(open, created);
  for (
    const call of [
      () => api.apply(configMaps, object, { force: true }),
      () => api.create(configMaps, object),
      () => api.post(configMaps, object),
      () => api.mergePatch(configMaps, object.metadata, {}),
      () => api.delete(configMaps, object.metadata),
      () => api.get(configMaps, object.metadata),
    ]
  ) await assert.rejects(call(), (error) => error instanceof FencedError && /The lease is lost/.test(error.message));
  assert.deepEqual([sent(), fenced()], [0, 6]);
  await assert.rejects(api.post(eventType, object), FencedError);
  assert.equal(fenced(), 6, "Events are not counted");
  open.value = true;
  await api.apply(configMaps, object, { force: true });
  assert.equal(sent(), 1);
  api.close();
});

Deno.test("a fence that falls while a write waits for the budget keeps that write back", async () => {
  const open = { value: true };
  const first = Promise.withResolvers<Response>();
  let sent = 0;
  const api = createClusterApi({ server: "http://double", auth: { kind: "none" }, source: "test" }, {
    userAgent: "test/1",
    clock: new FakeClock(),
    random: () => 0,
    budget: { inFlight: 1, perSecond: 1000 },
    fence: fenceOf(open),
    fetch: () => sent++ === 0 ? first.promise : Promise.resolve(created()),
  });
  const one = api.create(configMaps, object);
  const two = api.create(configMaps, object); // waits: one call at a time
  await waitFor("the first is sent", () => sent === 1);
  open.value = false;
  first.resolve(created());
  await one;
  await assert.rejects(two, FencedError);
  assert.equal(sent, 1);
  api.close();
});

Deno.test("a fence is asked again before a request is repeated with a fresh credential", async () => {
  const open = { value: true };
  const { api, sent } = client(open, (n) => {
    open.value = false;
    return n === 0 ? new Response("", { status: 401 }) : created();
  });
  await assert.rejects(api.create(configMaps, object), FencedError);
  assert.equal(sent(), 1);
  api.close();
});
