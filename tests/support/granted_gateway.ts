import { join } from "node:path";
import type { Plan } from "../../src/plan/mod.ts";
import { clusterRequest } from "../katalogs/cluster_request.ts";
import { RequestFailed } from "../katalogs/stage.ts";
import type { ControlPlane } from "./control_plane.ts";
import { startGatewayBinary } from "./gateway_binary.ts";
import type { GrantedRoles } from "./granted_roles.ts";

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const registrations = "/apis/admissionregistration.k8s.io/v1";

/**
 * The compiled Gateway of a Katalog under the roles of its ServiceAccount, `undefined` when the Katalog has none. Disposing
 * of it takes its webhooks along: without it they would refuse that what is protected is removed.
 */
export async function startGrantedGateway(
  plane: ControlPlane,
  roles: GrantedRoles,
  { plan, katalog, folder }: { readonly plan: Plan; readonly katalog: string; readonly folder: string },
): Promise<AsyncDisposable | undefined> {
  if (plan.gateway === undefined) return undefined;
  const request = clusterRequest(plane);
  const { namespace } = roles;
  const kubeconfig = join(folder, "orkestra-gateway.kubeconfig");
  await Deno.writeTextFile(kubeconfig, await roles.kubeconfig({ account: "orkestra-gateway" }), { mode: 0o600 });
  const gateway = await startGatewayBinary({ katalog, kubeconfig, namespace });
  await gateway.ready();
  const converted = plan.gateway.converts ? plan.conversions.map(({ plural, group }) => `${plural}.${group}`) : [];
  return {
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
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
    },
  };
}
