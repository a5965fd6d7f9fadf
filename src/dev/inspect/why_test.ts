import assert from "node:assert/strict";
import { serveOnLoopback } from "../../../tests/support/loopback_server.ts";
import { realClock } from "../../../tests/support/clock.ts";
import { crdOf, katalogOf } from "../../../tests/support/katalog_response.ts";
import { InspectError } from "./inspect_error.ts";
import { crResponse, passesResponse } from "./responses.ts";
import { why, whyLines } from "./why.ts";

const item = { name: "hello", namespace: "default", phase: "Up", ready: true, generation: 3, age: "5m" };
const pass = {
  ...{ trigger: "the CR changed", result: "succeeded", count: 1, age: "5s", waitedMs: 0, durationMs: 12 },
  ...{ firstTime: "2026-01-02T03:04:00Z", time: "2026-01-02T03:04:00Z", changes: [], calls: [] },
};

function lines(
  passes: readonly Record<string, unknown>[],
  next: unknown = { why: "resync", inMs: 33_400 },
  { cr = {}, operator = { state: "healthy" }, ...more }: {
    cr?: Record<string, unknown>;
    operator?: Parameters<typeof whyLines>[3];
    idle?: unknown;
    isKonductor?: boolean;
  } = {},
): string[] {
  const read = passesResponse.parse({ name: "hello", namespace: "default", isKonductor: true, next, passes, ...more });
  return whyLines("Website default/hello", crResponse.parse({ ...item, ...cr }), read, operator, { colour: false });
}

Deno.test("whyLines() says how the CR is, what comes next, and what was done, newest first", () => {
  const changes = [{
    ...{ action: "update", kind: "Deployment", namespace: "default", name: "hello", fields: [], why: "drift" },
    ...{ by: "kubectl-scale", text: "updated Deployment hello (spec.replicas, changed by kubectl-scale)" },
  }];
  const calls = [
    { verb: "apply", kind: "Deployment", namespace: "default", name: "hello", code: 200 },
    { verb: "patch", kind: "Region", namespace: "", name: "eu", subresource: "status" },
  ];
  const idle = { since: "2026-01-02T03:05:00Z", last: "2026-01-02T03:06:00Z", count: 3 };
  assert.deepEqual(
    lines(
      [
        { ...pass, id: "run-7", changes, calls, changesOmitted: 2, callsOmitted: 4 },
        { ...pass, result: "failed", count: 12, age: "3m", message: "Cannot create\nSecret" },
      ],
      undefined,
      { idle },
    ),
    [
      "Website default/hello: phase Up, ready, generation 3",
      "  next: resync in 33s; a change of the CR or of a child triggers a pass before",
      "  nothing to do since 2026-01-02T03:05:00Z, 3 visits",
      "",
      "Last passes, newest first:",
      "  5s ago: succeeded in 12ms (pass run-7)",
      "    because: the CR changed",
      "    updated Deployment hello (spec.replicas, changed by kubectl-scale)",
      "    and 2 more changes",
      "    calls: apply Deployment default/hello 200, patch Region eu status no response, and 4 more",
      "  3m ago: failed in 12ms, 12 times since 2026-01-02T03:04:00Z",
      "    because: the CR changed",
      "    message: Cannot create Secret",
    ],
  );
});

Deno.test("whyLines() says what is waited for, from the conditions and from the pass", () => {
  const conditions = [
    { type: "Ready", status: "False", reason: "Waiting", message: "db is not there" },
    { type: "Synced", status: "True" },
    { type: "Other", status: "False" },
  ];
  const cr = { ready: false, phase: "", status: { conditions } };
  const [title, ready, next, , , , , waits] = lines(
    [{ ...pass, result: "waiting", message: "db is not there" }],
    { why: "requeue", inMs: 900 },
    { cr },
  );
  assert.deepEqual([title, ready, next, waits], [
    "Website default/hello: not ready, generation 3",
    "  Ready is False: Waiting: db is not there",
    "  next: another look in 900ms, since it waits",
    "    waits: db is not there",
  ]);
  assert.equal(lines([], undefined, { cr: { status: "none" } }).length, 4, "a status that is none is no obstacle");
});

