import { join } from "node:path";
import { accountUsername } from "../../src/k8s/installation.ts";
import type { ControlPlane } from "../support/control_plane.ts";
import { type GatewayProcess, startGatewayBinary } from "../support/gateway_binary.ts";
import { GrantedRoles, planOfFiles } from "../support/granted_roles.ts";
import { clusterStage } from "./cluster_stage.ts";
import { RequestFailed, type Stage } from "./stage.ts";

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const registrations = "/apis/admissionregistration.k8s.io/v1";

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
  const { request } = stage;
  let roles: GrantedRoles | undefined;
  let gateway: GatewayProcess | undefined;
  let converted: readonly string[] = [];

  async function install(katalog: string): Promise<void> {
    const plan = planOfFiles([katalog]);
    roles = await GrantedRoles.open(plane, { plan, namespace });
    await Deno.writeTextFile(kubeconfig, await roles.kubeconfig(), { mode: 0o600 });
    if (plan.gateway === undefined) return;
    const own = join(folder, "orkestra-gateway.kubeconfig");
    await Deno.writeTextFile(own, await roles.kubeconfig({ account: "orkestra-gateway" }), { mode: 0o600 });
    gateway = await startGatewayBinary({ katalog, kubeconfig: own, namespace });
    await gateway.ready();
    converted = plan.gateway.converts ? plan.conversions.map(({ plural, group }) => `${plural}.${group}`) : [];
  }

  /** Webhooks without a Gateway would refuse what is removed now, and with it what is protected. */
  async function removeGateway(): Promise<void> {
    if (gateway === undefined) return;
    await gateway[Symbol.asyncDispose]();
    gateway = undefined;
    for (const kind of ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"]) {
      const { items = [] } = await request("GET", `${registrations}/${kind}`);
      for (const { metadata: { name } } of items) {
        if (name.endsWith(`-${namespace}`)) await request("DELETE", `${registrations}/${kind}/${name}`);
      }
    }
    for (const name of converted) {
      const patch = { spec: { conversion: { strategy: "None", webhook: null } } };
      await request("PATCH", `${definitions}/${name}`, patch, "application/merge-patch+json").catch((error) => {
        if (!(error instanceof RequestFailed && error.status === 404)) throw error;
      });
    }
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
