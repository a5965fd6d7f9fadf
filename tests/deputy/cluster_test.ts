/**
 * The corpus on a real API server, where RBAC is not a model: the Runtime has a token of a ServiceAccount with the roles
 * that are generated for the Katalog. A sample by `SEED`; all of it with `ORK_DEPUTY=full`.
 */
import assert from "node:assert/strict";
import { randomNumbers } from "../chaos/random.ts";
import { accountUsername } from "../../src/k8s/installation.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { ClusterServer } from "./cluster_server.ts";
import { corpus } from "./corpus.ts";
import { attempt, namespace } from "./stage.ts";
import { targets } from "./targets.ts";

const seed = Number(Deno.env.get("SEED") ?? Math.floor(Math.random() * 2 ** 31));
const isFull = Deno.env.get("ORK_DEPUTY") === "full";
const sample = 40;
/** etcd's --max-request-bytes. */
const maxRequestBytes = 1.5 * 1024 * 1024;

clusterTest(
  "no CR of the corpus has a Runtime on a real API server do what it is not declared to do",
  async ({ plane }) => {
    const random = randomNumbers(seed);
    const shuffled = corpus.map((attack) => ({ attack, at: random() })).sort((a, b) => a.at - b.at);
    const chosen = new Set(isFull ? corpus : shuffled.slice(0, sample).map(({ attack }) => attack));
    console.log(`${chosen.size} of ${corpus.length} attacks, SEED=${seed}`);
    await using server = new ClusterServer(plane);
    const definitions = [...targets].flatMap(([, { setup }]) => setup);
    await server.open([...new Map(definitions.map((each) => [each.metadata.name, each])).values()]);
    const mark = await plane.auditLog.mark();
    for (const [name, target] of targets) {
      const attacks = corpus.filter((attack) => attack.katalog === name && chosen.has(attack));
      if (attacks.length === 0) continue;
      await server.grant(target);
      for (const attack of attacks) {
        const what = `${name}: ${attack.name}; SEED=${seed}`;
        const { outcome, violations, written } = await attempt(
          attack,
          target,
          server.attack([...attack.may, ...attack.later ?? []]),
        );
        assert.deepEqual(violations, [], what);
        const isTooLarge = JSON.stringify(attack.cr).length > maxRequestBytes;
        assert.equal(outcome, isTooLarge ? "refused" : attack.outcome ?? "reconciled", what);
        const [later, stricter] = [new Set(attack.later), new Set(attack.stricter)];
        assert.deepEqual(
          written.filter((object) => !later.has(object)),
          outcome === "refused" ? [] : attack.may.filter((object) => !stricter.has(object)).sort(),
          what,
        );
      }
    }
    const user = accountUsername({ namespace, name: "orkestra" });
    const requests = await plane.auditLog.requestsSince(mark, { user });
    assert.ok(requests.length > chosen.size, "the Runtime has this identity");
    assert.deepEqual(requests.filter(({ code }) => code === 403), [], `SEED=${seed}`);
  },
  { nodes: true },
);
