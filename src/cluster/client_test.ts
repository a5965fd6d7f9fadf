import assert from "node:assert/strict";
import { clientOf, openBody, statusResponse } from "../../tests/support/api_double.ts";
import { FakeClock, settle } from "../../tests/support/clock.ts";
import { configMap, inNamespace, object } from "../../tests/support/objects.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { ApiError, MalformedResponseError, NetworkError, ResponseTooLargeError } from "./api_error.ts";
import { createClusterApi } from "./client.ts";
import type { WatchEvent } from "./ports.ts";

const configMaps = builtInType("ConfigMap")!;
const nodes = builtInType("Node")!;
const one = "/api/v1/namespaces/default/configmaps/a";
const target = { name: "a", namespace: "default" };

/** The smallest object. */
const minimal = '{"metadata":{"name":"a"}}';
const echo = (received: { body: string }) =>
  new Response(received.body === "" || !received.body.includes('"name"') ? minimal : received.body);

Deno.test("createClusterApi() sends each verb as Kubernetes expects it", async () => {
  const { api, received } = clientOf(echo);
  const desired = configMap("a");
  await api.get(configMaps, target);
  await api.apply(configMaps, desired, { force: true });
  await api.apply(configMaps, desired, { force: false });
  await api.create(configMaps, desired);
  await api.create(nodes, object("v1", "Node", "n", inNamespace(undefined)));
  await api.mergePatch(configMaps, { ...target, subresource: "status" }, { status: { n: 12345678901234567890n } });
  await api.delete(configMaps, target);
  await api.delete(configMaps, target, { uid: "u", resourceVersion: "7", propagation: "Foreground" });
  await api.raw("/apis");
  assert.deepEqual(
    received.map(({ verb, path, headers }) => `${verb} ${path} ${headers.get("content-type") ?? ""}`.trim()),
    [
      `GET ${one}`,
      `PATCH ${one}?fieldManager=orkestra&force=true application/apply-patch+yaml`,
      `PATCH ${one}?fieldManager=orkestra application/apply-patch+yaml`,
      "POST /api/v1/namespaces/default/configmaps?fieldManager=orkestra application/json",
      "POST /api/v1/nodes?fieldManager=orkestra application/json",
      `PATCH ${one}/status?fieldManager=orkestra application/merge-patch+json`,
      `DELETE ${one} application/json`,
      `DELETE ${one} application/json`,
      "GET /apis",
    ],
  );
  assert.equal(received[5]!.body, '{"status":{"n":12345678901234567890}}');
  assert.deepEqual(JSON.parse(received[6]!.body), { apiVersion: "v1", kind: "DeleteOptions" });
  assert.deepEqual(JSON.parse(received[7]!.body), {
    apiVersion: "v1",
    kind: "DeleteOptions",
    preconditions: { uid: "u", resourceVersion: "7" },
    propagationPolicy: "Foreground",
  });
  assert.ok(received.every(({ headers }) => headers.get("user-agent") === "ork/test"));
});

Deno.test("createClusterApi() in dry-run mode has nothing stored by any verb", async () => {
  const { api, received } = clientOf(echo, { dryRun: true });
  const desired = configMap("a");
  await api.get(configMaps, target);
  await api.apply(configMaps, desired, { force: true, onlyIf: "absent" });
  await api.create(nodes, object("v1", "Node", "n", inNamespace(undefined)));
  await api.post(configMaps, desired);
  await api.mergePatch(configMaps, { ...target, subresource: "status" }, { status: {} });
  await api.delete(configMaps, target, { uid: "u" });
  const [read, ...writes] = received;
  assert.equal(read!.path, one);
  for (const { verb, path } of writes) assert.match(path, /[?&]dryRun=All$/, verb);
  // With a body, the query of a DELETE is not read (apiserver: endpoints/handlers, DeleteResource).
  const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid: "u" }, dryRun: ["All"] };
  assert.deepEqual(JSON.parse(writes.at(-1)!.body), body);
});

Deno.test("createClusterApi() refuses to address a collection where one object is meant", async () => {
  const { api, received } = clientOf(echo);
  await assert.rejects(api.delete(configMaps, { name: "", namespace: "default" }), TypeError);
  await assert.rejects(api.create(configMaps, configMap("a", inNamespace(undefined))), TypeError);
  await assert.rejects(api.raw("https://elsewhere/"), TypeError);
  assert.equal(received.length, 0);
});

Deno.test("get() keeps integers exact", async () => {
  const { api } = clientOf(() => new Response('{"metadata":{"name":"a"},"n":9007199254740993,"f":1.5}'));
  const response = await api.get(configMaps, target);
  assert.deepEqual([response["n"], response["f"]], [9007199254740993n, 1.5]);
});

Deno.test("get() throws the server's refusal with the request in it", async () => {
  const { api } = clientOf(() => statusResponse(404, "NotFound", { details: { name: "a", kind: "configmaps" } }));
  await assert.rejects(api.get(configMaps, target), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.status, error.reason, error.request], [404, "NotFound", { verb: "GET", path: one }]);
    return true;
  });
});

