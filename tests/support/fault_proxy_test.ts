import assert from "node:assert/strict";
import { realClock } from "./clock.ts";
import { createClusterApi } from "../../src/cluster/client.ts";
import { parseKubeconfig } from "../../src/cluster/kubeconfig.ts";
import { type FaultProxy, startFaultProxy } from "./fault_proxy.ts";
import { serveOnLoopback } from "./loopback_server.ts";
import { waitFor } from "./wait_for.ts";

const event = (version: string) =>
  `${JSON.stringify({ type: "MODIFIED", object: { metadata: { name: "one", resourceVersion: version } } })}\n`;

/** A server whose watches say what the test says, and whose writes are counted. */
class Double implements AsyncDisposable {
  writes = 0;
  readonly #watches = new Set<ReadableStreamDefaultController<Uint8Array>>();
  readonly #server = serveOnLoopback((request) => {
    const url = new URL(request.url);
    if (url.searchParams.get("watch") === "true") {
      let mine: ReadableStreamDefaultController<Uint8Array>;
      return new Response(
        new ReadableStream<Uint8Array>({
          start: (controller) => void this.#watches.add(mine = controller),
          cancel: () => void this.#watches.delete(mine),
        }),
      );
    }
    if (request.method !== "GET") this.writes++;
    return Response.json({ path: url.pathname });
  });

  get watches(): number {
    return this.#watches.size;
  }

  get kubeconfig(): string {
    const server = `http://127.0.0.1:${this.#server.port}`;
    return JSON.stringify({ clusters: [{ cluster: { server } }], users: [{}] });
  }

  say(text: string): void {
    for (const watch of this.#watches) watch.enqueue(new TextEncoder().encode(text));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const watch of this.#watches) watch.close();
    await this.#server[Symbol.asyncDispose]();
  }
}

/** A watch through the proxy: its text so far, and how it ended. */
function watchThrough(proxy: FaultProxy): { readonly text: string; readonly end: string | undefined; stop(): void } {
  let text = "";
  let end: string | undefined;
  const controller = new AbortController();
  const read = async (): Promise<void> => {
    const { body } = await fetch(`${proxy.server}/api/v1/pods?watch=true`, { signal: controller.signal });
    for await (const part of body!.pipeThrough(new TextDecoderStream())) text += part;
  };
  read().then(() => end = "closed", () => end = "broken");
  return {
    get text() {
      return text;
    },
    get end() {
      return end;
    },
    stop: () => controller.abort(),
  };
}

function proxyTest(name: string, run: (proxy: FaultProxy, double: Double) => Promise<void>): void {
  Deno.test(`startFaultProxy() ${name}`, async () => {
    await using double = new Double();
    await using proxy = startFaultProxy(double.kubeconfig);
    await run(proxy, double);
  });
}

proxyTest("passes requests and responses through, and classifies calls", async (proxy) => {
  const send = async (path: string, method = "GET", body?: string) =>
    await (await fetch(proxy.server + path, { method, ...(body === undefined ? {} : { body }) })).json();
  assert.deepEqual(await send("/api/v1/pods?limit=500"), { path: "/api/v1/pods" });
  await send("/api/v1/namespaces/default/pods/one");
  await send("/apis/events.k8s.io/v1/namespaces/default/events", "POST", "{}");
  await send("/api/v1/namespaces/default/services/one", "PATCH", '{"a":1}');
  assert.deepEqual(proxy.calls.map(({ kind, status }) => [kind, status]), [
    ["list", 200],
    ["get", 200],
    ["event", 200],
    ["write", 200],
  ]);
  assert.equal(proxy.calls[3]!.body, '{"a":1}');
  const { server } = await parseKubeconfig(proxy.kubeconfig, { readTextFile: () => Promise.reject(new Error("No")) });
  assert.equal(server, proxy.server);
});

proxyTest("lets a response wait until the hook has seen that the write was carried out", async (proxy, double) => {
  const { promise: release, resolve } = Promise.withResolvers<void>();
  let seen = -1;
  proxy.onWritten = async () => {
    seen = double.writes;
    await release;
  };
  let answered = false;
  const call = fetch(`${proxy.server}/api/v1/namespaces/a/pods/b`, { method: "PATCH", body: "{}" })
    .then((response) => response.text()).then(() => answered = true);
  await waitFor("the hook is called", () => seen === 1);
  assert.equal(answered, false);
  resolve();
  await call;
});

