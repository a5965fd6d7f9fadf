import { ownershipGames, playOwnership } from "./ownership_game.ts";
import { playOnSandbox } from "./ownership_stages.ts";

Deno.test({
  name: "whatever users, other people and kills do, operators on the sandbox keep to what is theirs",
  // A killed operator clears no timers.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    for (const { seed, random, play } of ownershipGames()) {
      await t.step({
        name: `SEED=${seed}`,
        sanitizeOps: false,
        sanitizeResources: false,
        fn: () => playOnSandbox(random, (stage) => playOwnership(stage, play)),
      });
    }
  },
});
