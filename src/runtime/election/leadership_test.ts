import assert from "node:assert/strict";
import { FakeClock, settle } from "../../../tests/support/clock.ts";
import { LeaseServer } from "../../../tests/support/lease_server.ts";
import { type EventRecorder, SharedFence } from "../../cluster/mod.ts";
import { defaultTimings } from "./elector.ts";
import { type Led, soleLeadership, startLeadership } from "./leadership.ts";

/** Processes on one Lease, and what they log, record and do. */
function processes() {
  const clock = new FakeClock();
  const server = new LeaseServer();
  const start = (identity: string, led: Partial<Led> = {}) => {
    const lines: string[] = [];
    const events: string[] = [];
    const done: string[] = [];
    const client = server.client(identity);
    const recorder: EventRecorder = {
      record: ({ regarding, type, reason, message }) =>
        void events.push(`${type} ${reason} ${regarding.kind} ${regarding.metadata.name}: ${message}`),
      dropped: 0,
      stop: () => Promise.resolve(),
    };
    const leadership = startLeadership({
      api: client.api,
      clock,
      random: () => 0,
      lease: { namespace: "ork", name: "konductor" },
      identity,
      timings: defaultTimings,
      fence: new SharedFence(),
      log: (level, text) => void lines.push(`${level} ${text}`),
      recorder,
      led: {
        lead: () => {
          done.push("lead");
          return Promise.resolve();
        },
        rest: (graceMs) => {
          done.push(`rest ${graceMs}`);
          return Promise.resolve();
        },
        ...led,
      },
    });
    return { leadership, client, lines, events, done };
  };
  return { clock, start };
}

Deno.test("startLeadership() starts and stops the workers, and says what happens in the log and in Events", async () => {
  const { clock, start } = processes();
  const a = start("a");
  await settle();
  const b = start("b");
  await settle();
  assert.deepEqual([a.leadership.isLeader, b.leadership.isLeader, b.leadership.holder], [true, false, "a"]);
  a.client.setLink("cut");
  await clock.advance(5_000);
  assert.deepEqual(a.done, ["lead", "rest 0"]);
  assert.deepEqual(b.done, ["lead"]);
  a.client.setLink("open");
  await clock.advance(1_000);
  assert.deepEqual(a.lines, [
    "info leads: holds the lease ork/konductor",
    "warn cannot use the lease ork/konductor: No response in time; trying again",
    "warn does not lead any more: the lease was not renewed within 3 s: No response in time; all passes stop",
    "warn cannot use the lease ork/konductor: The connection was reset; trying again",
    "info stands by: b holds the lease ork/konductor",
  ]);
  assert.deepEqual(b.lines, [
    "info stands by: a holds the lease ork/konductor",
    "info leads: holds the lease ork/konductor, after a, whose lease has expired",
  ]);
  assert.deepEqual(a.events, ["Normal KonductorElected Lease konductor: a leads"]);
  assert.deepEqual(b.events, [
    "Warning KonductorLost Lease konductor: a has lost leadership: it did not renew the lease in time",
    "Normal NewKonductorElected Lease konductor: b leads, after a",
  ]);
  await b.leadership.end(10_000);
  await settle();
  assert.deepEqual(b.done, ["lead", "rest 10000"]);
  assert.equal(b.lines.at(-1), "info has released the lease ork/konductor");
  assert.equal(a.leadership.isLeader, true);
  assert.deepEqual(a.events.slice(1), ["Normal NewKonductorElected Lease konductor: a leads, after b"]);
  await a.leadership.end(0);
});

Deno.test("end() releases the lease although the workers do not end", async () => {
  const { clock, start } = processes();
  const a = start("a", { rest: () => new Promise(() => {}) });
  await settle();
  let ended = false;
  void a.leadership.end(10_000).then(() => ended = true);
  await clock.advance(11_999);
  assert.equal(ended, false);
  await clock.advance(1);
  assert.equal(ended, true);
  assert.equal(a.lines.at(-1), "info has released the lease ork/konductor");
});

Deno.test("soleLeadership() leads at once and rests at its end", async () => {
  const done: string[] = [];
  const leadership = soleLeadership({
    lead: () => {
      done.push("lead");
      return Promise.reject(new Error("Rested before"));
    },
    rest: (graceMs) => Promise.resolve(void done.push(`rest ${graceMs}`)),
  }, "me");
  assert.deepEqual([leadership.isLeader, leadership.holder], [true, "me"]);
  await leadership.end(500);
  assert.deepEqual(done, ["lead", "rest 500"]);
});
