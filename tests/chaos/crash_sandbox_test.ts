/**
 * founding.txt: "any operation that is interrupted half-way through leaves the cluster in a partial state, not a
 * corrupted one. The next reconcile corrects it." Here the operator is cut off after every single write, the answer to
 * it lost, and what it comes to after a restart is compared with an undisturbed run.
 */
import assert from "node:assert/strict";
import { sharedHost } from "../../src/box/mod.ts";
import { createClusterApi } from "../../src/cluster/mod.ts";
import { loadKatalog } from "../../src/katalog/mod.ts";
import { derivePlan } from "../../src/plan/mod.ts";
import { type Runtime, startRuntime } from "../../src/runtime/mod.ts";
import { createSandbox, type Sandbox } from "../../src/sandbox/mod.ts";
import { sandboxRequest } from "../katalogs/sandbox_request.ts";
import { realClock } from "../support/clock.ts";
import { course, type CrashStage } from "./crash.ts";

/** All examples with ORK_CHAOS=full (`deno task chaos`), else one. */
const examples = Deno.env.get("ORK_CHAOS") === "full"
  ? ["hello-website", "static-site", "public-api", "queue-worker", "scheduled-report", "database"]
  : ["hello-website"];

for (const name of examples) {
  Deno.test(`katalogs/${name} ends in the same states, whichever write the operator is killed after`, async (test) => {
    const undisturbed = await onSandbox((stage) => course(name, stage));
    assert.equal(undisturbed.crashes, 0);
    assert.deepEqual(undisturbed.states.at(-1), [], "something is left after the deletion");
    for (let crashAfter = 1; crashAfter <= undisturbed.writes; crashAfter++) {
      await test.step(`write ${crashAfter} of ${undisturbed.writes}`, async () => {
        const { states } = undisturbed;
        await onSandbox((stage) => course(name, stage, { crashAfter, states }));
      });
    }
  });
}

async function onSandbox<T>(play: (stage: CrashStage) => Promise<T>): Promise<T> {
  const sandbox = createSandbox({ clock: realClock });
  try {
    return await play(crashStage(sandbox));
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
      let writes = 0;
      let crashes = 0;
      let idle = 0;
      let runtime: Runtime;
      const buried: Promise<void>[] = [];

      /** One life of the process: what it sends is lost once it is dead. */
      function live(): void {
        let dead = false;
        idle = 0;
        const fetch = async (url: string, init: RequestInit): Promise<Response> => {
          if (dead) throw new TypeError("The process is gone");
          const response = await sandbox.fetch(new Request(url, init));
          if ((init.method ?? "GET") === "GET" || url.includes("/events")) return response;
          writes++;
          if (writes !== crashAfter) return response;
          await response.body?.cancel();
          dead = true;
          crashes++;
          const former = runtime;
          // Not from within its own call: the pass that made it has to end first.
          setTimeout(() => {
            buried.push(former.stop(0));
            live();
          }, 0);
          throw new TypeError("The process is gone");
        };
        runtime = startRuntime({
          plan,
          host: sharedHost({
            connect: () =>
              createClusterApi({ server: "http://sandbox", auth: { kind: "none" }, source: "test" }, {
                userAgent: "ork-runtime/test",
                clock: realClock,
                random: Math.random,
                fetch,
              }),
            clock: realClock,
            random: Math.random,
            component: "orkestra.orkspace.io/runtime",
            instance: "test",
            tellsIdle: true,
          }),
          report: (message) => {
            if (message.type === "pass" && message.changes.length === 0 && message.result === "succeeded") idle++;
          },
        });
      }
      live();
      return {
        get writes() {
          return writes;
        },
        get crashes() {
          return crashes;
        },
        idlePasses: () => idle,
        stop: async () => {
          await runtime.stop(1000);
          await Promise.all(buried);
        },
      };
    },
  };
}
