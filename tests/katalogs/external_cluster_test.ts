import { clusterTest } from "../support/on_cluster.ts";
import { clusterStage } from "./cluster_stage.ts";
import { examplesFor, flagsService } from "./flags_service.ts";
import type { Stage } from "./stage.ts";
import { runExample } from "./suite.ts";

clusterTest(
  "an example with HTTP calls does on a real API server, with the compiled Runtime, what its folder says",
  async ({ plane, namespace }) => {
    await using service = flagsService();
    await using examples = await examplesFor(service);
    const stage = withoutCredentials(await clusterStage(plane, namespace));
    await runExample("feature-flags", stage, examples.folder);
  },
  { nodes: true },
);

/** The process reads the Secret with the credential for each call; the suite is about all other requests. */
function withoutCredentials(stage: Stage): Stage {
  return {
    ...stage,
    async mark() {
      const { callsSince } = await stage.mark();
      return { callsSince: async () => (await callsSince()).filter(({ what }) => what !== "get secrets") };
    },
  };
}
