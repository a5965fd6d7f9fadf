import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/clock.ts";
import { createClusterApi } from "./client.ts";
import { deduplicateWarnings } from "./warnings.ts";

const request = { verb: "PATCH", path: "/api/v1/namespaces/a/endpoints/x?fieldManager=orkestra" };

Deno.test("deduplicateWarnings() reports each text once an hour, with the request and without its query", async () => {
  const clock = new FakeClock();
  const reported: string[] = [];
  const onWarning = deduplicateWarnings((message) => reported.push(message), clock);
  const first = "Warning: v1 Endpoints is deprecated (PATCH /api/v1/namespaces/a/endpoints/x)";
  onWarning("v1 Endpoints is deprecated", request);
  await clock.advance(59 * 60_000);
  onWarning("v1 Endpoints is deprecated", { verb: "GET", path: "/other" });
  assert.deepEqual(reported, [first]);
  await clock.advance(60_000);
  onWarning("v1 Endpoints is deprecated", request);
  assert.deepEqual(reported, [first, first]);
});

Deno.test("deduplicateWarnings() bounds the number of texts and their length, says so once, and recovers", async () => {
  const clock = new FakeClock();
  const reported: string[] = [];
  const onWarning = deduplicateWarnings((message) => reported.push(message), clock);
  for (let i = 0; i < 200; i++) onWarning(`text ${i} ${"x".repeat(10_000)}`, request);
  assert.equal(reported.length, 65);
  assert.ok(reported.every((message) => message.length < 1200));
  assert.match(reported.at(-1)!, /further ones are not logged/);
  await clock.advance(60 * 60_000);
  onWarning("another", request);
  assert.match(reported.at(-1)!, /^Warning: another \(/);
});

Deno.test("a warning comes with the pass whose request got it", async () => {
  const clock = new FakeClock();
  const reported: [string, string | undefined][] = [];
  const api = createClusterApi({ server: "http://double", auth: { kind: "none" }, source: "test" }, {
    userAgent: "ork/test",
    clock,
    random: () => 0.5,
    onWarning: deduplicateWarnings((message, pass) => reported.push([message, pass]), clock),
    fetch: () =>
      Promise.resolve(
        Response.json({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } }, {
          headers: { warning: '299 - "it is old"' },
        }),
      ),
  });
  const type = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };
  await api.get(type, { name: "a", namespace: "n" }, { pass: "run-7" });
  assert.deepEqual(reported, [["Warning: it is old (GET /api/v1/namespaces/n/configmaps/a)", "run-7"]]);
});
