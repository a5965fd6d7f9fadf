import { clusterTest } from "../support/on_cluster.ts";
import { clusterStage } from "./cluster_stage.ts";
import { examplesFor, flagsService } from "./flags_service.ts";
import { runExample } from "./suite.ts";

clusterTest(
  "an example with HTTP calls does on a real API server, with the compiled Runtime, what its folder says",
  async ({ plane, namespace }) => {
    await using service = flagsService();
    await using examples = await examplesFor(service);
    await runExample("feature-flags", await clusterStage(plane, namespace), examples.folder);
  },
  { nodes: true },
);
