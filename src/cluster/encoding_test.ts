import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { serveOnLoopback } from "../../tests/support/loopback_server.ts";
import { realClock } from "../../tests/support/clock.ts";
import type { KubeObject } from "../k8s/object.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { createClusterApi } from "./client.ts";
import { discoverType } from "./discovery.ts";
import { startInformer } from "./informer.ts";
import type { ClusterApi } from "./ports.ts";

const configMaps = builtInType("ConfigMap")!;
const count = 1200;
/** kube-apiserver flushes its gzip writer again and again: a response is several members, one after the other. */
const members = 12;
const perMember = count / members;

const objects = Array.from({ length: count }, (_, i): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: `cm-${i}`, namespace: "default", uid: `uid-${i}`, resourceVersion: `${i + 1}` },
  data: { text: "0123456789abcdef".repeat(64) },
}));

const endOfState = {
  type: "BOOKMARK",
  object: {
    kind: "ConfigMap",
    apiVersion: "v1",
    metadata: { resourceVersion: `${count}`, annotations: { "k8s.io/initial-events-end": "true" } },
  },
};

/** The response in parts: each is a gzip member of its own where gzip is accepted. */
function partsOf(path: string, query: URLSearchParams): string[] {
  if (query.has("watch")) {
    const lines = objects.map((object) => `${JSON.stringify({ type: "ADDED", object })}\n`);
    const parts = Array.from({ length: members }, (_, i) => lines.slice(i * perMember, (i + 1) * perMember).join(""));
    return [...parts, `${JSON.stringify(endOfState)}\n`];
  }
  const value = path.endsWith("/configmaps")
    ? { kind: "ConfigMapList", apiVersion: "v1", metadata: { resourceVersion: `${count}` }, items: objects }
    : path.includes("/configmaps/")
    ? objects[0]
    : { kind: "APIResourceList", resources: [{ name: "configmaps", kind: "ConfigMap", namespaced: true }] };
  const text = JSON.stringify(value);
  const middle = text.length / 2;
  return [text.slice(0, middle), text.slice(middle)];
}

/** A server that compresses its responses as kube-apiserver does, unless the request declines. */
function packingServer(): { url: string; readonly accepted: Set<string> } & AsyncDisposable {
  const accepted = new Set<string>();
  const server = serveOnLoopback((request) => {
    const { pathname, searchParams } = new URL(request.url);
    const encoding = request.headers.get("accept-encoding") ?? "";
    accepted.add(encoding);
    const packs = encoding.includes("gzip");
    const parts = partsOf(pathname, searchParams).map((text) =>
      packs ? gzipSync(text) : new TextEncoder().encode(text)
    );
    const headers: Record<string, string> = { "content-type": "application/json", "cache-control": "no-transform" };
    if (packs) headers["content-encoding"] = "gzip";
    return new Response(ReadableStream.from(parts.map((part) => new Uint8Array(part))), { headers });
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    accepted,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function clientOf(server: string): ClusterApi & Disposable {
  const config = { server, auth: { kind: "none" }, source: "test" } as const;
  const api = createClusterApi(config, { userAgent: "ork/test", clock: realClock, random: Math.random });
  return { ...api, [Symbol.dispose]: () => api.close() };
}

Deno.test("a large state that the server would compress in several gzip members is complete, as a stream", async () => {
  await using server = packingServer();
  using api = clientOf(server.url);
  const state = Promise.withResolvers<number>();
  const informer = startInformer(api, configMaps, {}, {
    upsert() {},
    removed() {},
    restarted() {},
    replaced: (keys) => state.resolve(keys.size),
    state: (_, detail) => detail && state.reject(detail.error),
    failed: (error) => state.reject(error),
  }, { clock: realClock, random: Math.random, streamsState: true });
  try {
    assert.equal(await state.promise, count);
  } finally {
    await informer.stop();
  }
});

Deno.test("lists, objects and discovery are received for unpacked too", async () => {
  await using server = packingServer();
  using api = clientOf(server.url);
  let listed = 0;
  await api.list(configMaps, {}, (items) => void (listed += items.length));
  assert.equal(listed, count);
  const target = { name: "cm-0", namespace: "default" };
  assert.equal((await api.get(configMaps, target)).metadata.uid, "uid-0");
  assert.equal((await api.apply(configMaps, objects[0]!, { force: true })).metadata.uid, "uid-0");
  assert.equal((await api.mergePatch(configMaps, target, {})).metadata.uid, "uid-0");
  await api.delete(configMaps, target);
  assert.deepEqual(await discoverType(api, configMaps), configMaps);
  assert.deepEqual([...server.accepted], ["identity"]);
});
