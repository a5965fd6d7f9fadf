import assert from "node:assert/strict";
import { FakeClock, settle } from "../../../tests/support/clock.ts";
import { type LeaseClient, LeaseServer } from "../../../tests/support/lease_server.ts";
import type { Clock } from "../../base/clock.ts";
import { SharedFence } from "../../cluster/mod.ts";
import { defaultTimings, type ElectionMessage, type Elector, startElector } from "./elector.ts";

const leaseName = "orkestra-konductor";

/** The clock of a process that can be stopped (SIGSTOP): time passes, and nothing runs. */
class ProcessClock implements Clock {
  paused = false;
  readonly #clock: FakeClock;
  #due: (() => void)[] = [];

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  wallMs(): number {
    return this.#clock.wallMs();
  }

  after(delayMs: number, run: () => void): () => void {
    let cancelled = false;
    const due = (): void => void (cancelled || run());
    const cancel = this.#clock.after(delayMs, () => this.paused ? void this.#due.push(due) : due());
    return () => {
      cancelled = true;
      cancel();
    };
  }

  resume(): void {
    this.paused = false;
    for (const run of this.#due.splice(0)) run();
  }
}

interface Candidate {
  readonly name: string;
  readonly elector: Elector;
  readonly client: LeaseClient;
  readonly clock: ProcessClock;
  readonly messages: ElectionMessage[];
  /** Between `lead` and `rest`. */
  readonly working: boolean;
  writes(): boolean;
}

/** Processes that stand for election on one Lease. */
function election(random: () => number = () => 0) {
  const clock = new FakeClock();
  const server = new LeaseServer();
  const candidates: Candidate[] = [];
  const start = async (name: string): Promise<Candidate> => {
    const own = new ProcessClock(clock);
    const client = server.client(name);
    const fence = new SharedFence();
    const reader = fence.reader({ ownerMs: () => own.nowMs(), wallMs: () => own.wallMs() });
    const messages: ElectionMessage[] = [];
    let working = false;
    const elector = startElector({
      api: client.api,
      clock: own,
      random,
      lease: { namespace: "ork", name: leaseName },
      identity: name,
      timings: defaultTimings,
      fence,
      lead: () => void (working = true),
      rest: () => {
        working = false;
        return Promise.resolve();
      },
      report: (message) => messages.push(message),
    });
    const candidate: Candidate = {
      name,
      elector,
      client,
      clock: own,
      messages,
      get working() {
        return working;
      },
      writes: () => reader.leftMs() > 0,
    };
    candidates.push(candidate);
    await settle();
    return candidate;
  };
  const stop = async () => {
    for (const { client, clock: own } of candidates) {
      client.setLink("open");
      own.resume();
    }
    const stopped = Promise.all(candidates.map(({ elector }) => elector.stop()));
    await clock.advance(10_000);
    await stopped;
  };
  return { clock, server, candidates, start, stop };
}

const types = ({ messages }: Candidate) => messages.map(({ type }) => type);

Deno.test("the first process leads, the next one follows it", async () => {
  const { clock, server, start, stop } = election();
  const a = await start("a");
  const b = await start("b");
  assert.deepEqual([a.working, a.writes(), b.working, b.writes()], [true, true, false, false]);
  assert.deepEqual(server.leases.get(leaseName)!["spec"], {
    holderIdentity: "a",
    leaseDurationSeconds: 5,
    acquireTime: "2026-01-02T03:04:05.000000Z",
    renewTime: "2026-01-02T03:04:05.000000Z",
    leaseTransitions: 0,
  });
  assert.deepEqual(b.messages, [{ type: "following", holder: "a" }]);
  await clock.advance(60_000);
  assert.deepEqual([a.working, a.writes(), b.working], [true, true, false]);
  assert.equal(server.writes.length, 61); // one a second, by the leader alone
  assert.ok(server.writes.every(({ client }) => client === "a"));
  await stop();
});

Deno.test("a leader that falls silent may not write before another one may, which takes over as the lease expires", async () => {
  const { clock, server, start, stop } = election();
  const a = await start("a");
  const b = await start("b");
  await clock.advance(10_500);
  a.client.setLink("cut"); // renewed at 10 s
  await clock.advance(2_499);
  assert.deepEqual([a.writes(), a.working], [true, true]);
  await clock.advance(1);
  assert.deepEqual([a.writes(), a.working, b.working], [false, false, false]);
  await clock.advance(1_999);
  assert.equal(b.working, false);
  await clock.advance(1);
  assert.deepEqual([b.working, b.writes()], [true, true]);
  assert.deepEqual(server.leases.get(leaseName)!["spec"], {
    holderIdentity: "b",
    leaseDurationSeconds: 5,
    acquireTime: "2026-01-02T03:04:20.000000Z",
    renewTime: "2026-01-02T03:04:20.000000Z",
    leaseTransitions: 1,
  });
  const elected = b.messages.at(-1)!;
  assert.ok(elected.type === "elected");
  assert.deepEqual(elected.after, { holder: "a", how: "expired" });
  assert.deepEqual(types(a).at(-1), "lost");
  a.client.setLink("open");
  await clock.advance(2_000);
  assert.deepEqual(a.messages.at(-1), { type: "following", holder: "b" });
  assert.deepEqual([a.working, a.writes(), b.working], [false, false, true]);
  await stop();
});

Deno.test("a leader that stops releases the lease, and the next one leads at once", async () => {
  const { clock, server, start, stop } = election();
  const a = await start("a");
  const b = await start("b");
  const c = await start("c");
  await clock.advance(3_500);
  const stopped = a.elector.stop();
  await settle();
  await stopped;
  await settle();
  assert.equal(a.writes(), false);
  assert.deepEqual(types(a).at(-1), "released");
  assert.equal([b, c].filter((one) => one.working && one.writes()).length, 1);
  const leader = b.working ? b : c;
  const elected = leader.messages.find(({ type }) => type === "elected");
  assert.ok(elected?.type === "elected");
  assert.deepEqual([elected.transitions, elected.after], [1, { holder: "a", how: "released" }]);
  assert.equal((server.leases.get(leaseName)!["spec"] as { leaseTransitions: number }).leaseTransitions, 1);
  await stop();
});

Deno.test("a process that was stopped for 20 s may not write when it wakes, and follows the new leader", async () => {
  const { clock, start, stop } = election();
  const a = await start("a");
  const b = await start("b");
  await clock.advance(4_200);
  a.clock.paused = true;
  a.client.setLink("cut");
  await clock.advance(20_000);
  assert.equal(b.working, true);
  assert.equal(a.writes(), false); // before anything in it has run
  a.client.setLink("open");
  a.clock.resume();
  await clock.advance(0);
  assert.equal(a.working, false);
  await clock.advance(2_000);
  assert.deepEqual(types(a).filter((type) => type !== "error"), ["elected", "lost", "following"]);
  assert.deepEqual([a.working, b.working], [false, true]);
  await stop();
});

Deno.test("a renewal whose response is lost counts for others only, and the next one succeeds on top of it", async () => {
  const { clock, start, stop } = election();
  const a = await start("a");
  const b = await start("b");
  await clock.advance(4_900);
  a.client.setLink("deaf");
  await clock.advance(1_500);
  a.client.setLink("open");
  await clock.advance(20_000);
  assert.deepEqual([a.working, a.writes(), b.working], [true, true, false]);
  assert.ok(!types(a).includes("lost"));
  await stop();
});

Deno.test("a lease that is deleted is not free at once: its holder creates it again", async () => {
  const { clock, server, start, stop } = election();
  const a = await start("a");
  const b = await start("b");
  await clock.advance(2_300);
  server.remove(leaseName);
  await settle();
  assert.equal(b.working, false);
  await clock.advance(10_000);
  assert.deepEqual([a.working, a.writes(), b.working], [true, true, false]);
  assert.equal((server.leases.get(leaseName)!["spec"] as { holderIdentity: string }).holderIdentity, "a");
  await stop();
});

Deno.test("a lease that is deleted while its holder is gone is led when the holder's time is certainly over", async () => {
  const { clock, server, start, stop } = election();
  const a = await start("a");
  const b = await start("b");
  await clock.advance(2_300);
  a.client.setLink("cut"); // renewed at 2 s
  server.remove(leaseName);
  await clock.advance(2_000); // a had its chance to create it again
  assert.equal((server.leases.get(leaseName)!["spec"] as { holderIdentity: string }).holderIdentity, "b");
  await clock.advance(4_999);
  assert.deepEqual([a.writes(), b.working, b.writes()], [false, false, false]);
  await clock.advance(1);
  const elected = b.messages.at(-1)!;
  assert.ok(elected.type === "elected");
  assert.deepEqual([b.working, elected.transitions, elected.after], [true, 1, { holder: "a", how: "deleted" }]);
  await stop();
});

Deno.test("a leader whose lease somebody takes stops at once", async () => {
  const { clock, server, start, stop } = election();
  const a = await start("a");
  await clock.advance(1_500);
  server.edit(leaseName, { holderIdentity: "intruder" });
  await settle();
  assert.deepEqual([a.working, a.writes()], [false, false]);
  assert.deepEqual(a.messages.slice(1), [
    { type: "lost", reason: "intruder has taken the lease" },
    { type: "following", holder: "intruder" },
  ]);
  await clock.advance(5_000);
  assert.equal(a.working, true);
  await stop();
});

Deno.test("a process that does not reach the Lease never leads, and says why", async () => {
  const { clock, start, stop } = election();
  const a = await start("a");
  a.client.setLink("cut");
  await clock.advance(30_000);
  assert.deepEqual([a.working, a.writes()], [false, false]);
  assert.deepEqual([...new Set(types(a))], ["elected", "error", "lost"]);
  await stop();
});

/** 32-bit xorshift; 0 ≤ n < 1. */
function randomOf(seed: number): () => number {
  let state = seed || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

Deno.test("at no moment may two processes write, whatever happens to them and to the lease", async () => {
  const seed = Number(Deno.env.get("SEED") ?? Math.floor(Math.random() * 2 ** 31));
  const rounds = Number(Deno.env.get("ROUNDS") ?? 20);
  console.log(`SEED=${seed}`);
  let led = 0;
  const steps = 400;
  for (let round = 0; round < rounds; round++) {
    const random = randomOf(seed + round);
    const { clock, server, candidates, start, stop } = election(random);
    for (const name of ["a", "b", "c"]) await start(name);
    for (let step = 0; step < steps; step++) {
      const one = candidates[Math.floor(random() * candidates.length)]!;
      const what = random();
      if (what < 0.05) one.client.setLink(random() < 0.5 ? "cut" : "deaf");
      else if (what < 0.15) one.client.setLink("open");
      else if (what < 0.19) one.clock.paused = true;
      else if (what < 0.3) one.clock.resume();
      else if (what < 0.32 && server.leases.has(leaseName)) server.remove(leaseName);
      else if (what < 0.34 && server.leases.has(leaseName)) server.edit(leaseName, { leaseTransitions: 99 });
      await clock.advance(50 + random() * 400);
      const writers = candidates.filter((candidate) => candidate.writes()).map(({ name }) => name);
      assert.ok(writers.length <= 1, `SEED=${seed} round ${round} step ${step}: ${writers} may write`);
      if (writers.length === 1) led++;
    }
    for (const one of candidates) {
      one.client.setLink("open");
      one.clock.resume();
    }
    await clock.advance(15_000);
    assert.equal(candidates.filter((one) => one.working && one.writes()).length, 1, `SEED=${seed} round ${round}`);
    await stop();
  }
  // Single rounds may be bad luck; all of them together show that the game is played.
  assert.ok(led > rounds * steps / 4, `SEED=${seed}: led in ${led} of ${rounds * steps} steps only`);
});

Deno.test("the number of a term fits an int32, and every term has another one", async () => {
  const { clock, server, start, stop } = election();
  const a = await start("a");
  const b = await start("b");
  server.edit(leaseName, { leaseTransitions: 2 ** 31 - 1, holderIdentity: "b" });
  await clock.advance(1_000);
  const first = b.messages.find(({ type }) => type === "elected");
  assert.ok(first?.type === "elected" && first.transitions === 1, Deno.inspect(first));
  server.edit(leaseName, { holderIdentity: "a" });
  await clock.advance(1_000);
  const again = a.messages.findLast(({ type }) => type === "elected");
  assert.ok(again?.type === "elected" && again.transitions === 2, Deno.inspect(again));
  await stop();
});

Deno.test("a process that cannot use its Lease says why, again and again, and is in trouble meanwhile", async () => {
  const { clock, start, stop } = election();
  const a = await start("a");
  assert.equal(a.elector.trouble, undefined);
  a.client.setLink("cut");
  await clock.advance(120_000);
  assert.equal(a.elector.trouble, "No response in time");
  assert.ok(types(a).filter((type) => type === "error").length >= 3);
  a.client.setLink("open");
  await clock.advance(10_000);
  assert.equal(a.elector.trouble, undefined);
  await stop();
});
