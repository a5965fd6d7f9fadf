import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Json, JsonMap } from "../../src/base/json.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import { deleteByUser } from "../katalogs/delete_by_user.ts";
import { type Example, exampleNames, readExample } from "../katalogs/example.ts";
import { Objects } from "../katalogs/objects.ts";
import type { Stage } from "../katalogs/stage.ts";
import { waitFor } from "../support/wait_for.ts";
import { isAtRest, isOfNamespace, isOrphan, normalizedState } from "./snapshot.ts";

/** The n-th write, or the n-th Event, that the API server has carried out. */
export interface CrashPoint {
  readonly what: "write" | "event";
  readonly n: number;
}

/** An API server with an operator that can be killed. */
export interface CrashStage extends Pick<Stage, "namespace" | "request" | "beforeUninstall"> {
  /**
   * Runs the operator. With `crashAfter` it is killed as soon as the API server has carried out that call, before the
   * response arrives, and started again.
   */
  run(katalog: string, crashAfter?: CrashPoint): Promise<CrashingOperator>;
}

export interface CrashingOperator {
  /** Writes that were carried out so far, of all its processes, without Events. */
  readonly writes: number;
  readonly events: number;
  readonly crashes: number;
  /** Passes of its present process that ended without a change. */
  idlePasses(): number;
  /** Log of its present process. */
  log(): string;
  /** Kills it, wherever it is, and starts it again. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

/** Longer than any wait of a controller on a real API server. */
const timeoutMs = 120_000;

/** Characters of the log that a failure shows. */
const maxLogCharacters = 4_000;

/** The state after each step, and the cost of all of them. */
export interface Course {
  readonly states: readonly Json[];
  /** From the beginning of each step to its last write. */
  readonly busyMs: readonly number[];
  /** When the deletion began, by `performance.now()`. */
  readonly deletedAtMs: number;
  readonly writes: number;
  readonly events: number;
  readonly crashes: number;
}

/** Disturbs the operator in a course, whose states must be those of an undisturbed one. */
export interface Disturbance {
  readonly states: readonly Json[];
  readonly crashAfter?: CrashPoint;
  /** Runs beside each step. */
  readonly meanwhile?: (operator: CrashingOperator, step: number) => Promise<void>;
}

export const stepNames = ["create", "update", "delete"] as const;

const folder = fileURLToPath(new URL("katalogs/", import.meta.url));

/** How the CR of each example is changed in the second step. */
const updates: Readonly<Record<string, JsonMap>> = {
  "hello-website": { replicas: 3, image: "example.com/hello:2.0" },
  "static-site": { regions: ["south", "west"] },
  "public-api": { image: "example.com/catalogue-api:8", tier: "standard" },
  "queue-worker": { paused: true },
  "scheduled-report": { schedule: "0 7 * * *" },
  database: { users: [{ name: "shop", role: "reader" }] },
  backup: { version: "4" },
  tenants: { environments: [{ name: "prod", size: "large" }, { name: "load" }] },
  "stateful-store": { version: "2.5", size: "large", backup: null },
  "queue-and-consumers": { version: "4" },
  "guard-rails": { tier: "standard", replicas: 2, port: 9000, owner: null },
  "three-versions": { replicas: 3, image: { repository: "example.com/gallery", tag: "2.0" } },
  spread: { side: "far", text: "two" },
};

/** Namespaces that an example needs besides the test's own, which their names begin with. */
const moreNamespaces: Readonly<Record<string, readonly string[]>> = { spread: ["-away", "-far"] };

/** All examples of `katalogs/`, and what they leave out. */
export const crashExamples: readonly string[] = [...exampleNames(), "spread"];

/** One example, installed on an API server, to be played again and again. */
export class CrashPlay implements AsyncDisposable {
  readonly #stage: CrashStage;
  readonly #example: Example;
  readonly #objects: Objects;
  readonly #namespaces: readonly string[];

  constructor(stage: CrashStage, example: Example) {
    this.#stage = stage;
    this.#example = example;
    this.#objects = new Objects(stage, example);
    const more = moreNamespaces[example.name] ?? [];
    this.#namespaces = [stage.namespace, ...more.map((suffix) => stage.namespace + suffix)];
  }

  static async open(name: string, stage: CrashStage): Promise<CrashPlay> {
    const isExample = exampleNames().includes(name);
    const example = await readExample(name, stage.namespace, ...isExample ? [] : [folder]);
    const play = new CrashPlay(stage, example);
    for (const namespace of play.#namespaces.slice(1)) {
      await stage.request("POST", "/api/v1/namespaces", {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: namespace },
      });
    }
    await play.#objects.install({ ...example, setup: [] });
    return play;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stage.beforeUninstall?.();
    await this.#objects.uninstall(this.#example);
    for (const namespace of this.#namespaces.slice(1)) {
      await this.#stage.request("DELETE", `/api/v1/namespaces/${namespace}`);
    }
    await this.#example.remove();
  }

