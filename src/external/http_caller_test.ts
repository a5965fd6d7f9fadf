import assert from "node:assert/strict";
import { httpService, jsonOf } from "../../tests/support/http_service.ts";
import { realClock } from "../../tests/support/clock.ts";
import type { ExternalRequest } from "../input/mod.ts";
import type { ExternalCallPlan } from "../plan/plan.ts";
import { httpCaller, type HttpCallerOptions, type SendRequest } from "./http_caller.ts";
import { lookupAddresses, sendRequest } from "./send.ts";

function planOf(url: string, more: Partial<ExternalCallPlan> = {}): ExternalCallPlan {
  return {
    name: "a",
    id: "onReconcile.external[0]",
    method: "GET",
    url: { text: url, at: "k.yaml:1:1" },
    headers: {},
    expectedStatus: [],
    timeoutMs: 5_000,
    retry: { initialMs: 1, maxMs: 5, multiplier: 2, maxAttempts: 1 },
    continueOnError: false,
    at: "k.yaml:1:1",
    ...more,
  };
}

function callerOf(more: Partial<HttpCallerOptions> = {}) {
  return httpCaller({
    clock: realClock,
    random: Math.random,
    userAgent: "ork/test",
    credential: () => Promise.resolve("hunter2"),
    lookup: lookupAddresses,
    send: sendRequest,
    ...more,
  });
}

const requestOf = (url: string, more: Partial<ExternalRequest> = {}): ExternalRequest => ({
  name: "a",
  url,
  headers: {},
  ...more,
});

Deno.test("a call has status, headers and body of the response, without the headers of sessions", async () => {
  await using service = httpService(() =>
    new Response("hi", { headers: { "x-a": "b", "set-cookie": "c=d", "content-type": "text/plain" } })
  );
  const plan = planOf(service.url, { method: "POST", headers: { "x-b": { text: "c", at: "" } } });
  const request = requestOf(`${service.url}/p?q=1#f`, { headers: { "x-b": "c", "x-undeclared": "d" }, body: "sent" });
  const { durationSeconds, ...outcome } = await callerOf().call(plan, request);
  assert.ok(durationSeconds >= 0 && durationSeconds < 5);
  assert.equal(outcome.statusCode, 200);
  assert.equal(outcome.body, "hi");
  assert.equal(outcome.error, "");
  assert.equal(outcome.headers["x-a"], "b");
  assert.equal("set-cookie" in outcome.headers, false);
  const [got] = service.requests;
  assert.deepEqual([got!.method, got!.path, got!.body, got!.headers.get("x-b")], ["POST", "/p?q=1", "sent", "c"]);
  assert.equal(got!.headers.get("user-agent"), "ork/test");
  assert.equal(got!.headers.get("x-undeclared"), null);
});

Deno.test("an unexpected status fails a call, and its response is there nevertheless", async () => {
  await using service = httpService(() => jsonOf({ why: "no" }, 404));
  const outcome = await callerOf().call(planOf(service.url), requestOf(service.url));
  assert.deepEqual([outcome.error, outcome.statusCode, outcome.body], ["Status 404", 404, '{"why":"no"}']);
  const expected = await callerOf().call(planOf(service.url, { expectedStatus: [404] }), requestOf(service.url));
  assert.equal(expected.error, "");
});

Deno.test("redirects are not followed", async () => {
  await using service = httpService(({ path }) =>
    path === "/" ? new Response(null, { status: 302, headers: { location: "/else" } }) : new Response()
  );
  const outcome = await callerOf().call(planOf(service.url), requestOf(service.url));
  assert.deepEqual([outcome.error, outcome.headers["location"]], ["Status 302", "/else"]);
  assert.equal(service.requests.length, 1);
});

Deno.test("further tries are made where they may help, and no more than the plan has", async () => {
  const retry = { initialMs: 1, maxMs: 2, multiplier: 2, maxAttempts: 3 };
  for (const [status, requests] of [[503, 3], [429, 3], [408, 3], [404, 1], [302, 1]] as const) {
    await using service = httpService(() => new Response("", { status }));
    const { error } = await callerOf().call(planOf(service.url, { retry }), requestOf(service.url));
    assert.deepEqual([error, service.requests.length], [`Status ${status}`, requests]);
  }
  let count = 0;
  await using service = httpService(() => new Response("", { status: ++count < 3 ? 500 : 200 }));
  assert.equal((await callerOf().call(planOf(service.url, { retry }), requestOf(service.url))).error, "");
});

