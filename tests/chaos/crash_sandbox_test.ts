/**
 * founding.txt: "any operation that is interrupted half-way through leaves the cluster in a partial state, not a
 * corrupted one. The next reconcile corrects it." Here the operator is cut off after every single write, its response
 * lost, and the state after a restart is compared with an undisturbed run.
 */
import assert from "node:assert/strict";
import { loadKatalog } from "../../src/katalog/mod.ts";
import { derivePlan } from "../../src/plan/mod.ts";
import { type Runtime, startRuntime } from "../../src/runtime/mod.ts";
import { createSandbox, type Sandbox } from "../../src/sandbox/mod.ts";
import { sandboxRequest } from "../katalogs/sandbox_request.ts";
import { realClock } from "../support/clock.ts";
import { sandboxHost } from "../support/sandbox_host.ts";
import { waitFor } from "../support/wait_for.ts";
import {
  type Course,
  crashExamples,
  type CrashingOperator,
  CrashPlay,
  type CrashPoint,
  type CrashStage,
  type Disturbance,
  stepNames,
} from "./crash.ts";
import { isFull } from "./extent.ts";

const examples = isFull ? crashExamples : ["spread", "backup"];

for (const name of examples) {
  Deno.test(`${name} on the sandbox ends in the same states, whichever call the operator is killed after`, async (test) => {
    const undisturbed = await courseOnSandbox(name);
    const { states, writes, events } = undisturbed;
    assert.equal(undisturbed.crashes, 0);
    if (name === "backup") assert.equal(undisturbed.jobs, 1);
    assert.deepEqual(states.at(-1), [], "something is left after the deletion");
    const points: CrashPoint[] = [
      ...Array.from({ length: writes }, (_, index) => ({ what: "write" as const, n: index + 1 })),
      ...Array.from({ length: isFull ? events : 1 }, (_, index) => ({ what: "event" as const, n: index + 1 })),
    ];
    for (const crashAfter of points) {
      await test.step(`killed after ${crashAfter.what} ${crashAfter.n}`, async () => {
        const { crashes, jobs } = await courseOnSandbox(name, { crashAfter, states, meanwhile: untilKilled });
        assert.equal(crashes, 1);
        assert.equal(jobs, undisturbed.jobs, "a Job ran again, or not at all");
      });
    }
  });
}

/** The last calls of a course, Events above all, may come when its last state is reached already. */
async function untilKilled(operator: CrashingOperator, step: number): Promise<void> {
  if (stepNames[step] !== "delete") return;
  await waitFor("the operator is killed", () => operator.crashes > 0);
}

/** A course on a sandbox of its own, and the number of Jobs that the operator created in it. */
async function courseOnSandbox(name: string, disturbance?: Disturbance): Promise<Course & { readonly jobs: number }> {
  const sandbox = createSandbox({ clock: realClock });
  try {
    await using play = await CrashPlay.open(name, crashStage(sandbox));
    const course = await play.course(disturbance);
    const created = sandbox.requests.list(({ verb, resource, status }) =>
      verb === "create" && resource === "jobs" && status === 201
    );
    await waitFor("no Job is left", async () => {
      const { items } = await sandboxRequest(sandbox)("GET", "/apis/batch/v1/jobs");
      return items?.length === 0;
    });
    return { ...course, jobs: created.length };
  } finally {
    await sandbox.stop();
  }
}

function crashStage(sandbox: Sandbox): CrashStage {
  return {
    namespace: "default",
    request: sandboxRequest(sandbox),
    async run(katalog, crashAfter) {
      const { katalog: loaded } = loadKatalog(
        [{ path: katalog, bytes: await Deno.readFile(katalog) }],
        (path) => Deno.readFileSync(path),
      );
      const plan = derivePlan(loaded!);
      const done = { write: 0, event: 0 };
      let crashes = 0;
      let idle = 0;
      let life = live();
      const buried: Promise<void>[] = [];

      /** One process: its requests are lost once it is dead. */
      function live(): { readonly runtime: Runtime; die(): void } {
        let dead = false;
        idle = 0;
        const fetch = async (url: string, init: RequestInit): Promise<Response> => {
          if (dead) throw new TypeError("The process is gone");
          const response = await sandbox.fetch(new Request(url, init));
          if ((init.method ?? "GET") === "GET" || !response.ok) return response;
          const what = url.includes("/events") ? "event" : "write";
          done[what]++;
          if (what !== crashAfter?.what || done[what] !== crashAfter.n) return response;
          await response.body?.cancel();
          dead = true;
          // Not from within its own call: the pass that made it has to end first.
          setTimeout(crash, 0);
          throw new TypeError("The process is gone");
        };
        const runtime = startRuntime({
          plan,
          host: sandboxHost(sandbox, { userAgent: "ork-runtime/test", reportsIdle: true, fetch }),
          clock: realClock,
          report: (message) => {
            if (message.type === "pass" && message.changes.length === 0 && message.result === "succeeded") idle++;
          },
        });
        void runtime.lead();
        return {
          runtime,
          die() {
            dead = true;
          },
        };
      }

      function crash(): Promise<void> {
        crashes++;
        life.die();
        buried.push(life.runtime.stop(0));
        life = live();
        return Promise.resolve();
      }

      return {
        get writes() {
          return done.write;
        },
        get events() {
          return done.event;
        },
        get crashes() {
          return crashes;
        },
        idlePasses: () => idle,
        log: () => "",
        crash,
        stop: async () => {
          await life.runtime.stop(1000);
          await Promise.all(buried);
        },
      };
    },
  };
}