proxyTest("hands events of a watch on as they come, ends it with the client, breaks it off", async (proxy, double) => {
  const watch = watchThrough(proxy);
  await waitFor("the watch is open", () => double.watches === 1 && proxy.watches === 1);
  double.say(event("1"));
  await waitFor("the first event", () => watch.text === event("1"));
  double.say(event("2"));
  await waitFor("the second event", () => watch.text === event("1") + event("2"));
  proxy.cutWatches();
  await waitFor("the watch is broken", () => watch.end === "broken");
  await waitFor("the server has noticed", () => double.watches === 0 && proxy.watches === 0);
  const other = watchThrough(proxy);
  await waitFor("another watch is open", () => double.watches === 1);
  other.stop();
  await waitFor("the server has noticed that too", () => double.watches === 0 && proxy.watches === 0);
});

proxyTest("expires watches, never in the middle of an event", async (proxy, double) => {
  const watch = watchThrough(proxy);
  await waitFor("the watch is open", () => proxy.watches === 1);
  const [first, second] = [event("1").slice(0, 20), event("1").slice(20)];
  double.say(first);
  await waitFor("half an event", () => watch.text === first);
  proxy.expireWatches();
  double.say(second);
  await waitFor("the watch is over", () => watch.end === "closed");
  const lines = watch.text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ type }) => type), ["MODIFIED", "ERROR"]);
  assert.equal(lines[1].object.code, 410);
});

proxyTest("responds 429 with Retry-After to every request", async (proxy, double) => {
  proxy.refuseRequests(7);
  const response = await fetch(`${proxy.server}/api/v1/pods?watch=true`);
  assert.deepEqual([response.status, response.headers.get("retry-after")], [429, "7"]);
  assert.equal((await response.json()).reason, "TooManyRequests");
  assert.equal(double.watches, 0);
  proxy.restore();
  assert.equal(
    (await fetch(`${proxy.server}/api/v1/pods/one`).then((response) => response.json())).path,
    "/api/v1/pods/one",
  );
});

proxyTest("refuses connections, breaks off those that are there, and comes back on the same port", async (proxy) => {
  const watch = watchThrough(proxy);
  await waitFor("the watch is open", () => proxy.watches === 1);
  proxy.refuse();
  await waitFor("the watch is broken", () => watch.end === "broken");
  await assert.rejects(fetch(`${proxy.server}/api/v1/pods/one`), TypeError);
  proxy.restore();
  await (await fetch(`${proxy.server}/version`)).text();
});

proxyTest(
  "is a black hole: open watches get nothing, requests have no response, and then all is broken",
  async (proxy, double) => {
    const watch = watchThrough(proxy);
    await waitFor("the watch is open", () => proxy.watches === 1);
    proxy.hush();
    double.say(event("1"));
    let over = false;
    const call = fetch(`${proxy.server}/version`).then((response) => response.text())
      .catch(() => {/* broken off, or sent again by fetch() itself: both will do */}).then(() => over = true);
    const api = createClusterApi(
      { server: proxy.server, auth: { kind: "none" }, source: "test" },
      { userAgent: "test", clock: realClock, random: Math.random, limits: { requestMs: 300 } },
    );
    const pods = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true };
    await assert.rejects(api.get(pods, { name: "one", namespace: "a" }), /no response in time/);
    api.close();
    assert.deepEqual([watch.text, watch.end, over], ["", undefined, false]);
    proxy.restore();
    await call;
    await waitFor("the watch is broken", () => watch.end === "broken");
    await (await fetch(`${proxy.server}/version`)).text();
  },
);

proxyTest("loses connections without a word: watches stay silent, and new ones are good", async (proxy, double) => {
  const lost = watchThrough(proxy);
  await waitFor("the watch is open", () => proxy.watches === 1);
  proxy.loseConnections();
  const other = watchThrough(proxy);
  await waitFor("another watch is open", () => double.watches === 2);
  double.say(event("1"));
  await waitFor("the new watch gets its event", () => other.text === event("1"));
  assert.deepEqual([lost.text, lost.end], ["", undefined]);
  lost.stop();
  other.stop();
});

Deno.test("startFaultProxy() is gone when the API server is, and back when that is", async () => {
  const gone = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = gone.addr;
  gone.close();
  const kubeconfig = JSON.stringify({ clusters: [{ cluster: { server: `http://127.0.0.1:${port}` } }], users: [{}] });
  await using proxy = startFaultProxy(kubeconfig);
  await assert.rejects(fetch(`${proxy.server}/version`), TypeError);
  const before = proxy.calls.length;
  await assert.rejects(fetch(`${proxy.server}/version`), TypeError);
  assert.equal(proxy.calls.length, before, "the second one cannot connect");
  await using back = Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, () => new Response("back"));
  await waitFor("it is back", async () => await (await fetch(`${proxy.server}/version`)).text() === "back");
  assert.equal(back.addr.port, port);
});
