import { join } from "node:path";
import { clusterRequest } from "../katalogs/cluster_request.ts";
import type { ControlPlane } from "../support/control_plane.ts";
import type { FaultProxy } from "../support/fault_proxy.ts";
import { startGrantedGateway } from "../support/granted_gateway.ts";
import { GrantedRoles, planOfFiles, startPassingProxy } from "../support/granted_roles.ts";
import { freshNamespace } from "../support/namespace.ts";
import { runBinary, type RunningBinary } from "../support/run_binary.ts";
import { runtimeBinary } from "../support/runtime_binary.ts";
import { waitFor } from "../support/wait_for.ts";
import type { CrashingOperator, CrashPoint, CrashStage } from "./crash.ts";

/**
 * The compiled Runtime on a real API server, with its roles alone, and a proxy between them that sees every call; and the
 * Gateway with its own where the Katalog has one.
 */
export interface ClusterStage extends CrashStage, AsyncDisposable {
  readonly proxy: FaultProxy;
  /** Throws when the Runtime was refused a request by RBAC (`GrantedRoles`). */
  assertSufficient(): Promise<void>;
}

export async function clusterStage(plane: ControlPlane, namespace: string): Promise<ClusterStage> {
  // Apart from the CRs: some examples make roles, and all of those in their namespaces are theirs.
  const installation = await freshNamespace(plane, "chaos-roles");
  const proxy = await startPassingProxy(plane);
  const folder = await Deno.makeTempDir({ prefix: "ork-chaos-" });
  const kubeconfig = join(folder, "config");
  let roles: GrantedRoles | undefined;
  let gateway: AsyncDisposable | undefined;
  const removeGateway = async (): Promise<void> => {
    await gateway?.[Symbol.asyncDispose]();
    gateway = undefined;
  };
  return {
    namespace,
    proxy,
    request: clusterRequest(plane),
    async run(katalog, crashAfter) {
      if (roles === undefined) {
        const plan = planOfFiles([katalog]);
        roles = await GrantedRoles.open(plane, { plan, namespace: installation.name });
        await Deno.writeTextFile(kubeconfig, await roles.kubeconfig({ proxy }), { mode: 0o600 });
        gateway = await startGrantedGateway(plane, roles, { plan, katalog, folder });
      }
      return await runOnCluster(proxy, { katalog, kubeconfig }, crashAfter);
    },
    beforeUninstall: removeGateway,
    async assertSufficient() {
      if (roles === undefined) throw new Error("No operator was run");
      await roles.assertSufficient();
    },
    async [Symbol.asyncDispose]() {
      await removeGateway();
      await proxy[Symbol.asyncDispose]();
      await roles?.[Symbol.asyncDispose]();
      await installation[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function runOnCluster(
  proxy: FaultProxy,
  files: { katalog: string; kubeconfig: string },
  crashAfter?: CrashPoint,
): Promise<CrashingOperator> {
  const done = { write: 0, event: 0 };
  let crashes = 0;
  let life = live();

  function live(): RunningBinary {
    return runBinary([runtimeBinary, "run", "-f", files.katalog, "--log-level", "debug"], {
      env: { KUBECONFIG: files.kubeconfig },
    });
  }

  /** The last one; a course may be over before it is. */
  let crashing: Promise<void> = Promise.resolve();
  function crash(): Promise<void> {
    return crashing = kill();
  }

  async function kill(): Promise<void> {
    crashes++;
    const former = life;
    await former.stop({ signal: "SIGKILL" });
    checkLife(former);
    life = live();
  }

  proxy.onWritten = async ({ kind }) => {
    const what = kind === "event" ? "event" : "write";
    done[what]++;
    if (what === crashAfter?.what && done[what] === crashAfter.n) await crash();
  };
  await life.waitForOutput(": watching, ");
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
    idlePasses: () => life.stdout.split(": nothing to do").length - 1,
    log: () => life.stdout,
    crash,
    async stop() {
      // Events are sent until the end: one that was to kill it must not start it again.
      proxy.onWritten = undefined;
      await crashing;
      // Before its first log line it does not handle signals yet.
      if (crashes > 0) await life.waitForOutput(/./);
      const { code } = await life.stop();
      checkLife(life);
      if (code !== 0) throw new Error(`The Runtime ended with ${code}: ${life.stdout}${life.stderr}`);
      await waitFor("its watches have ended", () => proxy.watches === 0);
    },
  };
}

/** No defect, no terminated cell, no unexpected output. */
function checkLife({ stdout, stderr }: RunningBinary): void {
  if (!/reconciler panic|its cell was ended/.test(stdout) && stderr === "") return;
  throw new Error(`The Runtime has a defect: ${stdout}${stderr}`);
}
