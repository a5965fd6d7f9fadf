import { createClusterApi } from "../../src/cluster/client.ts";
import { parseKubeconfig } from "../../src/cluster/kubeconfig.ts";
import type { ClusterApi } from "../../src/cluster/ports.ts";
import { realClock } from "./clock.ts";
import type { ControlPlane } from "./control_plane.ts";

/** Our client on a real API server, as administrator or as a user that RBAC knows. Close it. */
export async function clientFor(
  plane: ControlPlane,
  options: { user?: string; groups?: readonly string[]; userAgent?: string } = {},
): Promise<ClusterApi & Disposable> {
  const text = await plane.kubeconfig(options.user, options.groups);
  const config = await parseKubeconfig(text, { readTextFile: (path) => Deno.readTextFile(path) });
  const api = createClusterApi(config, {
    userAgent: options.userAgent ?? "ork/test",
    clock: realClock,
    random: Math.random,
  });
  return { ...api, [Symbol.dispose]: () => api.close() };
}
