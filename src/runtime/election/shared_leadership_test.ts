import assert from "node:assert/strict";
import { FakeClock, settle } from "../../../tests/support/clock.ts";
import { LeaseServer } from "../../../tests/support/lease_server.ts";
import { type EventRecorder, SharedFence } from "../../cluster/mod.ts";
import { defaultTimings } from "./elector.ts";
import { startSharedLeadership } from "./shared_leadership.ts";

const boxes = Array.from({ length: 13 }, (_, n) => `box-${String(n).padStart(2, "0")}`);
const quiet: EventRecorder = { record() {}, dropped: 0, stop: () => Promise.resolve() };

/** Replicas of one Katalog with thirteen boxes. */
function replicas() {
  const clock = new FakeClock();
  const server = new LeaseServer();
  /** Box → how often its workers were started, by anyone. */
  const starts = new Map<string, number>();
  const running: Replica[] = [];

  interface Replica {
    readonly name: string;
    readonly client: ReturnType<LeaseServer["client"]>;
    readonly led: Set<string>;
    readonly fences: Map<string, () => boolean>;
    readonly lines: string[];
    end(): Promise<void>;
  }

  const start = async (name: string): Promise<Replica> => {
    const client = server.client(name);
    const led = new Set<string>();
    const fences = new Map<string, () => boolean>();
    const lines: string[] = [];
    const shares = boxes.map((box) => {
      const fence = new SharedFence();
      const reader = fence.reader({ ownerMs: () => clock.nowMs(), wallMs: () => clock.wallMs() });
      fences.set(box, () => reader.leftMs() > 0);
      return {
        name: box,
        fence,
        led: {
          lead: () => {
            led.add(box);
            starts.set(box, (starts.get(box) ?? 0) + 1);
            return Promise.resolve();
          },
          rest: () => Promise.resolve(void led.delete(box)),
        },
      };
    });
    const leadership = startSharedLeadership({
      api: client.api,
      clock,
      random: () => 0.5,
      lease: { namespace: "ork", name: "konductor" },
      identity: name,
      timings: defaultTimings,
      shares,
      ready: Promise.resolve(),
      log: (level, text) => void lines.push(`${level} ${text}`),
      recorder: quiet,
    });
    const replica = { name, client, led, fences, lines, end: () => leadership.end(1000) };
    running.push(replica);
    await settle();
    return replica;
  };

  /** Every box is led by one of them, and none may write for a box that another one leads. */
  const check = (members: readonly Replica[]): void => {
    const leaders = boxes.map((box) => members.filter(({ led }) => led.has(box)).map(({ name }) => name).join("+"));
    assert.ok(leaders.every((name) => members.some((member) => member.name === name)), leaders.join(" "));
    const counts = members.map(({ led }) => led.size);
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, counts.join(" "));
    atMostOneWrites();
  };
  const atMostOneWrites = (): void => {
    for (const box of boxes) {
      assert.ok(running.filter(({ fences }) => fences.get(box)!()).length <= 1, `two write for ${box}`);
    }
  };
  /** Lets time pass, and looks all the while. */
  const pass = async (ms: number): Promise<void> => {
    for (let t = 0; t < ms; t += 100) {
      await clock.advance(100);
      atMostOneWrites();
    }
  };
  return { clock, server, starts, start, check, pass };
}

Deno.test("replicas share the boxes evenly, and only those of a replica that is killed move", async () => {
  const { server, starts, start, check, pass } = replicas();
  const a = await start("a");
  await pass(1_000);
  check([a]);
  assert.equal(a.led.size, 13);
  const b = await start("b");
  const c = await start("c");
  await pass(5_000);
  check([a, b, c]);
  const before = new Map(starts);
  const lost = new Set(b.led);
  b.client.setLink("cut"); // killed, as far as anybody can see
  await pass(5_000);
  check([a, c]);
  for (const box of boxes) {
    assert.equal(starts.get(box)! - before.get(box)!, lost.has(box) ? 1 : 0, `${box} moved`);
  }
  b.client.setLink("open");
  await pass(4_000);
  check([a, b, c]);
  await c.end();
  await pass(1_000);
  check([a, b]);
  await Promise.all([a.end(), b.end()]);
  assert.deepEqual([...server.leases.keys()].filter((name) => name.includes("replica")), []);
  for (const box of boxes) {
    const { holderIdentity } = server.leases.get(`konductor-${box}`)!["spec"] as { holderIdentity?: string };
    assert.equal(holderIdentity, undefined);
  }
});

Deno.test("the lease of a replica that never comes back is deleted", async () => {
  const { server, start, check, pass } = replicas();
  const a = await start("a");
  const b = await start("b");
  await pass(4_000);
  b.client.setLink("cut");
  await pass(5_000 * 22);
  check([a]);
  assert.deepEqual([...server.leases.keys()].filter((name) => name.includes("replica")), ["orkestra-replica-a"]);
  await a.end();
});

Deno.test("replicas that come and go at once end up with a part each", async () => {
  const { start, check, pass } = replicas();
  const all = await Promise.all(["a", "b", "c", "d", "e"].map(start));
  await pass(4_000);
  check(all);
  const [a, b, ...rest] = all;
  void a!.end();
  b!.client.setLink("cut");
  await pass(6_000);
  check(rest);
  const f = await start("f");
  await pass(4_000);
  check([...rest, f]);
  for (const replica of [...rest, f]) await replica.end();
});

Deno.test("a replica that cannot use its lease says so at once, and every 30 s while it lasts", async () => {
  const { start, pass } = replicas();
  const a = await start("a");
  await pass(2_000);
  const said = () => a.lines.filter((line) => line.startsWith("warn cannot use the leases of replicas")).length;
  a.client.setLink("cut");
  await pass(3_000);
  assert.equal(said(), 1);
  await pass(26_000);
  assert.equal(said(), 1);
  await pass(31_000);
  assert.equal(said(), 2);
  a.client.setLink("open");
  await pass(2_000);
  await a.end();
});
