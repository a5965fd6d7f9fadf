import assert from "node:assert/strict";
import { clientOf, openBody, statusResponse } from "../../../tests/support/api_double.ts";
import { FakeClock } from "../../../tests/support/clock.ts";
import { waitFor } from "../../../tests/support/wait_for.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import type { ResourceType } from "../../k8s/object.ts";
import { type KindHandlers, type KindQuery, KindWatcher, type WatchedKind } from "./kind_watcher.ts";

const zones: ResourceType = { group: "other.dev", version: "v1", kind: "Zone", plural: "zones", namespaced: true };
const configMaps = builtInType("ConfigMap")!;

interface Server {
  /** Reads have no response. */
  silent?: boolean;
  served: boolean;
  /** Every path that is no discovery is 404, although the kind is served. */
  confused?: boolean;
  /** Discovery does not have the kind. */
  undiscovered?: boolean;
  /** Discovery has no response. */
  unreachable?: boolean;
  /** Reads are refused. */
  forbidden?: boolean;
  lists: string[];
  /** Requests to discovery. */
  discoveries?: number;
}

/** A server that serves `zonen` in cluster scope, and ConfigMaps, while `served`. */
function watcherOn(
  server: Server,
  type: ResourceType,
  query: KindQuery,
  builtIn: boolean,
  readableSinceMs: WatchedKind["readableSinceMs"] | null = () => 0,
) {
  const clock = new FakeClock();
  const reported: string[] = [];
  const bodies: ReturnType<typeof openBody>[] = [];
  const { api } = clientOf(({ path }) => {
    const isDiscovery = path === "/api/v1" || path === "/apis/other.dev/v1";
    if (isDiscovery) server.discoveries = (server.discoveries ?? 0) + 1;
    if (isDiscovery && server.unreachable === true) throw new TypeError("The connection was refused");
    if (server.confused === true && !isDiscovery) return new Response("404 page not found", { status: 404 });
    if (path === "/api/v1" && server.served && server.undiscovered !== true) {
      return Response.json({ resources: [{ name: "configmaps", kind: "ConfigMap", namespaced: true }] });
    }
    if (path.startsWith("/apis/other.dev/v1") && !path.includes("/zon")) {
      if (!server.served) return statusResponse(404, "NotFound");
      return Response.json({ resources: [{ name: "zonen", kind: "Zone", namespaced: false }] });
    }
    if (!server.served || isDiscovery) return new Response("404 page not found", { status: 404 });
    if (server.silent === true) return new Promise<Response>(() => {});
    if (server.forbidden === true) return statusResponse(403, "Forbidden");
    if (path.includes("watch=")) {
      const body = openBody();
      bodies.push(body);
      return body.response;
    }
    server.lists.push(path.split("?")[0]!);
    return Response.json({ metadata: { resourceVersion: "5" }, items: [] });
  }, { clock });
  const handlers: KindHandlers = {
    upsert: () => {},
    removed: () => {},
    restarted: () => {},
    replaced: (_keys, _version, namespace) => void reported.push(`replaced ${namespace ?? "all"}`),
    state: () => {},
    failed: (error) => void reported.push(`failed ${error}`),
    served: ({ plural, namespaced }) => void reported.push(`served ${plural} ${namespaced}`),
    missing: () => void reported.push("missing"),
    unseen: () => void reported.push("unseen"),
  };
  const watcher = new KindWatcher(api, type, query, handlers, { clock, random: () => 0 }, {
    builtIn,
    readableSinceMs: readableSinceMs ?? undefined,
  });
  return { watcher, reported, clock, end: () => bodies.splice(0).forEach((body) => body.end()) };
}

Deno.test("a built-in kind is watched without discovery, one request for each namespace", async () => {
  const server: Server = { served: true, lists: [] };
  const { watcher, reported } = watcherOn(server, configMaps, { namespaces: ["a", "b"] }, true);
  await watcher.settled;
  assert.deepEqual(reported.sort(), ["replaced a", "replaced b", "served configmaps true"]);
  assert.deepEqual(server.lists.sort(), ["/api/v1/namespaces/a/configmaps", "/api/v1/namespaces/b/configmaps"]);
  await watcher.stop();
});

Deno.test("a kind without namespaces to watch is served at once", async () => {
  const { watcher, reported } = watcherOn({ served: true, lists: [] }, configMaps, { namespaces: [] }, true);
  await watcher.settled;
  assert.deepEqual(reported, ["served configmaps true"]);
  await watcher.stop();
});

