/**
 * The compiled Runtime on a real API server, with its roles alone, killed by SIGKILL: right after every single write, its response lost, and
 * at random moments. The state after a restart is compared with an undisturbed run.
 */
import assert from "node:assert/strict";
import type { ControlPlane } from "../support/control_plane.ts";
import { freshNamespace } from "../support/namespace.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { type ClusterStage, clusterStage } from "./cluster_stage.ts";
import { type Course, crashExamples, CrashPlay, type CrashPoint, type Disturbance } from "./crash.ts";
import { isFull } from "./extent.ts";
import { inTurns } from "./in_turns.ts";
import { randomNumbers } from "./random.ts";
import { printTable } from "./table.ts";

/** What is done to an example. */
interface Plan {
  /** Killed after every n-th of its calls; never when 0. */
  readonly every: number;
  /** Minimum number of kills at random moments. */
  readonly random: number;
}

/** Each is played in turn, two at once: their definitions are shared by all. */
const plans: readonly (readonly [name: string, plan: Plan])[] = isFull
  ? crashExamples.map((name) => [name, { every: 1, random: 20 }])
  : [["hello-website", { every: 5, random: 0 }], ["spread", { every: 0, random: 6 }]];
const atOnce = 2;

/** `ORK_CHAOS_EXAMPLES=database,spread` plays these alone. */
const only = Deno.env.get("ORK_CHAOS_EXAMPLES")?.split(",");

/** About what the Runtime needs from its start to its first write. */
const restartMs = 800;

clusterTest("the Runtime ends in the same states, wherever it is killed", async ({ plane }) => {
  const seed = Number(Deno.env.get("SEED") ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`SEED=${seed}`);
  const chosen = plans.filter(([name]) => only?.includes(name) ?? true);
  const played = await inTurns(chosen, atOnce, ([name, plan], index) => {
    return playAll(plane, name, plan, randomNumbers(seed + index));
  });
  const sums = played.flatMap(({ sums }) => sums);
  printTable("Killed after each call", sums.filter(({ random }) => !random).map(row));
  printTable(`Killed at random moments, SEED=${seed}`, sums.filter(({ random }) => random).map(row));
  const failures = played.flatMap(({ failure }) => failure === undefined ? [] : [failure]);
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join("\n\n"));
  // A status that is written once or twice, as the Pods come up: some points may not come, most must.
  for (const { example, missed, runs } of sums) {
    assert.ok(missed * 3 <= runs, `${example}: ${missed} of ${runs} kill points never came`);
  }
}, { nodes: true });

/** Result of the courses of one example. */
interface Sum {
  readonly example: string;
  readonly random: boolean;
  runs: number;
  converged: number;
  kills: number;
  /** Kill points that never came, since a course happened to need fewer calls. */
  missed: number;
  writes: number;
  events: number;
  lists: number;
  /** Writes that were sent again with the same body. */
  repeated: number;
}

interface Played {
  readonly sums: readonly Sum[];
  /** The first course that failed; none was started after it. */
  readonly failure?: unknown;
}

/** Installs one example in a namespace of its own, plays it undisturbed, and then disturbed as asked for. */
async function playAll(plane: ControlPlane, example: string, plan: Plan, next: () => number): Promise<Played> {
  await using namespace = await freshNamespace(plane, "chaos");
  await using stage = await clusterStage(plane, namespace.name);
  const play = await CrashPlay.open(example, stage);
  const sums: Sum[] = [];
  let failure: unknown;
  try {
    await playThrough(play, stage, { example, plan, next, sums });
    await stage.assertSufficient();
  } catch (error) {
    failure = error;
  }
  // What a failed course leaves behind may not be easy to remove; the failure says more than that.
  await play[Symbol.asyncDispose]().catch((error) => failure ??= error);
  return { sums, ...(failure === undefined ? {} : { failure }) };
}

async function playThrough(
  play: CrashPlay,
  stage: ClusterStage,
  { example, plan, next, sums }: { example: string; plan: Plan; next: () => number; sums: Sum[] },
): Promise<void> {
  const undisturbed = await play.course();
  const { writes, events, states } = undisturbed;
  console.log(`${example}: ${writes} writes and ${events} Events when undisturbed`);
  assert.equal(undisturbed.crashes, 0);
  assert.deepEqual(repeatedWrites(stage, undisturbed), [], "an undisturbed run writes nothing twice");
  stage.proxy.forget();
  if (plan.every > 0) {
    const sum = emptySum(example, false);
    sums.push(sum);
    for (const crashAfter of points(undisturbed).filter((_, index) => index % plan.every === 0)) {
      const { crashes } = await addCourse(sum, stage, play, { crashAfter, states });
      if (crashes === 0) sum.missed++;
    }
  }
  if (plan.random > 0) {
    const sum = emptySum(example, true);
    sums.push(sum);
    while (sum.kills < plan.random) await addCourse(sum, stage, play, atRandom(undisturbed, next));
  }
}

function points({ writes, events }: Course): CrashPoint[] {
  return [
    ...Array.from({ length: writes }, (_, index) => ({ what: "write" as const, n: index + 1 })),
    ...Array.from({ length: events }, (_, index) => ({ what: "event" as const, n: index + 1 })),
  ];
}

/** One kill or two in each step, some of them while it is only starting again. */
function atRandom({ states, busyMs }: Course, next: () => number): Disturbance {
  return {
    states,
    async meanwhile(operator, step) {
      for (let left = next() < 0.5 ? 1 : 2; left > 0; left--) {
        await new Promise((resolve) => setTimeout(resolve, next() * (busyMs[step]! + restartMs)));
        await operator.crash();
      }
    },
  };
}

async function addCourse(sum: Sum, stage: ClusterStage, play: CrashPlay, disturbance: Disturbance): Promise<Course> {
  sum.runs++;
  const course = await play.course(disturbance);
  sum.converged++;
  sum.kills += course.crashes;
  sum.writes += course.writes;
  sum.events += course.events;
  sum.lists += stage.proxy.calls.filter(({ kind }) => kind === "list").length;
  sum.repeated += repeatedWrites(stage, course).length;
  stage.proxy.forget();
  return course;
}

/**
 * Writes that were sent before with the same body. Statuses are left out, which change back and forth with the Pods,
 * and the deletion: garbage collection may delete a child before the Runtime sees that its CR is gone; then the child
 * is recreated, and collected again.
 */
function repeatedWrites({ proxy }: ClusterStage, { deletedAtMs }: Course): string[] {
  const seen = new Set<string>();
  return proxy.calls.filter(({ kind, path, atMs, status = 0 }) => {
    return kind === "write" && status < 300 && !path.includes("/status?") && atMs < deletedAtMs;
  }).map(({ method, path, body }) => `${method} ${path} ${body}`).filter((write) => seen.size === seen.add(write).size);
}

function emptySum(example: string, random: boolean): Sum {
  return { example, random, runs: 0, converged: 0, kills: 0, missed: 0, writes: 0, events: 0, lists: 0, repeated: 0 };
}

function row({ example, random, runs, converged, kills, missed, writes, events, lists, repeated }: Sum) {
  const perRun = (count: number): string => (count / Math.max(converged, 1)).toFixed(1);
  return {
    example,
    runs,
    kills,
    ...random ? {} : { "points that never came": missed },
    "writes a run": perRun(writes),
    "Events a run": perRun(events),
    "lists a run": perRun(lists),
    "writes repeated": repeated,
    converged: `${converged} of ${runs}`,
    // Any of these is another state than the undisturbed one.
    "leaked or doubled": runs - converged,
  };
}
