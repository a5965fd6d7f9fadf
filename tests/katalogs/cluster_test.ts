import { clusterTest } from "../support/on_cluster.ts";
import { exampleNames } from "./example.ts";
import { grantedStage } from "./granted_stage.ts";
import { runExample } from "./suite.ts";

for (const name of exampleNames()) {
  clusterTest(
    `katalogs/${name} does on a real API server, with the compiled Runtime and its roles alone, what its folder says`,
    async ({ plane, namespace }) => {
      await using stage = await grantedStage(plane, namespace);
      await runExample(name, stage);
      await stage.assertSufficient();
    },
    { nodes: true },
  );
}
