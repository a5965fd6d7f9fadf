import assert from "node:assert/strict";
import { clientOf, statusResponse } from "../../../tests/support/api_double.ts";
import { realClock } from "../../../tests/support/clock.ts";
import { ApiError } from "../../cluster/mod.ts";
import type { KubeObject, ResourceType } from "../../k8s/object.ts";
import { lastWrite } from "./last_write.ts";
import type { Patience } from "./patience.ts";
import { rewrite } from "./rewrite.ts";

const type: ResourceType = { group: "example.org", version: "v1", kind: "Shop", plural: "shops", namespaced: true };

function shop(metadata: Partial<KubeObject["metadata"]> = {}): KubeObject {
  return {
    apiVersion: "example.org/v1",
    kind: "Shop",
    metadata: { name: "one", namespace: "team", uid: "u1", resourceVersion: "5", ...metadata },
    spec: { size: 3 },
  };
}

/** Rewrites the object against these responses, in order. Waits between attempts are none. */
async function rewritten(...responses: (() => Response)[]) {
  const clock = { ...realClock, after: (_: number, run: () => void) => realClock.after(0, run) };
  const patience: Patience = { clock, random: () => 0, stopped: new AbortController().signal };
  const { api, received } = clientOf(() => responses.shift()!());
  const outcome = await rewrite(api, type, shop(), patience).catch((error) => error);
  assert.equal(responses.length, 0, "more requests were expected");
  return { outcome, received };
}

const stored = (resourceVersion: string) => () => Response.json(shop({ resourceVersion }));
const refused = (code: number, reason: string, name?: string) => () =>
  statusResponse(code, reason, name === undefined ? {} : { details: { name, kind: "shops" } });

Deno.test("rewrite() sends uid and resourceVersion alone, and sees by the resourceVersion whether that was stored", async () => {
  const { outcome, received } = await rewritten(stored("6"));
  assert.equal(outcome, "rewritten");
  assert.deepEqual(received.map(({ verb, path, body, headers }) => [verb, path, body, headers.get("content-type")]), [[
    "PATCH",
    "/apis/example.org/v1/namespaces/team/shops/one?fieldManager=orkestra",
    '{"metadata":{"uid":"u1","resourceVersion":"5"}}',
    "application/merge-patch+json",
  ]]);
  assert.equal((await rewritten(stored("5"))).outcome, "unchanged");
});

Deno.test("rewrite() takes a conflict for a write of others only where the object has changed", async () => {
  const conflict = refused(409, "Conflict", "one");
  assert.equal((await rewritten(conflict, stored("9"))).outcome, "writtenByOthers");
  assert.equal((await rewritten(conflict, refused(404, "NotFound", "one"))).outcome, "gone");
  const { outcome } = await rewritten(conflict, stored("5"));
  assert.ok(outcome instanceof ApiError && outcome.status === 409, "a webhook has refused it");
});

Deno.test("rewrite() takes a missing object for gone, and not a missing kind", async () => {
  assert.equal((await rewritten(refused(404, "NotFound", "one"))).outcome, "gone");
  assert.equal((await rewritten(refused(404, "NotFound"))).outcome.status, 404);
});

Deno.test("rewrite() repeats what may succeed later, five times in all, and nothing else", async () => {
  const busy = refused(503, "ServiceUnavailable");
  assert.equal((await rewritten(busy, refused(429, "TooManyRequests"), stored("6"))).outcome, "rewritten");
  assert.equal((await rewritten(busy, busy, busy, busy, busy)).outcome.status, 503);
  assert.equal((await rewritten(refused(422, "Invalid", "one"))).outcome.status, 422);
});

Deno.test("lastWrite() is the newest entry of managedFields that has a time", () => {
  const entry = (version: string, manager: string, time?: string) => ({
    apiVersion: `example.org/${version}`,
    manager,
    ...time === undefined ? {} : { time },
  });
  assert.equal(lastWrite(shop()), undefined);
  assert.equal(lastWrite(shop({ managedFields: [entry("v1", "a")] })), undefined);
  const managedFields = [
    entry("v1", "a", "2026-01-02T00:00:00Z"),
    entry("v2", "b", "2026-03-01T00:00:00Z"),
    entry("v1", "c", "2025-12-31T00:00:00Z"),
  ];
  assert.deepEqual(lastWrite(shop({ managedFields })), { version: "v2", manager: "b", time: "2026-03-01T00:00:00Z" });
});
