/**
 * What the compiled Runtime does while the API server is gone or makes trouble, and after. It stays the same process,
 * mends what drifted meanwhile, and does not stampede: calls are counted by the second.
 */
import assert from "node:assert/strict";
import { type ControlPlane, type OwnControlPlane, startControlPlane } from "../support/control_plane.ts";
import type { ProxiedCall } from "../support/fault_proxy.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { isFull } from "./extent.ts";
import { Fleet } from "./fleet.ts";
import { printTable } from "./table.ts";

/** How long calls are counted after a recovery. */
const windowMs = isFull ? 60_000 : 5_000;

/** In it one Website drifts and another one is made, as somebody does who comes by another way. */
interface Outage {
  readonly name: string;
  /** When that happens; while the API server is down nobody can do it. */
  readonly act: "before" | "during" | "after";
  /** Resolves when the trouble is there, or over and done with. */
  readonly begin: (fleet: Fleet) => Promise<void> | void;
  /** Trouble of a moment has none: it is over when it begins. */
  readonly end?: (fleet: Fleet) => void;
  readonly lastsMs?: number;
  /** Connections that died without a word are given up only when they have been silent for long. */
  readonly recoveryMs?: number;
}

/** Two of the longest waits of an informer (10 s), since its first try may come too early, and what a busy machine adds. */
const usualRecoveryMs = 30_000;

/** With an API server that others use too: the trouble is between it and the Runtime. */
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
    // A pass that failed so often comes back after 60 s at most.
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
      begin: () => plane.restartApiServer(() => pause(lastsMs)),
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
  } finally {
    printTable(`4 boxes with ${fleet.informers} informers, calls in the ${windowMs / 1000} s after`, rows);
  }
}

/** Goes through one outage; answers what was seen. */
async function suffer(fleet: Fleet, outage: Outage, website: string) {
  const { proxy, informers } = fleet;
  const { act: when, lastsMs = 0, recoveryMs = usualRecoveryMs } = outage;
  let lostUid = "";
  let created = "";
  const act = async (now: Outage["act"]): Promise<void> => {
    if (when !== now) return;
    lostUid = await fleet.drift(website);
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
  await Promise.all([fleet.untilMended(website, lostUid), fleet.untilHandled(created), fleet.untilWatching()]);
  const tookMs = performance.now() - overMs;
  await pause(windowMs - tookMs);
  fleet.check();
  const during = callsBetween(proxy.calls, beganMs, overMs);
  const after = callsBetween(proxy.calls, overMs, overMs + Math.max(windowMs, tookMs));
  const count = (kind: ProxiedCall["kind"]): number => after.filter((call) => call.kind === kind).length;
  const [peakDuring, peak] = [mostInASecond(during), mostInASecond(after)];
  // Every informer, and every worker with something to do, asks again once a second at most (Retry-After).
  assert.ok(
    peakDuring <= 2 * informers,
    told(`${outage.name}: ${peakDuring} calls in one second of the trouble`, during),
  );
  // Each informer lists and watches once, twice where its first try came too early; the rest is for what drifted.
  assert.ok(peak <= 2 * informers + callsOfWork, told(`${outage.name}: ${peak} calls in one second`, after));
  const most = 4 * informers + callsOfWork;
  assert.ok(after.length <= most, told(`${outage.name}: ${after.length} calls, wanted at most ${most}`, after));
  assert.ok(tookMs <= recoveryMs, `${outage.name}: recovered after ${tookMs} ms\n${fleet.log.slice(-longestLog)}`);
  return {
    outage: outage.name,
    lasted: `${Math.round((overMs - beganMs) / 1000)} s`,
    "most calls/s during": peakDuring,
    "recovered after": `${(tookMs / 1000).toFixed(1)} s`,
    watches: count("watch"),
    lists: count("list"),
    "writes and Events": count("write") + count("event"),
    "most calls/s": peak,
    "calls/s": (after.length / (Math.max(windowMs, tookMs) / 1000)).toFixed(1),
  };
}

/** A Service, a Deployment's labels and a new Website: children, statuses as its Pods come up, Events. */
const callsOfWork = 30;

function callsBetween(calls: readonly ProxiedCall[], fromMs: number, toMs: number): ProxiedCall[] {
  return calls.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
}

function mostInASecond(calls: readonly ProxiedCall[]): number {
  return Math.max(0, ...calls.map(({ atMs }) => callsBetween(calls, atMs, atMs + 1000).length));
}

/** Characters of the log that a complaint shows. */
const longestLog = 8_000;

/** A complaint, with the calls of the busiest second. */
function told(complaint: string, calls: readonly ProxiedCall[]): string {
  const most = mostInASecond(calls);
  const first = calls.find(({ atMs }) => callsBetween(calls, atMs, atMs + 1000).length === most);
  const busiest = callsBetween(calls, first?.atMs ?? 0, (first?.atMs ?? 0) + 1000);
  const lines = busiest.map(({ kind, method, path, status, atMs }) => {
    return `${Math.round(atMs)} ${kind} ${method} ${path.slice(0, 120)} ${status ?? "unanswered"}`;
  });
  return `${complaint}\n${lines.join("\n")}`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
