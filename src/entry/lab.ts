import { setImmediate } from "node:timers";
import { sharedHost } from "../box/mod.ts";
import { createClusterApi } from "../cluster/mod.ts";
import { type Lab, StepClock } from "../dev/mod.ts";
import { startRuntime } from "../runtime/mod.ts";
import { createSandbox } from "../sandbox/mod.ts";
import { systemClock } from "./clock.ts";
import { callsOf } from "./external.ts";
import { component } from "./host.ts";
import { openHttpCalls } from "./http_calls.ts";
import { userAgent } from "./version.ts";

const binary = "ork";
/** Turns of the event loop without a request after which nothing is on its way any more. */
const quietTurns = 12;

/** An API server in memory whose time, and that of the operators on it, passes step by step. */
export function openLab({ skipExternal }: { readonly skipExternal: boolean }): Lab {
  let inFlight = 0;
  let requests = 0;
  const settled = async (): Promise<void> => {
    for (let turn = 0, seen = requests; turn < quietTurns; turn++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (inFlight === 0 && requests === seen) continue;
      [turn, seen] = [0, requests];
    }
  };
  const clock = new StepClock(systemClock.wallMs(), settled);
  const sandbox = createSandbox({ clock });
  const cluster = { server: "http://sandbox", auth: { kind: "none" }, source: "sandbox" } as const;
  const connect = () =>
    createClusterApi(cluster, {
      userAgent: userAgent(binary),
      clock: systemClock,
      random: Math.random,
      fetch: async (url, init) => {
        requests++;
        inFlight++;
        try {
          return await sandbox.fetch(new Request(url, init));
        } finally {
          inFlight--;
        }
      },
    });
  const api = connect();
  const calls = openHttpCalls({ binary, cluster, clock: systemClock, skip: skipExternal });
  return {
    clock,
    api,
    settled,
    start: (plan, report) =>
      startRuntime({
        plan,
        clock,
        report,
        host: sharedHost({
          connect,
          external: (box) => callsOf(box, { caller: calls.caller, clock: systemClock }),
          clock,
          // Nothing of a simulation may differ from run to run.
          random: () => 0,
          component,
          instance: binary,
          reportsIdle: true,
        }),
      }),
    async stop() {
      api.close();
      calls.close();
      await sandbox.stop();
    },
  };
}
