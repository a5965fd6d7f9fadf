import { join } from "node:path";
import { accountUsername } from "../../src/k8s/installation.ts";
import type { ControlPlane } from "../support/control_plane.ts";
import { startGrantedGateway } from "../support/granted_gateway.ts";
import { GrantedRoles, planOfFiles } from "../support/granted_roles.ts";
import { clusterStage } from "./cluster_stage.ts";
import type { Stage } from "./stage.ts";

export interface GrantedStage extends Stage, AsyncDisposable {
  /** Throws when the Runtime or the Gateway was refused a request. */
  assertSufficient(): Promise<void>;
}

/**
 * A real API server with the compiled Runtime, and the Gateway where the Katalog has one, under tokens of their
 * ServiceAccounts: they have the roles that are derived from the first Katalog that is started, and nothing else.
 */
export async function grantedStage(plane: ControlPlane, namespace: string): Promise<GrantedStage> {
  const folder = await Deno.makeTempDir({ prefix: "ork-granted-" });
  const kubeconfig = join(folder, "orkestra.kubeconfig");
  const user = accountUsername({ namespace, name: "orkestra" });
  const stage = await clusterStage(plane, namespace, { user, kubeconfig });
  let roles: GrantedRoles | undefined;
  let gateway: AsyncDisposable | undefined;

  async function install(katalog: string): Promise<void> {
    const plan = planOfFiles([katalog]);
    roles = await GrantedRoles.open(plane, { plan, namespace });
    await Deno.writeTextFile(kubeconfig, await roles.kubeconfig(), { mode: 0o600 });
    gateway = await startGrantedGateway(plane, roles, { plan, katalog, folder });
  }

  async function removeGateway(): Promise<void> {
    await gateway?.[Symbol.asyncDispose]();
    gateway = undefined;
  }

  return {
    ...stage,
    async startOperator(katalog) {
      if (roles === undefined) await install(katalog);
      return await stage.startOperator(katalog);
    },
    beforeUninstall: removeGateway,
    async assertSufficient() {
      if (roles === undefined) throw new Error("No operator was started");
      await roles.assertSufficient();
    },
    async [Symbol.asyncDispose]() {
      await removeGateway();
      await roles?.[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