  /**
   * Creates, changes and deletes the CR of the example. Returns the states of an undisturbed run; with a disturbance,
   * waits at each step until the same state is reached.
   */
  async course(disturbance?: Disturbance): Promise<Course> {
    const { crs, katalog, name } = this.#example;
    await this.#renew();
    const { request } = this.#stage;
    const operator = await this.#stage.run(katalog, disturbance?.crashAfter);
    const update = updates[name];
    assert.ok(update !== undefined, `the play says how ${name} is updated`);
    const steps: (() => Promise<unknown>)[] = [
      async () => {
        for (const cr of crs) await this.#objects.apply(cr);
      },
      () => request("PATCH", this.#objects.path(crs[0]!), { spec: update }, "application/merge-patch+json"),
      async () => {
        deletedAtMs = performance.now();
        for (const cr of crs) {
          // The Runtime may be faster than the second of two steps.
          await waitFor(`${cr.metadata.name} is deleted`, async () => {
            await deleteByUser(request, this.#objects.path(cr));
            return true;
          });
        }
      },
    ];
    const states: Json[] = [];
    const busyMs: number[] = [];
    let deletedAtMs = 0;
    try {
      for (const [step, act] of steps.entries()) {
        const beganMs = performance.now();
        let lastWriteMs = beganMs;
        let writes = operator.writes;
        const look = (): void => {
          if (operator.writes !== writes) lastWriteMs = performance.now();
          writes = operator.writes;
        };
        await act();
        await disturbance?.meanwhile?.(operator, step);
        // Nothing is to be left at the end, with or without a crash.
        const wanted = step === steps.length - 1 ? [] : disturbance?.states[step];
        const what = `${name}, ${stepNames[step]}`;
        states.push(
          wanted === undefined
            ? await this.#settled(what, operator, look)
            : await this.#reached(what, wanted, operator, look),
        );
        busyMs.push(lastWriteMs - beganMs);
      }
    } catch (error) {
      await operator.stop().catch(() => {/* what went wrong before says more */});
      throw error;
    }
    const { writes, events, crashes } = operator;
    await operator.stop();
    assert.deepEqual(await this.#snapshot(), [], "something came back after the deletion");
    return { states, busyMs, deletedAtMs, writes, events, crashes };
  }

  /** Recreates what an example needs and the last course consumed: a volume. */
  async #renew(): Promise<void> {
    const { setup } = this.#example;
    await this.#objects.uninstall({ ...this.#example, crds: [] });
    if (setup.length > 0) await this.#deleteClaims();
    for (const object of setup) {
      await waitFor(`${object.metadata.name} is gone`, () => this.#objects.isGone(object), { timeoutMs });
      await this.#objects.apply(object);
    }
  }

  /** Those that a StatefulSet made outlive it, and hold their volumes. */
  async #deleteClaims(): Promise<void> {
    const { namespace, request } = this.#stage;
    const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
    const { items = [] } = await request("GET", path);
    for (const { metadata } of items) await request("DELETE", `${path}/${metadata.name}`);
  }

  /** Waits until nothing changes over a pass of the operator, and no controller has anything left to do. */
  async #settled(what: string, operator: CrashingOperator, look: () => void): Promise<Json> {
    let last: Json = null;
    await waitFor(`${what} has settled`, async () => {
      look();
      const before = operator.idlePasses();
      const objects = await this.#all();
      const state = normalizedState(objects);
      const same = JSON.stringify(state) === JSON.stringify(last);
      last = state;
      await waitFor("one more idle pass", () => operator.idlePasses() > before);
      return same && objects.every((object) => isAtRest(object) && !isOrphan(object, objects));
    }, { timeoutMs, explain: () => last });
    return last;
  }

  async #reached(what: string, wanted: Json, operator: CrashingOperator, look: () => void): Promise<Json> {
    let last: Json = null;
    await waitFor(`${what} is as without a crash`, async () => {
      look();
      const objects = await this.#all();
      last = normalizedState(objects);
      // A change that shows in none of the fields that are compared is to be carried out too.
      return JSON.stringify(last) === JSON.stringify(wanted) && objects.every(isAtRest);
    }, { timeoutMs, explain: () => [firstDifference(wanted, last), operator.log().slice(-maxLogCharacters)] });
    return last;
  }

  async #snapshot(): Promise<Json> {
    return normalizedState(await this.#all());
  }

  /** Every object of every kind that the example creates, in its namespaces, by any client; in cluster scope its own. */
  async #all(): Promise<KubeObject[]> {
    const namespaces = [...new Set([...this.#namespaces, ...this.#objects.namespaces])];
    const found = await this.#objects.list("", namespaces);
    return found.filter((object) => !isOfNamespace(object) && object.metadata.ownerReferences?.[0]?.kind !== "CronJob");
  }
}

function firstDifference(wanted: Json, got: Json): string {
  try {
    assert.deepEqual(got, wanted);
    return "no difference";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