Deno.test("plural and scope of other kinds come from discovery", async () => {
  const server: Server = { served: true, lists: [] };
  const { watcher, reported } = watcherOn(server, zones, {}, false);
  await watcher.settled;
  assert.deepEqual(reported, ["replaced all", "served zonen false"]);
  assert.deepEqual(server.lists, ["/apis/other.dev/v1/zonen"]);
  await watcher.stop();
});

Deno.test("a kind that is not served settles as missing, and is polled until it is served", async () => {
  const server: Server = { served: false, lists: [] };
  const { watcher, reported, clock } = watcherOn(server, zones, {}, false);
  await waitFor("discovery is asked", () => server.discoveries === 1);
  await clock.advance(900);
  assert.equal(reported.length, 0, "an API server that has just started may say so");
  await clock.advance(100);
  await watcher.settled;
  assert.deepEqual(reported, ["missing"]);
  await clock.advance(5_000);
  await waitFor("discovery was polled", () => reported.length >= 2);
  server.served = true;
  watcher.recheck();
  await waitFor("it is served", () => reported.includes("served zonen false"));
  await watcher.stop();
});

Deno.test("a kind that is removed is missing, and served again when it returns", async () => {
  const server: Server = { served: true, lists: [] };
  const { watcher, reported, clock, end } = watcherOn(server, zones, {}, false);
  await watcher.settled;
  server.served = false;
  end();
  await waitFor("it is missing", async () => {
    await clock.advance(1_000);
    return reported.includes("missing");
  });
  server.served = true;
  watcher.recheck();
  await waitFor("it is served again", () => reported.filter((text) => text.startsWith("served")).length === 2);
  await watcher.stop();
});

for (const type of [configMaps, zones]) {
  Deno.test(`a 404 of a watch is no reason to forget a kind that discovery has: ${type.kind}`, async () => {
    const server: Server = { served: true, lists: [] };
    const { watcher, reported, clock, end } = watcherOn(server, type, {}, type === configMaps);
    await watcher.settled;
    const before = server.discoveries ?? 0;
    server.confused = true;
    end();
    await waitFor("discovery is asked", async () => {
      await clock.advance(100);
      return (server.discoveries ?? 0) > before;
    });
    for (let i = 0; i < 100; i++) await clock.advance(100);
    server.confused = false;
    const lists = server.lists.length;
    await waitFor("it is watched again", async () => {
      await clock.advance(1_000);
      return server.lists.length > lists;
    });
    assert.deepEqual(reported.filter((text) => !text.startsWith("replaced") && !text.startsWith("served")), []);
    await watcher.stop();
  });

  Deno.test(`neither is a discovery that fails, or that has it a second later: ${type.kind}`, async () => {
    const server: Server = { served: true, lists: [] };
    const { watcher, reported, clock, end } = watcherOn(server, type, {}, type === configMaps);
    await watcher.settled;
    server.confused = server.unreachable = true;
    end();
    for (let i = 0; i < 100; i++) await clock.advance(100);
    server.unreachable = false;
    server.served = false;
    const before = server.discoveries!;
    await waitFor("discovery does not have it", async () => {
      await clock.advance(50);
      return server.discoveries! > before;
    });
    server.served = true;
    server.confused = false;
    for (let i = 0; i < 100; i++) await clock.advance(100);
    assert.deepEqual(reported.filter((text) => !text.startsWith("replaced") && !text.startsWith("served")), []);
    await watcher.stop();
  });

  Deno.test(`a kind that was removed stays so while discovery fails: ${type.kind}`, async () => {
    const server: Server = { served: true, lists: [] };
    const { watcher, reported, clock, end } = watcherOn(server, type, {}, type === configMaps);
    await watcher.settled;
    server.served = false;
    end();
    await waitFor("it is missing", async () => {
      await clock.advance(1_000);
      return reported.includes("missing");
    });
    server.unreachable = true;
    const before = server.discoveries!;
    for (let i = 0; i < 100; i++) await clock.advance(1_000);
    assert.ok(server.discoveries! > before + 5, "it is polled");
    server.unreachable = false;
    server.served = true;
    await waitFor("it is served again", async () => {
      await clock.advance(1_000);
      return reported.filter((text) => text.startsWith("served")).length === 2;
    });
    assert.ok(!reported.includes("unseen"));
    await watcher.stop();
  });

  Deno.test(`a kind that cannot be read does not block a box that can do without it: ${type.kind}`, async () => {
    const server: Server = { served: true, forbidden: true, lists: [] };
    const { watcher, reported, clock } = watcherOn(server, type, {}, type === configMaps);
    await clock.advance(2_000);
    assert.equal(reported.length, 0, "RBAC may be granted just after the start");
    await waitFor("the box stops waiting", async () => {
      await clock.advance(500);
      return reported.includes("unseen");
    });
    await watcher.settled;
    server.forbidden = false;
    await waitFor("it can be read", async () => {
      await clock.advance(1_000);
      return reported.some((text) => text.startsWith("served"));
    });
    await watcher.stop();
  });
}