Deno.test("get() gives up after its time, and its caller may end it sooner", async () => {
  const clock = new FakeClock();
  const { api } = clientOf(() => new Promise<Response>(() => {}), { clock });
  const slow = assert.rejects(api.get(configMaps, target), (error) => error instanceof NetworkError && error.timedOut);
  await clock.advance(29_999);
  assert.deepEqual(clock.pendingMs, [1]);
  await clock.advance(1);
  await slow;
  const controller = new AbortController();
  const ended = assert.rejects(api.get(configMaps, target, { signal: controller.signal }), /enough/);
  controller.abort(new Error("enough"));
  await ended;
  assert.deepEqual(clock.pendingMs, [], "no timer is left behind");
});

Deno.test("get() applies its time-out to the whole response, not from byte to byte", async () => {
  const clock = new FakeClock();
  const body = openBody();
  const { api } = clientOf(() => body.response, { clock });
  const slow = assert.rejects(api.get(configMaps, target), (error) => error instanceof NetworkError && error.timedOut);
  for (let second = 0; second < 30; second++) {
    body.write(" ");
    await clock.advance(1000);
  }
  await slow;
  assert.equal(body.cancelled, true);
});

Deno.test("get() refuses a response that is too large, and one that is not an object", async () => {
  const limits = { objectBytes: 10 };
  const { api } = clientOf(() => new Response('{"a":"0123456789"}'), { limits });
  await assert.rejects(api.get(configMaps, target), ResponseTooLargeError);
  for (const text of ["", "[]", "null", "<html>", "{}", '{"metadata":{}}']) {
    await assert.rejects(clientOf(() => new Response(text)).api.get(configMaps, target), MalformedResponseError);
  }
});

Deno.test("a refusal with an endless body is still a refusal", async () => {
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(32)) });
  const { api } = clientOf(() => new Response(endless, { status: 500 }));
  await assert.rejects(api.get(configMaps, target), (error) => error instanceof ApiError && error.status === 500);
});

Deno.test("createClusterApi() reports the warnings of the server", async () => {
  const warnings: string[] = [];
  const api = createClusterApi({ server: "http://double", auth: { kind: "none" }, source: "test" }, {
    userAgent: "ork/test",
    clock: new FakeClock(),
    random: Math.random,
    fetch: () =>
      Promise.resolve(
        new Response(minimal, {
          headers: [["warning", '299 - "old \\"v1\\""'], ["warning", '299 - "unknown, field"']],
        }),
      ),
    onWarning: (text) => warnings.push(text),
  });
  await api.get(configMaps, target);
  assert.deepEqual(warnings, ['old "v1"', "unknown, field"]);
});

Deno.test("a 401 makes the token be read again, once", async () => {
  const tokens = ["old", "new", "newer"];
  const seen: (string | null)[] = [];
  const responses = [401, 200, 401, 401];
  const api = createClusterApi(
    { server: "http://double", auth: { kind: "tokenFile", path: "/token" }, source: "test" },
    {
      userAgent: "ork/test",
      clock: new FakeClock(),
      random: Math.random,
      readTextFile: () => Promise.resolve(`${tokens.shift()}\n`),
      fetch: (_url, init) => {
        seen.push(new Headers(init.headers).get("authorization"));
        return Promise.resolve(new Response(minimal, { status: responses.shift()! }));
      },
    },
  );
  await api.get(configMaps, target);
  assert.deepEqual(seen, ["Bearer old", "Bearer new"]);
  await assert.rejects(api.get(configMaps, target), (error) => error instanceof ApiError && error.status === 401);
  assert.deepEqual(seen.slice(2), ["Bearer new", "Bearer newer"]);
});

const event = (type: string, name: string, resourceVersion: string) =>
  JSON.stringify({ type, object: { kind: "ConfigMap", metadata: { name, namespace: "default", resourceVersion } } }) +
  "\n";

Deno.test("watch() passes on events and bookmarks and returns the last resourceVersion", async () => {
  const lines = [event("ADDED", "a", "11"), event("DELETED", "a", "12"), event("BOOKMARK", "", "15")];
  const { api, received } = clientOf(() => new Response(lines.join("")));
  const seen: WatchEvent[] = [];
  const end = await api.watch(configMaps, { namespace: "default", resourceVersion: "10" }, (one) => seen.push(one));
  assert.equal(end.resourceVersion, "15");
  assert.deepEqual(seen.map((one) => one.type), ["ADDED", "DELETED", "BOOKMARK"]);
  assert.equal(
    received[0]!.path,
    "/api/v1/namespaces/default/configmaps?watch=true&allowWatchBookmarks=true&resourceVersion=10&timeoutSeconds=360",
  );
});

