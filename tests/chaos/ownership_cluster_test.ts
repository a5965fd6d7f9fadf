import { clusterTest } from "../support/on_cluster.ts";
import { ownershipGames, playOwnership } from "./ownership_game.ts";
import { playOnCluster } from "./ownership_stages.ts";

clusterTest(
  "whatever users, other people and kills do, Runtimes on a real API server keep to what is theirs",
  async ({ plane }) => {
    for (const { seed, play } of ownershipGames()) {
      console.log(`SEED=${seed}`);
      await playOnCluster(plane, (stage) => playOwnership(stage, play));
    }
  },
  { nodes: true },
);
