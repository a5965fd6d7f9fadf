import assert from "node:assert/strict";
import { isMap, type Json, type JsonMap } from "../../src/base/json.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import { type Example, readExample } from "../katalogs/example.ts";
import { Objects } from "../katalogs/objects.ts";
import type { Stage } from "../katalogs/stage.ts";
import { waitFor } from "../support/wait_for.ts";

/** An API server with an operator that can be killed. */
export interface CrashStage extends Pick<Stage, "namespace" | "request"> {
  /**
   * Runs the operator. With `crashAfter` it is killed as soon as the API server has carried out its n-th write, before
   * the answer arrives, and started again.
   */
  run(katalog: string, crashAfter?: number): Promise<CrashingOperator>;
}

export interface CrashingOperator {
  /** Writes so far, of all its lives. */
  readonly writes: number;
  readonly crashes: number;
  /** Passes that ended without a change in its present life. */
  idlePasses(): number;
  stop(): Promise<void>;
}

/** Longer than any wait of a controller on a real API server. */
const patienceMs = 120_000;

/** What is there after each step, and how many writes it took to get through all of them. */
export interface Course {
  readonly states: readonly Json[];
  readonly writes: number;
  readonly crashes: number;
}

/** How the CR of each example is changed in the second step. */
const updates: Readonly<Record<string, JsonMap>> = {
  "hello-website": { spec: { replicas: 3, image: "example.com/hello:2.0" } },
  "static-site": { spec: { regions: ["south", "west"] } },
  "public-api": { spec: { image: "example.com/catalogue-api:8", tier: "standard" } },
  "queue-worker": { spec: { paused: true } },
  "scheduled-report": { spec: { schedule: "0 7 * * *" } },
  database: { spec: { users: [{ name: "shop", role: "reader" }] } },
};

/**
 * Creates, changes and deletes the CR of an example. Answers the states that an undisturbed run comes to; given such
 * `states`, waits at each step until the very same state is there.
 */
export async function course(
  name: string,
  stage: CrashStage,
  disturbed?: { readonly crashAfter: number; readonly states: readonly Json[] },
): Promise<Course> {
  const example = await readExample(name, stage.namespace);
  const objects = new Objects(stage, example);
  await objects.install(example);
  const operator = await stage.run(example.katalog, disturbed?.crashAfter);
  const states: Json[] = [];
  const steps: (() => Promise<unknown>)[] = [
    async () => {
      for (const cr of example.crs) await objects.apply(cr);
    },
    () => stage.request("PATCH", objects.path(example.crs[0]!), updates[name], "application/merge-patch+json"),
    async () => {
      for (const cr of example.crs) await stage.request("DELETE", objects.path(cr));
    },
  ];
  try {
    for (const [step, act] of steps.entries()) {
      await act();
      // Nothing is to be left at the end, with or without a crash.
      const wanted = step === steps.length - 1 ? [] : disturbed?.states[step];
      states.push(
        wanted === undefined
          ? await settled(stage, objects, example, operator)
          : await reached(wanted, stage, objects, example),
      );
    }
    return { states, writes: operator.writes, crashes: operator.crashes };
  } finally {
    await operator.stop();
    await objects.uninstall(example);
    await example.remove();
  }
}

/** Waits until nothing moves over several passes of the operator. */
async function settled(
  stage: CrashStage,
  objects: Objects,
  example: Example,
  operator: CrashingOperator,
): Promise<Json> {
  let last: Json = null;
  await waitFor(`${example.name} has settled`, async () => {
    const before = operator.idlePasses();
    const state = await snapshot(stage, objects, example);
    const same = JSON.stringify(state) === JSON.stringify(last);
    last = state;
    await waitFor("two more idle passes", () => operator.idlePasses() >= before + 2);
    return same;
  }, { timeoutMs: patienceMs });
  return last;
}

async function reached(wanted: Json, stage: CrashStage, objects: Objects, example: Example): Promise<Json> {
  let last: Json = null;
  await waitFor(`${example.name} is as without a crash`, async () => {
    last = await snapshot(stage, objects, example);
    return JSON.stringify(last) === JSON.stringify(wanted);
  }, { timeoutMs: patienceMs, explain: () => firstDifference(wanted, last) });
  return last;
}

function firstDifference(wanted: Json, got: Json): string {
  try {
    assert.deepEqual(got, wanted);
    return "no difference";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** All objects of the example without what differs from run to run, in a fixed order. */
async function snapshot(stage: CrashStage, objects: Objects, example: Example): Promise<Json> {
  const crs: KubeObject[] = [];
  for (const cr of example.crs) {
    if (!await objects.isGone(cr)) crs.push(await stage.request("GET", objects.path(cr)));
  }
  const all = [...crs, ...await objects.children()].map((object) => normalized(object as unknown as Json));
  return all.sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
}

/** Set by the API server anew for each object or each write. */
const volatile: ReadonlySet<string> = new Set([
  "uid",
  "resourceVersion",
  "creationTimestamp",
  "managedFields",
  "lastTransitionTime",
  "lastUpdateTime",
  "lastProbeTime",
  "lastScheduleTime",
  "startTime",
  "completionTime",
  "clusterIP",
  "clusterIPs",
  "generation",
  "observedGeneration",
  "deployment.kubernetes.io/revision",
  "kubectl.kubernetes.io/last-applied-configuration",
  "batch.kubernetes.io/controller-uid",
  "controller-uid",
  "volumeName",
  // A digest of the whole object, the uid of its owner included.
  "orkestra.orkspace.io/applied",
]);

function normalized(value: Json): Json {
  if (Array.isArray(value)) return value.map(normalized);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.keys(value).sort().filter((key) => !volatile.has(key)).map((key) => [key, normalized(value[key]!)]),
  );
}
