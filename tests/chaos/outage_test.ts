/**
 * The compiled Runtime during and after outages of the API server. It stays the same process, corrects drift of the
 * meantime, and does not stampede: calls are counted by the second.
 */
import assert from "node:assert/strict";
import { type ControlPlane, type OwnControlPlane, startControlPlane } from "../support/control_plane.ts";
import type { ProxiedCall } from "../support/fault_proxy.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { isFull } from "./extent.ts";
import { type Drift, Fleet } from "./fleet.ts";
import { printTable } from "./table.ts";

/** How long calls are counted after a recovery. */
const windowMs = isFull ? 60_000 : 5_000;

/** In it one Website drifts and another one is created, by a user who reaches the API server directly. */
interface Outage {
  readonly name: string;
  /** When that happens; impossible while the API server is down. */
  readonly act: "before" | "during" | "after";
  /** Resolves when the fault is in effect, or over. */
  readonly begin: (fleet: Fleet) => Promise<void> | void;
  /** Absent for a momentary fault: it is over when it begins. */
  readonly end?: (fleet: Fleet) => void;
  readonly lastsMs?: number;
  /** Connections that died silently are closed only after a long idle time. */
  readonly recoveryMs?: number;
}

/** Two maximum waits of an informer (10 s), since its first try may come too early, and a margin for a busy machine. */
const usualRecoveryMs = 30_000;

/** With an API server that others use too: the fault is between it and the Runtime. */
const simulated: readonly Outage[] = [
  { name: "watches cut", act: "during", begin: ({ proxy }) => proxy.cutWatches() },
  { name: "410 for all watches", act: "during", begin: ({ proxy }) => proxy.expireWatches() },
  {
    name: "429 for everything, watches cut",
    act: "during",
    begin({ proxy }) {
      proxy.refuseRequests(1);
      proxy.cutWatches();
    },
    lastsMs: isFull ? 30_000 : 5_000,
    end: ({ proxy }) => proxy.restore(),
  },
  {
    name: "connections refused",
    act: "during",
    begin: ({ proxy }) => proxy.refuse(),
    lastsMs: 20_000,
    end: ({ proxy }) => proxy.restore(),
  },
];

const longSimulated: readonly Outage[] = [
  {
    name: "black hole while there is work",
    act: "before",
    begin: ({ proxy }) => proxy.hush(),
    lastsMs: 60_000,
    end: ({ proxy }) => proxy.restore(),
    // The backoff of a pass is at most 60 s.
    recoveryMs: 60_000 + usualRecoveryMs,
  },
  {
    name: "connections lost without a word",
    act: "during",
    begin: ({ proxy }) => proxy.loseConnections(),
    // A watch is silent for 3 min before it is given up; two calls of 30 s before the connections are.
    recoveryMs: 200_000 + usualRecoveryMs,
  },
  {
    name: "process suspended",
    act: "during",
    begin: (fleet) => fleet.suspend(),
    lastsMs: 20_000,
    end: (fleet) => fleet.resume(),
  },
];

function real(plane: OwnControlPlane): readonly Outage[] {
  const without = (name: string, lastsMs: number): Outage[] => [
    {
      name: `API server ${name}`,
      act: "after",
      begin: (fleet) => fleet.whileRestarting(() => plane.restartApiServer(() => pause(lastsMs))),
      lastsMs,
      end() {},
    },
    { name: `etcd ${name}`, act: "after", begin: () => plane.restartEtcd(() => pause(lastsMs)), lastsMs, end() {} },
  ];
  return [...without("restarted", 0), ...without("gone for 20 s", 20_000), ...without("gone for 3 min", 180_000)];
}

if (isFull && (Deno.env.get("KUBEBUILDER_ASSETS") ?? "") !== "") {
  Deno.test("the Runtime outlives every outage and does not stampede", async () => {
    const plane = await startControlPlane({ nodes: 2 });
    let failed = true;
    try {
      await runAll(plane, [...simulated, ...longSimulated, ...real(plane)]);
      failed = false;
    } finally {
      const logs = await plane.stop({ keepLogs: failed });
      if (logs !== undefined) console.log(`The logs of the control plane are in ${logs}`);
    }
  });
} else {
  clusterTest("the Runtime outlives outages and does not stampede", ({ plane }) => runAll(plane, simulated), {
    nodes: true,
  });
}

/** `ORK_CHAOS_OUTAGES=etcd` goes through those alone whose name has this in it. */
const only = Deno.env.get("ORK_CHAOS_OUTAGES");