Deno.test("whyLines() says that the CR is being deleted, and that its operator does not work yet", () => {
  const reason = 'waits for box "db" to be healthy: degraded: no';
  const [title, next] = lines([], { why: "queued", inMs: 0 }, {
    cr: { deletionTimestamp: "2026-01-02T03:04:00Z" },
    operator: { state: "pending", reason },
  });
  assert.equal(title, "Website default/hello: being deleted since 2026-01-02T03:04:00Z, phase Up, ready, generation 3");
  assert.equal(next, `  next: nothing until the operator works: ${reason}`);
});

Deno.test("whyLines() says when the next pass is, whatever it waits for", () => {
  const failed = [{ ...pass, result: "failed", message: "no" }];
  const next = (visit: unknown, passes: readonly Record<string, unknown>[] = []) =>
    lines(passes, visit).find((line) => line.startsWith("  next: "))?.slice("  next: ".length);
  assert.equal(next({ why: "processing", inMs: 0 }), "a pass is being made now");
  assert.equal(next({ why: "queued", inMs: 0 }), "now: it waits for a worker");
  assert.equal(next({ why: "backoff", inMs: 12_000 }, failed), "retry in 12s, since the last pass failed");
  assert.equal(next({ why: "requeue", inMs: 60_000 }), "requeue in 1m");
  assert.match(next({ why: "change" }) ?? "", /^nothing is planned/);
  assert.match(next({ why: "held", inMs: 5_000 }) ?? "", /^held back for 5s/);
  assert.match(next({ why: "deferred", inMs: 5_000 }) ?? "", /^deferred, the queue is long; at the latest in 5s$/);
  assert.match(next({ why: "throttled", inMs: 5_000 }) ?? "", /^a pass in 5s; it is throttled/);
  assert.equal(next({ why: "moon\x1b[2J", inMs: 5_000 }), "moon?[2J in 5s", "of a later version");
  const standby = lines([], undefined, { isKonductor: false });
  assert.match(standby[1]!, /nothing, this process does not reconcile it/);
  assert.match(standby.at(-1)!, /No pass changed anything/);
});

Deno.test("why() of a Runtime that keeps no passes says which version it is", async () => {
  await using server = serveOnLoopback((request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/katalog") return Response.json(katalogOf([crdOf("website")]));
    if (pathname === "/katalog/website/cr/default/hello") return Response.json({ ...item, status: {} });
    return Response.json({ error: "There is no such path" }, { status: 404 });
  });
  const unexpected = () => {
    throw new Error("Nothing but the URL was to be asked");
  };
  const ports = {
    ...{ clock: realClock, env: () => undefined },
    ...{ findCluster: unexpected, connect: unexpected, forward: unexpected },
  };
  const options = { url: `http://127.0.0.1:${server.port}`, timeoutMs: 5_000, output: "text" } as const;
  const terminal = { out: unexpected, err: unexpected, colour: false };
  await assert.rejects(why({ ...options, kind: "Website", name: "hello" }, terminal, ports), (error) => {
    assert.ok(error instanceof InspectError);
    assert.match(error.message, /does not keep passes \(There is no such path\); its version is 0\.1\.0/);
    return true;
  });
  await assert.rejects(
    why({ ...options, kind: "Website", name: "other" }, terminal, ports),
    /There is no such path; name its namespace with -n/,
  );
});

Deno.test("why() of a cluster-scoped kind asks for no namespace", async () => {
  await using server = serveOnLoopback((request) =>
    new URL(request.url).pathname === "/katalog"
      ? Response.json(katalogOf([crdOf("website", { namespaced: false })]))
      : Response.json({ error: "There is no Website other in the cache" }, { status: 404 })
  );
  const unexpected = () => {
    throw new Error("Nothing but the URL was to be asked");
  };
  const ports = {
    ...{ clock: realClock, env: () => undefined },
    ...{ findCluster: unexpected, connect: unexpected, forward: unexpected },
  };
  const options = { url: `http://127.0.0.1:${server.port}`, timeoutMs: 5_000, output: "text" } as const;
  await assert.rejects(
    why({ ...options, kind: "Website", name: "other" }, { out: unexpected, err: unexpected, colour: false }, ports),
    /There is no Website other in the cache$/,
  );
});