Deno.test("a call ends at its time-out, whatever the server or the resolver does", async () => {
  await using service = httpService((_request, signal) =>
    new Promise((resolve) => signal.addEventListener("abort", () => resolve(new Response()), { once: true }))
  );
  const silent = await callerOf().call(planOf(service.url, { timeoutMs: 100 }), requestOf(service.url));
  assert.equal(silent.error, "No response within 100 ms");
  const never: SendRequest = () => new Promise(() => {});
  const deaf = await callerOf({ send: never }).call(planOf(service.url, { timeoutMs: 100 }), requestOf(service.url));
  assert.equal(deaf.error, "No response within 100 ms");
  const within = await callerOf({ send: never }).call(planOf(service.url), requestOf(service.url), { withinMs: 50 });
  assert.equal(within.error, "No result within 50 ms");
  const slow = callerOf({ lookup: () => new Promise(() => {}) });
  const name = await slow.call(planOf("http://a.test", { timeoutMs: 100 }), requestOf("http://a.test"));
  assert.equal(name.error, "No response within 100 ms");
});

Deno.test("an aborted call ends at once, and none is made without the right to act", async () => {
  const abort = new AbortController();
  const never: SendRequest = () => new Promise(() => abort.abort());
  const outcome = await callerOf({ send: never }).call(planOf("http://127.0.0.1/"), requestOf("http://127.0.0.1/"), {
    signal: abort.signal,
  });
  assert.equal(outcome.error, "It was aborted");
  const mayCall = () => false;
  const fenced = await callerOf({ send: never }).call(planOf("http://127.0.0.1/"), requestOf("http://127.0.0.1/"), {
    mayCall,
  });
  assert.equal(fenced.error, "This process does not lead");
});

Deno.test("a body that is too long fails the call, also where it is compressed or never ends", async () => {
  const big = "x".repeat(300 * 1024);
  const zipped = () => new Response(big).body!.pipeThrough(new CompressionStream("gzip"));
  const endless = () =>
    new ReadableStream({ pull: (controller) => controller.enqueue(new TextEncoder().encode(big.slice(0, 1000))) });
  const responses = [
    () => new Response(big),
    () => new Response(zipped(), { headers: { "content-encoding": "gzip" } }),
    () => new Response(endless()),
  ];
  for (const respond of responses) {
    await using service = httpService(respond);
    const outcome = await callerOf().call(planOf(service.url), requestOf(service.url));
    assert.deepEqual([outcome.error, outcome.body], ["The response is longer than 262144 bytes", ""]);
  }
});

const refused: [url: string, rendered: string, message: RegExp][] = [
  ["{{ .spec.url }}", "http://127.0.0.1:1/", /^127\.0\.0\.1 is not called: it is this machine itself/],
  ["{{ .spec.url }}", "http://localhost:1/", /^localhost is not called: .*: it is this machine itself/],
  ["{{ .spec.url }}", "http://[::ffff:7f00:1]/", /it is this machine itself/],
  ["{{ .spec.url }}", "http://0x7f.1/", /it is this machine itself/],
  ["{{ .spec.url }}", "http://169.254.169.254/latest", /link-local/],
  ["{{ .spec.url }}", "http://2852039166/", /link-local/],
  ["{{ .spec.url }}", "https://metadata.test/", /^metadata\.test is not called: 169\.254\.169\.254: it is link-local/],
  ["http://metadata.test/{{ .a }}", "http://metadata.test/x", /link-local/],
  ["http://0.0.0.0/", "http://0.0.0.0/", /no address of a server/],
  ["{{ .spec.url }}", "ftp://a.test/", /neither http nor https/],
  ["{{ .spec.url }}", "file:///etc/passwd", /neither http nor https/],
  ["{{ .spec.url }}", "http://me:pw@a.test/", /holds a user or a password/],
  ["{{ .spec.url }}", "nonsense", /render to no URL/],
  ["{{ .spec.url }}", "", /render to no URL/],
  ["http://a.test/{{ .p }}", "http://b.test/", /leads to another host/],
  ["http://a.test/{{ .p }}", "http://a.test:81/", /leads to another host/],
  ["http://a.test/{{ .p }}", "https://a.test/", /leads to another host/],
  ["{{ .spec.url }}", `http://a.test/${"x".repeat(5000)}`, /longer than 4096/],
];

