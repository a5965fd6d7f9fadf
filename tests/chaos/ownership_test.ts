/**
 * Ownership, played (rulings 20 to 22, 41, 61, 62): four operators with six boxes, users, other people with objects of
 * their own, and kills. At the end everything that is declared is there, everything of other people is as it was, and
 * after the last CR is gone nothing of the operators is left.
 */
import { clusterTest } from "../support/on_cluster.ts";
import { isFull } from "./extent.ts";
import { playOwnership } from "./ownership_game.ts";
import { playOnCluster, playOnSandbox } from "./ownership_stages.ts";
import { randomNumbers } from "./random.ts";

const games = isFull ? 10 : 1;
const operations = isFull ? 2_000 : 150;
const others = isFull ? 200 : 60;

function seeds(): number[] {
  const first = Number(Deno.env.get("SEED") ?? Math.floor(Math.random() * 2 ** 31));
  return Array.from({ length: Deno.env.has("SEED") && !isFull ? 1 : games }, (_, index) => first + index);
}

Deno.test({
  name: "whatever users, other people and kills do, operators on the sandbox keep to what is theirs",
  // A killed operator clears no timers.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) => playSeeds(t),
});

async function playSeeds(t: Deno.TestContext): Promise<void> {
  for (const seed of seeds()) {
    await t.step({
      name: `SEED=${seed}`,
      sanitizeOps: false,
      sanitizeResources: false,
      fn: async () => {
        const random = randomNumbers(seed);
        await playOnSandbox(random, (stage) => playOwnership(stage, { operations, random, others, lookEvery: 250 }));
      },
    });
  }
}

clusterTest(
  "whatever users, other people and kills do, Runtimes on a real API server keep to what is theirs",
  async ({ plane }) => {
    for (const seed of seeds()) {
      console.log(`SEED=${seed}`);
      const random = randomNumbers(seed);
      await playOnCluster(plane, (stage) => playOwnership(stage, { operations, random, others, lookEvery: 250 }));
    }
  },
  { nodes: true },
);