Deno.test("watch() reports a known state by its resourceVersion alone", async () => {
  const { api } = clientOf(() => new Response(event("MODIFIED", "a", "11") + event("ADDED", "b", "12")));
  const seen: WatchEvent[] = [];
  const isKnown = (version: string) => version === "12";
  const end = await api.watch(configMaps, { resourceVersion: "10" }, (one) => seen.push(one), { isKnown });
  assert.equal(end.resourceVersion, "12");
  assert.deepEqual(seen.map((one) => one.type), ["MODIFIED", "KNOWN"]);
});

Deno.test("post() and delete() do not read the response", async () => {
  const { api, received } = clientOf(() => new Response("no JSON"));
  await api.post(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "default" } });
  await api.delete(configMaps, { name: "a", namespace: "default" });
  assert.deepEqual(received.map(({ path }) => path.split("?")[0]), [
    "/api/v1/namespaces/default/configmaps",
    "/api/v1/namespaces/default/configmaps/a",
  ]);
});

Deno.test("watch() throws the error of an ERROR event", async () => {
  const status = { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" };
  const { api } = clientOf(() => new Response(JSON.stringify({ type: "ERROR", object: status }) + "\n"));
  await assert.rejects(
    api.watch(configMaps, { resourceVersion: "1" }, () => {}),
    (error) => error instanceof ApiError && error.reason === "Expired" && error.status === 410,
  );
});

const garbage = [
  "<html>\n",
  "[]\n",
  '{"type":"ADDED"}\n',
  '{"type":"EXPLODED","object":{"metadata":{"resourceVersion":"1"}}}\n',
  '{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n',
  '{"type":"ADDED","obj',
];
for (const text of garbage) {
  Deno.test(`watch() ends with an error on ${JSON.stringify(text)}`, async () => {
    const { api } = clientOf(() => new Response(event("ADDED", "a", "11") + text));
    let events = 0;
    await assert.rejects(api.watch(configMaps, { resourceVersion: "10" }, () => events++), MalformedResponseError);
    assert.equal(events, 1);
  });
}

Deno.test("watch() refuses an event without end", async () => {
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(65)) });
  const { api } = clientOf(() => new Response(endless), { limits: { eventBytes: 1_000_000 } });
  await assert.rejects(api.watch(configMaps, { resourceVersion: "1" }, () => {}), ResponseTooLargeError);
});

Deno.test("watch() throws what its listener throws, as it is", async () => {
  const body = openBody();
  const { api } = clientOf(() => body.response);
  const mine = new TypeError("mine");
  const watching = assert.rejects(
    api.watch(configMaps, { resourceVersion: "1" }, () => {
      throw mine;
    }),
    (error) => error === mine,
  );
  body.write(event("ADDED", "a", "11"));
  await watching;
  assert.equal(body.cancelled, true);
});

Deno.test("watch() ends without an error after silence, counted from the last byte", async () => {
  const clock = new FakeClock();
  const body = openBody();
  const { api } = clientOf(() => body.response, { clock });
  let ended: { resourceVersion: string } | undefined;
  const watching = api.watch(configMaps, { resourceVersion: "1" }, () => {}).then((end) => ended = end);
  await clock.advance(179_000);
  body.write(event("ADDED", "a", "11"));
  await clock.advance(179_000);
  assert.equal(ended, undefined);
  await clock.advance(1_000);
  await watching;
  assert.deepEqual(ended, { resourceVersion: "11" });
  assert.equal(body.cancelled, true);
});

Deno.test("watch() counts silence from when it began, not from when it was received for", async () => {
  const clock = new FakeClock();
  const body = openBody();
  const late = Promise.withResolvers<Response>();
  const { api } = clientOf(() => late.promise, { clock });
  let ended = false;
  const watching = api.watch(configMaps, { resourceVersion: "1" }, () => {}).then(() => ended = true);
  await clock.advance(50_000);
  late.resolve(body.response);
  await settle();
  await clock.advance(179_999);
  assert.equal(ended, false);
  await clock.advance(1);
  await watching;
});

Deno.test("watch() gives up a server that does not begin", async () => {
  const clock = new FakeClock();
  const { api } = clientOf(() => new Promise<Response>(() => {}), { clock });
  const watching = assert.rejects(
    api.watch(configMaps, { resourceVersion: "1" }, () => {}),
    (error) => error instanceof NetworkError && error.timedOut,
  );
  await clock.advance(60_000);
  await watching;
});

Deno.test("watch() is ended by its caller in the middle of silence", async () => {
  const body = openBody();
  const controller = new AbortController();
  const { api } = clientOf(() => body.response);
  const opened = Promise.withResolvers<void>();
  const watching = assert.rejects(
    api.watch(configMaps, { resourceVersion: "1" }, () => {}, { signal: controller.signal, onOpen: opened.resolve }),
    { name: "AbortError" },
  );
  await opened.promise;
  controller.abort();
  await watching;
  assert.equal(body.cancelled, true);
});