for (const [url, rendered, message] of refused) {
  Deno.test(`${rendered.slice(0, 40)} is not called where the Katalog has ${url}`, async () => {
    const sent: string[] = [];
    const caller = callerOf({
      lookup: (host) => host === "localhost" ? lookupAddresses(host) : Promise.resolve(["10.0.0.1", "169.254.169.254"]),
      send: ({ url }) => Promise.resolve(sent.push(url.href)).then(() => ({ statusCode: 200, headers: {}, body: "" })),
    });
    const outcome = await caller.call(planOf(url), requestOf(rendered));
    assert.match(outcome.error, message);
    assert.equal(outcome.error.includes("pw"), false);
    assert.deepEqual(sent, []);
  });
}

Deno.test("an address that the Katalog writes out is called, whatever it is", async () => {
  const sent: string[] = [];
  const caller = callerOf({
    send: ({ address }) => Promise.resolve(sent.push(address)).then(() => ({ statusCode: 200, headers: {}, body: "" })),
  });
  for (const url of ["http://169.254.169.254/latest/{{ .a }}", "http://[fe80::1]/", "http://127.0.0.1:1/"]) {
    assert.equal((await caller.call(planOf(url), requestOf(url.replace("{{ .a }}", "x")))).error, "");
  }
  assert.deepEqual(sent, ["169.254.169.254", "fe80::1", "127.0.0.1"]);
});

Deno.test("an http request goes to the address that was looked at, with the name of its host", async () => {
  await using service = httpService(({ headers }) => new Response(headers.get("host")));
  const { port } = new URL(service.url);
  const caller = callerOf({ lookup: () => Promise.resolve(["127.0.0.1"]) });
  const url = `http://flags.test:${port}/`;
  assert.equal((await caller.call(planOf(url), requestOf(url))).body, `flags.test:${port}`);
});

Deno.test("a credential is sent where the plan says, and no error has it", async () => {
  await using service = httpService();
  const auth = { namespace: "n", name: "s", key: "k", header: "authorization" };
  const own = { ...auth, header: "x-api-key" };
  for (const each of [auth, own]) await callerOf().call(planOf(service.url, { auth: each }), requestOf(service.url));
  const [first, second] = service.requests;
  assert.equal(first!.headers.get("authorization"), "Bearer hunter2");
  assert.deepEqual([second!.headers.get("x-api-key"), second!.headers.get("authorization")], ["hunter2", null]);

  const telling: SendRequest = ({ url, headers }) =>
    Promise.reject(new Error(`Cannot send ${url.href} with ${JSON.stringify(headers)}`));
  const url = `${service.url}/?token=swordfish`;
  const { error } = await callerOf({ send: telling }).call(planOf(service.url, { auth }), requestOf(url));
  assert.match(error, /Cannot send/);
  assert.doesNotMatch(error, /hunter2|swordfish/);
  const missing = callerOf({ credential: () => Promise.reject(new Error("Secret n/s has no key")) });
  assert.equal(
    (await missing.call(planOf(service.url, { auth }), requestOf(service.url))).error,
    "Secret n/s has no key",
  );
});

Deno.test("headers and bodies that cannot be sent fail the call before it", async () => {
  const headers = { "x-a": { text: "", at: "" } };
  const never: SendRequest = () => Promise.reject(new Error("sent"));
  const call = (plan: Partial<ExternalCallPlan>, request: Partial<ExternalRequest>) =>
    callerOf({ send: never }).call(planOf("http://127.0.0.1/", plan), requestOf("http://127.0.0.1/", request));
  for (const value of ["a\r\nx-b: c", "ü", "x".repeat(5000)]) {
    assert.match((await call({ headers }, { headers: { "x-a": value } })).error, /^The header x-a renders to what/);
  }
  assert.match((await call({ method: "POST" }, { body: "x".repeat(70_000) })).error, /^The body of the request/);
});

Deno.test("the error of a server that cannot be reached does not change from try to try", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}/`;
  listener.close();
  const [first, second] = [
    await callerOf().call(planOf(url), requestOf(url)),
    await callerOf().call(planOf(url), requestOf(url)),
  ];
  assert.match(first.error, /^No response: .*refused/);
  assert.equal(first.error, second.error);
});
