import type { SharedHostOptions } from "../../src/box/mod.ts";
import { loadKatalog } from "../../src/katalog/mod.ts";
import { derivePlan } from "../../src/plan/mod.ts";
import { startRuntime } from "../../src/runtime/mod.ts";
import type { Sandbox } from "../../src/sandbox/mod.ts";
import { sandboxHost } from "../support/sandbox_host.ts";
import { sandboxRequest } from "./sandbox_request.ts";
import type { Stage } from "./stage.ts";
import { realClock } from "../support/clock.ts";

const userAgent = "ork-runtime/test";

/** The sandbox, with operators in this process. */
export function sandboxStage(sandbox: Sandbox, external?: SharedHostOptions["external"]): Stage {
  return {
    namespace: "default",
    request: sandboxRequest(sandbox),
    async startOperator(katalog) {
      const { katalog: loaded, findings } = loadKatalog(
        [{ path: katalog, bytes: await Deno.readFile(katalog) }],
        (path) => Deno.readFileSync(path),
      );
      if (loaded === undefined) throw new Error(`Cannot load ${katalog}: ${Deno.inspect(findings)}`);
      let idle = 0;
      const problems: string[] = [];
      const runtime = startRuntime({
        plan: derivePlan(loaded),
        host: sandboxHost(sandbox, { userAgent, reportsIdle: true, external }),
        clock: realClock,
        report: (message) => {
          if (message.type === "pass" && message.changes.length === 0 && message.result === "succeeded") idle++;
          if (message.type === "defect") problems.push(message.stack);
        },
      });
      await runtime.lead();
      return {
        idlePasses: () => idle,
        stop: async () => {
          await runtime.stop(1000);
          if (problems.length > 0) throw new Error(`The operator has a defect: ${problems.join("\n")}`);
        },
      };
    },
    mark() {
      const before = sandbox.requests.total;
      return Promise.resolve({
        callsSince: () => {
          const fresh = sandbox.requests.list().slice(-(sandbox.requests.total - before) || Infinity);
          return Promise.resolve(
            fresh.filter((item) => item.userAgent === userAgent && !item.watch).map((item) => ({
              what: `${item.verb} ${item.resource}${item.subresource === "" ? "" : `/${item.subresource}`}`,
              namespace: item.namespace,
              name: item.name,
            })),
          );
        },
      });
    },
  };
}
