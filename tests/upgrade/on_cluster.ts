/** The upgrades of `upgrade.ts` with the compiled Runtime on a real API server. */
import { join } from "node:path";
import { clusterRequest } from "../katalogs/cluster_request.ts";
import type { ControlPlane } from "../support/control_plane.ts";
import { startFaultProxy } from "../support/fault_proxy.ts";
import { freshNamespace } from "../support/namespace.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { runBinary } from "../support/run_binary.ts";
import { runtimeBinary } from "../support/runtime_binary.ts";
import { makeNamespaces, type Origin, playUpgrade, type Upgrade, upgradesFrom, type UpgradeStage } from "./upgrade.ts";

/** A test for each upgrade from what `origin` wrote. A file each, so that they run side by side. */
export function testUpgrades(origin: Origin): void {
  for (const { name, upgrade } of upgradesFrom(origin)) {
    clusterTest(`${name}, on a real API server`, ({ plane }) => onCluster(plane, origin, upgrade), { nodes: true });
  }
}

async function onCluster(plane: ControlPlane, origin: Origin, upgrade: Upgrade): Promise<void> {
  await using namespace = await freshNamespace(plane, "upgrade");
  const { name } = namespace;
  const place = { group: `${name}.example.com`, home: name, away: `${name}-away` };
  const request = clusterRequest(plane);
  await using proxy = startFaultProxy(await plane.kubeconfig(`upgrade-${name}`, ["system:masters"]));
  const folder = await Deno.makeTempDir({ prefix: "ork-upgrade-" });
  await Deno.writeTextFile(join(folder, "config"), proxy.kubeconfig);
  const stage: UpgradeStage = {
    place,
    request,
    get writes() {
      return proxy.calls.filter(({ kind, status = 500 }) => kind === "write" && status < 300)
        .map(({ method, path }) => `${method} ${path.replace(/\?.*/, "")}`);
    },
    async start(text) {
      const katalog = join(folder, "katalog.yaml");
      await Deno.writeTextFile(katalog, text);
      const life = runBinary([runtimeBinary, "run", "-f", katalog, "--log-level", "debug"], {
        env: { KUBECONFIG: join(folder, "config") },
      });
      await life.waitForOutput(": watching, ");
      return {
        idlePasses: () => life.stdout.match(/: nothing to do|is there already[^"]*; trying again/g)?.length ?? 0,
        log: () => life.stdout + life.stderr,
        async stop() {
          await life.stop();
        },
      };
    },
  };
  try {
    await makeNamespaces(stage);
    await playUpgrade(stage, origin, upgrade);
  } finally {
    for (
      const path of [
        `/api/v1/namespaces/${place.away}`,
        `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/apps.${place.group}`,
      ]
    ) await request("DELETE", path).catch(() => {/* what went wrong before says more */});
    await Deno.remove(folder, { recursive: true });
  }
}
