/**
 * Three replicas of the compiled Runtime on a real API server, under load: killed, stopped, paused, and cut off. Times
 * and writes are read from the audit log of the API server.
 */
import assert from "node:assert/strict";
import type { AuditedRequest } from "../support/audit_log.ts";
import type { ControlPlane } from "../support/control_plane.ts";
import { freshNamespace } from "../support/namespace.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { type Breach, breaches, type Candidate, Candidates, isWrite, percentile } from "./candidates.ts";
import { isFull } from "./extent.ts";
import { randomNumbers } from "./random.ts";
import { printTable } from "./table.ts";
import { waitFor } from "../support/wait_for.ts";

/** Lease duration and half a second. */
const maxFailoverMs = 5_500;
const maxHandoverMs = isFull ? 500 : 2_000; // machines of CI are busy
const maxReturnMs = 10_000;
/** Elections that are played at the same time, with three processes each. */
const maxLanes = 4;

const seed = Number(Deno.env.get("SEED") ?? Math.floor(Math.random() * 2 ** 31));
const random = randomNumbers(seed);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What happened in one election: who lost it, when, and who followed. */
interface Change {
  readonly former: Candidate;
  readonly atMs: number;
  readonly next: Candidate;
}

clusterTest(
  "leadership moves on when the leader is killed or stopped, and nothing is missed or done twice",
  async ({ plane, namespace }) => {
    console.log(`SEED=${seed}`);
    const kills = isFull ? 100 : 4;
    const stops = isFull ? 50 : 4;
    await using candidates = await Candidates.open(plane, namespace);
    const mark = await plane.auditLog.mark();
    for (let n = 0; n < 3; n++) await candidates.start();
    candidates.startLoad();
    const changes = { SIGKILL: [] as Change[], SIGTERM: [] as Change[] };
    for (const [signal, times] of [["SIGKILL", kills], ["SIGTERM", stops]] as const) {
      for (let n = 0; n < times; n++) {
        const former = await candidates.leader();
        await pause(random() * 1500); // any moment between two renewals
        const atMs = await candidates.end(former, signal);
        changes[signal].push({ former, atMs, next: await candidates.successorOf(former) });
        await candidates.start();
      }
    }
    const created = await candidates.settle();
    await candidates.assertSufficient();
    const requests = await plane.auditLog.requestsSince(mark, { namespace });
    const rows = Object.entries(changes).map(([signal, list]) => {
      const times = list.map(({ next, atMs }) => {
        const first = requests.find((request) =>
          request.user === next.user && isWrite(request) && request.receivedMs > atMs && request.code < 300
        );
        assert.ok(first !== undefined, `${next.user} has written`);
        return first.receivedMs - atMs;
      });
      return { signal, times };
    });
    printTable(
      `Time from the end of a leader to the first write of the next one, SEED=${seed}`,
      rows.map(({ signal, times }) => ({
        signal,
        times: times.length,
        "p50 (ms)": Math.round(percentile(times, 0.5)),
        "p99 (ms)": Math.round(percentile(times, 0.99)),
      })),
    );
    assert.deepEqual(breaches(requests), []);
    // A child may be made again after its CR was deleted, where garbage collection is seen before the deletion.
    const deletedMs = new Map(
      requests.filter(({ verb, resource }) => verb === "delete" && resource === "relays")
        .map(({ name, receivedMs }) => [`${name}-config`, receivedMs]),
    );
    const children = requests.filter(({ verb, resource, code, name, receivedMs }) =>
      (verb === "patch" || verb === "create") && resource === "configmaps" && code === 201 &&
      receivedMs < (deletedMs.get(name) ?? Infinity)
    );
    // All of them are there: `settle` has looked. Where a leader is killed while the API server responds to it, the log
    // may have the creation with another code.
    const names = children.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length, "no child was made twice");
    assert.ok(created - names.length <= kills, `${names.length} of ${created} children, one by one`);
    assert.ok(percentile(rows[0]!.times, 0.99) <= maxFailoverMs);
    assert.ok(percentile(rows[1]!.times, 0.99) <= maxHandoverMs);
  },
);

/** What happened to leaders that could not write for a while. */
interface Absences {
  /** Until each stood by again, in ms. */
  readonly returns: number[];
  readonly breaches: readonly Breach[];
  /** Requests after the deadline that were not carried out. */
  readonly refused: number;
  /** Events that arrived after it: they have no precondition, and say what had happened before. */
  readonly events: number;
}

