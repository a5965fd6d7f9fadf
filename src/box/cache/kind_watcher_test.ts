import assert from "node:assert/strict";
import { clientOf, openBody, statusResponse } from "../../../tests/support/api_double.ts";
import { FakeClock } from "../../../tests/support/clock.ts";
import { waitFor } from "../../../tests/support/wait_for.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import type { ResourceType } from "../../k8s/object.ts";
import { type KindHandlers, type KindQuery, KindWatcher } from "./kind_watcher.ts";

const zones: ResourceType = { group: "other.dev", version: "v1", kind: "Zone", plural: "zones", namespaced: true };
const configMaps = builtInType("ConfigMap")!;

interface Server {
  served: boolean;
  /** Reads are refused. */
  forbidden?: boolean;
  lists: string[];
}

/** A server that serves `zonen` in cluster scope, and ConfigMaps, while `served`. */
function watcherOn(server: Server, type: ResourceType, query: KindQuery, builtIn: boolean, mayBeUnseen = true) {
  const clock = new FakeClock();
  const told: string[] = [];
  const bodies: ReturnType<typeof openBody>[] = [];
  const { api } = clientOf(({ path }) => {
    if (path.startsWith("/apis/other.dev/v1") && !path.includes("/zon")) {
      if (!server.served) return statusResponse(404, "NotFound");
      return Response.json({ resources: [{ name: "zonen", kind: "Zone", namespaced: false }] });
    }
    if (!server.served) return new Response("404 page not found", { status: 404 });
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
    replaced: (_keys, _version, namespace) => void told.push(`replaced ${namespace ?? "all"}`),
    state: () => {},
    failed: (error) => void told.push(`failed ${error}`),
    served: ({ plural, namespaced }) => void told.push(`served ${plural} ${namespaced}`),
    missing: () => void told.push("missing"),
    unseen: () => void told.push("unseen"),
  };
  const watcher = new KindWatcher(api, type, query, handlers, { clock, random: () => 0 }, {
    builtIn,
    mayBeUnseen,
  });
  return { watcher, told, clock, end: () => bodies.splice(0).forEach((body) => body.end()) };
}

Deno.test("a built-in kind is watched without a word with discovery, one request for each namespace", async () => {
  const server: Server = { served: true, lists: [] };
  const { watcher, told } = watcherOn(server, configMaps, { namespaces: ["a", "b"] }, true);
  await watcher.settled;
  assert.deepEqual(told.sort(), ["replaced a", "replaced b", "served configmaps true"]);
  assert.deepEqual(server.lists.sort(), ["/api/v1/namespaces/a/configmaps", "/api/v1/namespaces/b/configmaps"]);
  await watcher.stop();
});

Deno.test("a kind of which there can be no object is served at once", async () => {
  const { watcher, told } = watcherOn({ served: true, lists: [] }, configMaps, { namespaces: [] }, true);
  await watcher.settled;
  assert.deepEqual(told, ["served configmaps true"]);
  await watcher.stop();
});

Deno.test("plural and scope of other kinds are what discovery says", async () => {
  const server: Server = { served: true, lists: [] };
  const { watcher, told } = watcherOn(server, zones, {}, false);
  await watcher.settled;
  assert.deepEqual(told, ["replaced all", "served zonen false"]);
  assert.deepEqual(server.lists, ["/apis/other.dev/v1/zonen"]);
  await watcher.stop();
});

Deno.test("a kind that is not served settles as missing, and is looked for until it comes", async () => {
  const server: Server = { served: false, lists: [] };
  const { watcher, told, clock } = watcherOn(server, zones, {}, false);
  await watcher.settled;
  assert.deepEqual(told, ["missing"]);
  await clock.advance(5_000);
  await waitFor("it was looked for", () => told.length >= 2);
  server.served = true;
  watcher.lookAgain();
  await waitFor("it is served", () => told.includes("served zonen false"));
  await watcher.stop();
});

Deno.test("a kind that goes is missing, and served again when it comes back", async () => {
  const server: Server = { served: true, lists: [] };
  const { watcher, told, clock, end } = watcherOn(server, zones, {}, false);
  await watcher.settled;
  server.served = false;
  end();
  await waitFor("it is missing", async () => {
    await clock.advance(1_000);
    return told.includes("missing");
  });
  server.served = true;
  watcher.lookAgain();
  await waitFor("it is served again", () => told.filter((text) => text.startsWith("served")).length === 2);
  await watcher.stop();
});

for (const type of [configMaps, zones]) {
  Deno.test(`a kind that cannot be read holds nothing up, where the box can do without it: ${type.kind}`, async () => {
    const server: Server = { served: true, forbidden: true, lists: [] };
    const { watcher, told, clock } = watcherOn(server, type, {}, type === configMaps);
    await clock.advance(2_000);
    assert.equal(told.length, 0, "a right may be granted just after the start");
    await waitFor("nobody waits any longer", async () => {
      await clock.advance(500);
      return told.includes("unseen");
    });
    await watcher.settled;
    server.forbidden = false;
    await waitFor("it can be read", async () => {
      await clock.advance(1_000);
      return told.some((text) => text.startsWith("served"));
    });
    await watcher.stop();
  });
}

Deno.test("a kind that the box cannot do without is waited for", async () => {
  const server: Server = { served: true, forbidden: true, lists: [] };
  const { watcher, told, clock } = watcherOn(server, configMaps, {}, true, false);
  for (let i = 0; i < 20; i++) await clock.advance(1_000);
  assert.equal(told.length, 0);
  server.forbidden = false;
  await waitFor("it can be read", async () => {
    await clock.advance(1_000);
    return told.some((text) => text.startsWith("served"));
  });
  await watcher.settled;
  await watcher.stop();
});

Deno.test("stop() rejects what waits, and leaves nothing behind", async () => {
  const { watcher } = watcherOn({ served: false, lists: [] }, zones, {}, false);
  await watcher.stop();
  await assert.rejects(watcher.settled, { name: "AbortError" });
});
