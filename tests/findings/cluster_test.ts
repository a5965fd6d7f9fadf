import { clusterStage } from "../katalogs/cluster_stage.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { cases, playCase } from "./cases.ts";

for (const one of cases) {
  clusterTest(`on a real API server: ${one.name}`, async ({ plane, namespace }) => {
    await playCase(one, await clusterStage(plane, namespace));
  }, { controllers: true, nodes: one.nodes ?? false });
}
