import { clusterTest } from "../support/on_cluster.ts";
import { clusterStage } from "./cluster_stage.ts";
import { exampleNames } from "./example.ts";
import { runExample } from "./suite.ts";

for (const name of exampleNames()) {
  clusterTest(
    `katalogs/${name} does on a real API server, with the compiled Runtime, what its folder says`,
    async ({ plane, namespace }) => {
      await runExample(name, await clusterStage(plane, namespace));
    },
    { nodes: true },
  );
}
