import { clusterTest } from "../support/on_cluster.ts";
import { examplesFor, flagsService } from "./flags_service.ts";
import { grantedStage } from "./granted_stage.ts";
import type { Stage } from "./stage.ts";
import { runExample } from "./suite.ts";

clusterTest(
  "an example with HTTP calls does on a real API server, with the compiled Runtime and its roles alone, what its folder says",
  async ({ plane, namespace }) => {
    await using service = flagsService();
    await using examples = await examplesFor(service);
    await using stage = await grantedStage(plane, namespace);
    await runExample("feature-flags", withoutCredentials(stage), examples.folder);
    await stage.assertSufficient();
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
