import { join } from "node:path";
import type { ControlPlane } from "../support/control_plane.ts";
import { runBinary } from "../support/run_binary.ts";
import { runtimeCommand } from "../support/runtime_binary.ts";
import { clusterRequest } from "./cluster_request.ts";
import type { Stage } from "./stage.ts";

/** Whom the Runtime is to the API server. */
export interface StageIdentity {
  readonly user: string;
  /** Path. */
  readonly kubeconfig: string;
}

/** A real API server, with the compiled Runtime; without an identity it may do everything. */
export async function clusterStage(
  plane: ControlPlane,
  namespace: string,
  identity?: StageIdentity,
): Promise<Stage> {
  const { user, kubeconfig } = identity ?? await administrator(plane, namespace);
  return {
    namespace,
    request: clusterRequest(plane),
    async startOperator(katalog) {
      const binary = runBinary([...runtimeCommand, "run", "-f", katalog, "--log-level", "debug"], {
        env: { KUBECONFIG: kubeconfig, ORK_NAMESPACE: namespace },
      });
      const start = /^\{.*"boxes":.*\}$/m;
      await binary.waitForOutput(start);
      const { boxes } = JSON.parse(start.exec(binary.stdout)![0]);
      // One line a box, in any order.
      await binary.waitForOutput(new RegExp(`(?:: watching, [^]*){${boxes.length}}`));
      return {
        idlePasses: () => binary.stdout.split(": nothing to do").length - 1,
        stop: async () => {
          const { code } = await binary.stop();
          if (code !== 0) throw new Error(`The runtime ended with ${code}: ${binary.stdout}${binary.stderr}`);
          if (binary.stdout.includes("reconciler panic")) throw new Error(`The runtime has a defect: ${binary.stdout}`);
        },
      };
    },
    async mark() {
      const mark = await plane.auditLog.mark();
      return {
        callsSince: async () =>
          (await plane.auditLog.requestsSince(mark, { user, watches: false })).map((call) => ({
            what: `${call.verb} ${call.resource}${call.subresource === "" ? "" : `/${call.subresource}`}`,
            namespace: call.namespace,
            name: call.verb === "create" ? "" : call.name,
          })),
      };
    },
  };
}

async function administrator(plane: ControlPlane, namespace: string): Promise<StageIdentity> {
  const user = `operator-${namespace}`;
  const kubeconfig = join(await Deno.makeTempDir({ prefix: "ork-kubeconfig-" }), "config");
  await Deno.writeTextFile(kubeconfig, await plane.kubeconfig(user, ["system:masters"]));
  return { user, kubeconfig };
}
