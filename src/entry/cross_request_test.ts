import assert from "node:assert/strict";
import { serveOnLoopback } from "../../tests/support/loopback_server.ts";
import { certificateAuthority } from "../../tests/support/pki.ts";
import { serveHttp } from "../serve/mod.ts";
import { systemClock } from "./clock.ts";
import { connectRuntime } from "./cross_request.ts";

const within = (maxBytes = 1000) => ({ headers: {}, signal: new AbortController().signal, maxBytes });

Deno.test("connectRuntime() gets status, ETag and body, and sends what it is given", async () => {
  const seen: Headers[] = [];
  await using server = serveOnLoopback(({ headers }) => {
    seen.push(headers);
    return headers.get("if-none-match") === null
      ? new Response("body", { headers: { etag: '"1"' } })
      : new Response(null, { status: 304 });
  });
  const { request, close } = connectRuntime("test/1");
  const url = `http://127.0.0.1:${server.port}/katalog`;
  const headers = { authorization: "Bearer t" };
  assert.deepEqual(await request(url, { ...within(), headers }), { status: 200, etag: '"1"', body: "body" });
  assert.equal((await request(url, { ...within(), headers: { "if-none-match": '"1"' } })).status, 304);
  assert.deepEqual(["authorization", "user-agent"].map((name) => seen[0]!.get(name)), ["Bearer t", "test/1"]);
  close();
});

Deno.test("connectRuntime() takes a token nowhere else: it follows no redirect", async () => {
  let reached = 0;
  await using target = serveOnLoopback(() => {
    reached++;
    return new Response("secret");
  });
  await using server = serveOnLoopback(() => Response.redirect(`http://127.0.0.1:${target.port}/`, 302));
  const { request, close } = connectRuntime("test/1");
  const { status } = await request(`http://127.0.0.1:${server.port}/`, within());
  assert.deepEqual([status, reached], [302, 0]);
  close();
});

Deno.test("connectRuntime() reads no more than it may, and ends with its signal", async () => {
  const silent = Promise.withResolvers<Response>();
  await using server = serveOnLoopback(({ url }) =>
    url.endsWith("/silent") ? silent.promise : new Response("x".repeat(1001))
  );
  const { request, close } = connectRuntime("test/1");
  const base = `http://127.0.0.1:${server.port}`;
  await assert.rejects(request(`${base}/`, within()), /longer than 1000 bytes/);
  const abort = new AbortController();
  const pending = request(`${base}/silent`, { ...within(), signal: abort.signal });
  abort.abort(new Error("over"));
  await assert.rejects(pending, /over/);
  silent.resolve(new Response());
  close();
});

Deno.test("connectRuntime() trusts the CA of its file, as it is at the time, and no other", async () => {
  const [ca, other] = [await certificateAuthority(), await certificateAuthority()];
  const { certPem, keyPem } = await ca.issue({ commonName: "runtime", addresses: ["127.0.0.1"] });
  await using server = serveOnLoopback(() => new Response("body"), { certPem, keyPem });
  let trusted = other.certPem;
  const { request, close } = connectRuntime("test/1", () => Promise.resolve(trusted));
  const url = `https://127.0.0.1:${server.port}/`;
  await assert.rejects(request(url, within()), /certificate/i);
  trusted = ca.certPem;
  assert.equal((await request(url, within())).body, "body");
  close();
});

Deno.test("connectRuntime() keeps its connection to a Runtime over responses without a body", async () => {
  const responses = [
    () => new Response("one", { headers: { etag: '"1"' } }),
    () => new Response(null, { status: 304, headers: { etag: '"1"' } }),
    () => new Response(null, { status: 304, headers: { etag: '"1"' } }),
    () => new Response("x".repeat(2_000_000)),
    () => Response.json({ error: "no" }, { status: 403 }),
  ];
  let count = 0;
  const server = serveHttp(() => Promise.resolve(responses[count++]!()), {
    host: "127.0.0.1",
    port: 0,
    clock: systemClock,
  });
  const { request, close } = connectRuntime("test/1");
  const seen: [number, number][] = [];
  for (const _response of responses) {
    const { status, body } = await request(`http://127.0.0.1:${server.port}/`, within(3_000_000));
    seen.push([status, body.length]);
  }
  assert.deepEqual(seen, [[200, 3], [304, 0], [304, 0], [200, 2_000_000], [403, 14]]);
  close();
  await server.stop(0);
});