Deno.test("a discovery that changes its mind all the time is believed once a second", async () => {
  const clock = new FakeClock();
  let requests = 0;
  const { api } = clientOf(({ path }) => {
    requests++;
    if (path !== "/apis/other.dev/v1") return new Response("404 page not found", { status: 404 });
    const name = requests % 4 < 2 ? "zonen" : "zonas";
    return Response.json({ resources: [{ name, kind: "Zone", namespaced: true }] });
  }, { clock });
  let missing = 0;
  const ignored = { upsert() {}, removed() {}, restarted() {}, replaced() {}, failed() {}, state() {} };
  const handlers: KindHandlers = { ...ignored, served() {}, missing: () => void missing++, unseen() {} };
  const watcher = new KindWatcher(api, zones, {}, handlers, { clock, random: () => 0 }, { builtIn: false });
  await waitFor("the first check", () => missing === 1);
  for (let i = 0; i < 100; i++) await clock.advance(100);
  assert.ok(missing > 1 && missing <= 11, `${missing} times in 10 s`);
  assert.ok(requests < 150, `${requests} requests in 10 s`);
  await watcher.stop();
});

Deno.test("a kind that can be read again is served, whatever discovery said meanwhile", async () => {
  const server: Server = { served: true, lists: [] };
  const { watcher, reported, clock, end } = watcherOn(server, configMaps, {}, true);
  await watcher.settled;
  server.confused = true;
  server.undiscovered = true;
  end();
  await waitFor("discovery is asked", async () => {
    await clock.advance(50);
    return (server.discoveries ?? 0) > 0;
  });
  server.confused = false;
  for (let i = 0; i < 60; i++) await clock.advance(50);
  assert.equal(server.discoveries, 1, "it is not asked a second time");
  assert.ok(!reported.includes("missing"), reported.join());
  await watcher.stop();
});

Deno.test("a kind that the box needs is awaited", async () => {
  const server: Server = { served: true, forbidden: true, lists: [] };
  const { watcher, reported, clock } = watcherOn(server, configMaps, {}, true, null);
  for (let i = 0; i < 20; i++) await clock.advance(1_000);
  assert.equal(reported.length, 0);
  server.forbidden = false;
  await waitFor("it can be read", async () => {
    await clock.advance(1_000);
    return reported.some((text) => text.startsWith("served"));
  });
  await watcher.settled;
  await watcher.stop();
});

Deno.test("an outage is no fault of a kind: the time counts from when the API server lets others be read", async () => {
  const readable: { sinceMs?: number } = {};
  const server: Server = { served: true, forbidden: true, lists: [] };
  const { watcher, reported, clock } = watcherOn(server, configMaps, {}, true, () => readable.sinceMs);
  for (let i = 0; i < 40; i++) await clock.advance(1_000);
  assert.equal(reported.length, 0);
  readable.sinceMs = clock.nowMs();
  await clock.advance(2_900);
  assert.equal(reported.length, 0);
  await waitFor("it counts", async () => {
    await clock.advance(1_000);
    return reported.includes("unseen");
  });
  await watcher.stop();
});

Deno.test("a kind whose lists have no response is not waited for either", async () => {
  const server: Server = { served: true, silent: true, lists: [] };
  const { watcher, clock, reported } = watcherOn(server, configMaps, {}, true);
  await clock.advance(14_000);
  assert.equal(reported.length, 0);
  await clock.advance(1_000);
  assert.deepEqual(reported, ["unseen"]);
  await watcher.settled;
  await watcher.stop();
});

Deno.test("stop() rejects waiting callers, and leaves nothing behind", async () => {
  const { watcher } = watcherOn({ served: false, lists: [] }, zones, {}, false);
  await watcher.stop();
  await assert.rejects(watcher.settled, { name: "AbortError" });
});