/** Plays `times` absences of leaders, in several elections at once where there are many: each has its own Lease. */
async function absences(
  plane: ControlPlane,
  times: number,
  options: { readonly proxied: boolean },
  leave: (leader: Candidate, n: number) => { readonly back: () => void; readonly lastsMs: number },
): Promise<Absences> {
  const lanes = Math.min(times, maxLanes);
  const played = await Promise.all(Array.from({ length: lanes }, async (_, lane) => {
    await using namespace = await freshNamespace(plane, "election");
    await using candidates = await Candidates.open(plane, namespace.name);
    const mark = await plane.auditLog.mark();
    for (let n = 0; n < 3; n++) await candidates.start(options);
    candidates.startLoad(1 / lanes);
    const returns: number[] = [];
    for (let n = lane; n < times; n += lanes) {
      const former = await candidates.leader();
      await pause(random() * 1500);
      const leftMs = performance.now();
      const { back, lastsMs } = leave(former, n);
      await candidates.successorOf(former);
      await pause(leftMs + lastsMs - performance.now());
      const standbys = former.process.stdout.split("stands by: ").length;
      back();
      const backMs = performance.now();
      await waitFor("it stands by", () => former.process.stdout.split("stands by: ").length > standbys, {
        explain: () => former.process.stdout.slice(-2000),
      });
      returns.push(performance.now() - backMs);
    }
    await candidates.settle();
    await candidates.assertSufficient();
    const requests = await plane.auditLog.requestsSince(mark, { namespace: namespace.name });
    const late = breaches(requests);
    const carriedOut: Breach[] = [];
    for (const breach of late) if (await isCarriedOut(plane, breach.request, requests)) carriedOut.push(breach);
    const changes = carriedOut.filter(({ request }) => request.resource !== "events");
    const counts = { refused: late.length - carriedOut.length, events: carriedOut.length - changes.length };
    return { returns, breaches: changes, ...counts };
  }));
  return {
    returns: played.flatMap(({ returns }) => returns),
    breaches: played.flatMap((lane) => lane.breaches),
    refused: played.reduce((sum, lane) => sum + lane.refused, 0),
    events: played.reduce((sum, lane) => sum + lane.events, 0),
  };
}

/**
 * A process that is suspended between the last look at its fence and the system call that sends the request sends it when
 * it wakes. What it was decided on has changed by then, and the request says so (resourceVersion, uid, create-only): 409.
 * Or the deadline breaks it off before it is carried out: 504, of which the object itself tells more.
 */
async function isCarriedOut(
  plane: ControlPlane,
  { code, verb, name, resource, uri }: AuditedRequest,
  all: readonly AuditedRequest[],
): Promise<boolean> {
  if (code === 409) return false;
  if (code !== 504) return true;
  const path = new URL(uri, plane.server).pathname;
  const response = await plane.adminFetch(verb === "create" ? `${path}/${name}` : path);
  await response.body?.cancel();
  const isMadeByOther = all.some((other) => other.resource === resource && other.name === name && other.code === 201);
  return response.ok && !isMadeByOther;
}

function judge(title: string, { returns, breaches, refused, events }: Absences): void {
  printTable(`${title}, SEED=${seed}`, [{
    times: returns.length,
    "writes after its deadline": breaches.length,
    "requests after it, refused or broken off": refused,
    "Events after it": events,
    "stands by again after, longest (ms)": Math.round(Math.max(...returns)),
  }]);
  assert.deepEqual(breaches, []);
  assert.ok(Math.max(...returns) <= maxReturnMs);
}

clusterTest("a leader that was suspended writes nothing when it wakes, and stands by again", async ({ plane }) => {
  const result = await absences(plane, isFull ? 50 : 1, { proxied: false }, ({ process: { pid } }) => {
    Deno.kill(pid, "SIGSTOP");
    return { back: () => Deno.kill(pid, "SIGCONT"), lastsMs: 20_000 };
  });
  judge("A leader that was suspended for 20 s", result);
});

clusterTest(
  "a leader that is cut off from the API server writes nothing when the network heals, and stands by again",
  async ({ plane }) => {
    const result = await absences(plane, isFull ? 50 : 2, { proxied: true }, ({ proxy }, n) => {
      if (n % 2 === 0) proxy!.hush();
      else proxy!.refuse();
      return { back: () => proxy!.restore(), lastsMs: random() * 8_000 };
    });
    judge("A leader that was cut off from the API server", result);
  },
);
