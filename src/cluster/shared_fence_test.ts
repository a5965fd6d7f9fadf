import assert from "node:assert/strict";
import { FakeClock, settle } from "../../tests/support/clock.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { createClusterApi } from "./client.ts";
import { FencedError } from "./fence.ts";
import { SharedFence } from "./shared_fence.ts";

const write = { verb: "PATCH", path: "/x" };

/** A fence that one isolate grants and another one reads, on clocks that a test sets. */
function fences() {
  const time = { monotonicMs: 1000 as number | undefined, wallMs: 1_700_000_000_000 };
  const owner = new SharedFence();
  const fence = new SharedFence(owner.memory).reader({ ownerMs: () => time.monotonicMs, wallMs: () => time.wallMs });
  const grant = (ms: number, transitions = 3) =>
    owner.grant({ untilMs: time.monotonicMs! + ms, untilWallMs: time.wallMs + ms, transitions });
  const pass = (ms: number) => {
    time.monotonicMs! += ms;
    time.wallMs += ms;
  };
  const writes = (): boolean => {
    try {
      fence.check(write);
      return true;
    } catch (error) {
      assert.ok(error instanceof FencedError);
      return false;
    }
  };
  return { time, owner, fence, grant, pass, writes };
}

Deno.test("SharedFence lets writes through until its deadline and never after it, reads always", () => {
  const { owner, fence, grant, pass, writes } = fences();
  assert.equal(writes(), false);
  assert.equal(fence.leftMs(), 0);
  grant(3000);
  pass(2999);
  assert.equal(writes(), true);
  assert.equal(fence.leftMs(), 1);
  pass(1);
  assert.equal(writes(), false);
  fence.check({ verb: "GET", path: "/x" });
  grant(3000);
  assert.equal(writes(), true);
  owner.close();
  assert.equal(writes(), false);
});

Deno.test("SharedFence: a machine that was suspended may not write, although its monotonic clock stood still", () => {
  const { time, grant, writes } = fences();
  grant(3000);
  time.wallMs += 20_000;
  assert.equal(writes(), false);
});

Deno.test("SharedFence: a wall clock that is set back extends nothing, one set forward waits for the next renewal", () => {
  const { time, grant, writes } = fences();
  grant(3000);
  time.wallMs -= 3_600_000;
  time.monotonicMs! += 3000;
  assert.equal(writes(), false);
  grant(3000);
  time.wallMs += 7_200_000;
  assert.equal(writes(), false);
  grant(3000);
  assert.equal(writes(), true);
});

Deno.test("SharedFence keeps writes back in an isolate that does not know the owner's clock yet", () => {
  const { time, grant, writes } = fences();
  grant(3000);
  time.monotonicMs = undefined;
  assert.equal(writes(), false);
});

Deno.test("SharedFence: the number of lease transitions is in the user agent, and only while writes may be sent", () => {
  const { fence, grant, pass } = fences();
  assert.equal(fence.userAgent, undefined);
  grant(3000, 7);
  assert.equal(fence.userAgent, "lease=7");
  pass(3000);
  assert.equal(fence.userAgent, undefined);
});

/** A client whose server responds when the test says so. */
function slowClient() {
  const clock = new FakeClock();
  const fence = new SharedFence();
  const sent: { agent: string; signal: AbortSignal }[] = [];
  const response = Promise.withResolvers<Response>();
  const api = createClusterApi({ server: "http://double", auth: { kind: "none" }, source: "test" }, {
    userAgent: "test/1",
    clock,
    random: () => 0,
    fence: fence.reader({ ownerMs: () => clock.nowMs(), wallMs: () => clock.wallMs() }),
    fetch: (_url, init) => {
      sent.push({ agent: (init.headers as Record<string, string>)["user-agent"]!, signal: init.signal! });
      return response.promise;
    },
  });
  const grant = (ms: number) =>
    fence.grant({ untilMs: clock.nowMs() + ms, untilWallMs: clock.wallMs() + ms, transitions: 1 });
  return { clock, api, sent, grant, response };
}

const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "b" } };

Deno.test("a write in flight is aborted at the deadline, and not before, however often that is moved", async () => {
  const { clock, api, sent, grant } = slowClient();
  grant(3000);
  let outcome: unknown = "pending" as unknown;
  api.create(builtInType("ConfigMap")!, configMap).catch((error) => outcome = error);
  await settle();
  assert.equal(sent[0]!.agent, "test/1 lease=1");
  for (let n = 0; n < 5; n++) {
    await clock.advance(1000);
    grant(3000);
  }
  await clock.advance(2999);
  assert.equal(outcome, "pending");
  await clock.advance(1);
  assert.ok((outcome as unknown) instanceof FencedError);
  assert.equal(
    (outcome as unknown as Error).message,
    "The right to write has ended: POST /api/v1/namespaces/b/configmaps?fieldManager=orkestra is aborted",
  );
  assert.equal(sent[0]!.signal.aborted, true);
  api.close();
});

Deno.test("a read in flight outlives the deadline", async () => {
  const { clock, api, grant, response } = slowClient();
  grant(3000);
  const read = api.get(builtInType("ConfigMap")!, configMap.metadata);
  await clock.advance(4000);
  response.resolve(Response.json(configMap));
  assert.equal((await read).metadata.name, "a");
  api.close();
});