async function runAll(plane: ControlPlane, outages: readonly Outage[]): Promise<void> {
  const chosen = outages.filter(({ name }) => only === undefined || name.includes(only));
  await using fleet = await Fleet.start(plane);
  const rows: Record<string, string | number>[] = [];
  try {
    for (const [index, outage] of chosen.entries()) {
      const row = await suffer(fleet, outage, `site-${index + 1}`);
      console.log(`${row.outage}: recovered after ${row["recovered after"]}`);
      rows.push(row);
    }
    await fleet.assertSufficient();
  } finally {
    printTable(`4 boxes with ${fleet.informers} informers, calls in the ${windowMs / 1000} s after`, rows);
  }
}

/** Runs one outage; returns the observations. */
async function suffer(fleet: Fleet, outage: Outage, website: string) {
  const { proxy, informers } = fleet;
  const { act: when, lastsMs = 0, recoveryMs = usualRecoveryMs } = outage;
  let drift: Drift | undefined;
  let created = "";
  const act = async (now: Outage["act"]): Promise<void> => {
    if (when !== now) return;
    drift = await fleet.drift(website);
    created = await fleet.createWebsite();
  };
  proxy.forget();
  await act("before");
  const beganMs = performance.now();
  await outage.begin(fleet);
  await act("during");
  await pause(lastsMs - (performance.now() - beganMs));
  outage.end?.(fleet);
  const overMs = outage.end === undefined ? beganMs : performance.now();
  await act("after");
  let servedMs = 0;
  await Promise.all([
    fleet.untilServed(drift!, created).then(() => servedMs = performance.now() - overMs),
    fleet.untilCorrected(drift!),
    fleet.untilHandled(created),
    fleet.untilWatching(),
  ]);
  const tookMs = performance.now() - overMs;
  await pause(windowMs - tookMs);
  await fleet.untilReady(created); // what the control plane needs for that is not ours
  fleet.check();
  const during = callsBetween(proxy.calls, beganMs, overMs);
  const after = callsBetween(proxy.calls, overMs, overMs + Math.max(windowMs, tookMs));
  const count = (kind: ProxiedCall["kind"]): number => after.filter((call) => call.kind === kind).length;
  const [peakDuring, peak] = [maxPerSecond(during), maxPerSecond(after)];
  // Every informer, and every worker with a key, retries once a second at most (Retry-After).
  assert.ok(
    peakDuring <= 2 * informers,
    withCalls(`${outage.name}: ${peakDuring} calls in one second of the outage`, during),
  );
  // Each informer lists and watches once, twice where its first try came too early; the rest is for what drifted.
  assert.ok(peak <= 2 * informers + callsOfWork, withCalls(`${outage.name}: ${peak} calls in one second`, after));
  const maxCalls = 4 * informers + callsOfWork;
  assert.ok(
    after.length <= maxCalls,
    withCalls(`${outage.name}: ${after.length} calls, wanted at most ${maxCalls}`, after),
  );
  assert.ok(
    tookMs - servedMs <= recoveryMs,
    `${outage.name}: recovered after ${tookMs} ms, of which the API server needed ${servedMs} ms\n${
      fleet.log.slice(-maxLogCharacters)
    }`,
  );
  return {
    outage: outage.name,
    lasted: `${Math.round((overMs - beganMs) / 1000)} s`,
    "max calls/s during": peakDuring,
    "recovered after": `${(tookMs / 1000).toFixed(1)} s`,
    "served after": `${(servedMs / 1000).toFixed(1)} s`,
    watches: count("watch"),
    lists: count("list"),
    "writes and Events": count("write") + count("event"),
    "max calls/s": peak,
    "calls/s": (after.length / (Math.max(windowMs, tookMs) / 1000)).toFixed(1),
  };
}

/** A Service, a Deployment's labels and a new Website: children, statuses as its Pods come up, Events. */
const callsOfWork = 30;

function callsBetween(calls: readonly ProxiedCall[], fromMs: number, toMs: number): ProxiedCall[] {
  return calls.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
}

function maxPerSecond(calls: readonly ProxiedCall[]): number {
  return Math.max(0, ...calls.map(({ atMs }) => callsBetween(calls, atMs, atMs + 1000).length));
}

/** Characters of the log that a failure shows. */
const maxLogCharacters = 8_000;

/** A failure message, with the calls of the busiest second. */
function withCalls(message: string, calls: readonly ProxiedCall[]): string {
  const max = maxPerSecond(calls);
  const first = calls.find(({ atMs }) => callsBetween(calls, atMs, atMs + 1000).length === max);
  const busiest = callsBetween(calls, first?.atMs ?? 0, (first?.atMs ?? 0) + 1000);
  const lines = busiest.map(({ kind, method, path, status, atMs }) => {
    return `${Math.round(atMs)} ${kind} ${method} ${path.slice(0, 120)} ${status ?? "unanswered"}`;
  });
  return `${message}\n${lines.join("\n")}`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
