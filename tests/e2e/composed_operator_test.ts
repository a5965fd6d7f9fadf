/** Profiles, notes, a Motif, gates, a sentinel, a watch and rotation together, with an operator that runs. */
import assert from "node:assert/strict";
import { loadKatalog } from "../../src/katalog/mod.ts";
import { derivePlan, type Plan } from "../../src/plan/mod.ts";
import { createSandbox } from "../../src/sandbox/mod.ts";
import { clusterStage } from "../katalogs/cluster_stage.ts";
import { sandboxStage } from "../katalogs/sandbox_stage.ts";
import { realClock } from "../support/clock.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { ComposedOperator } from "./composed_operator.ts";
import { Identity, runtimeGrants } from "./roles.ts";

Deno.test("an operator made of profiles, notes, a Motif, gates, a watch and rotation works on the sandbox", async () => {
  const sandbox = createSandbox({ clock: realClock });
  try {
    await using composed = await ComposedOperator.open(sandboxStage(sandbox), "composed.example.com");
    await composed.playShop();
    await composed.playLedger();
    assert.deepEqual(sandbox.faults, []);
  } finally {
    await sandbox.stop();
  }
});

clusterTest(
  "an operator made of profiles, notes, a Motif, gates, a watch and rotation works on a real API server, with its own roles",
  async (test) => {
    const { plane, namespace } = test;
    const admin = await clusterStage(plane, namespace);
    await using composed = await ComposedOperator.open(admin, `${namespace}.example.com`);
    const boxes = composed.katalogs.flatMap((path) => planOf(path).boxes);
    await using identity = await Identity.open(test, "composed", runtimeGrants({ boxes } as unknown as Plan));
    const stage = await clusterStage(plane, namespace, {
      user: identity.user,
      kubeconfig: await identity.kubeconfig(),
    });
    const mark = await plane.auditLog.mark();
    const played = composed.on(stage);
    await played.playShop();
    await played.playLedger();
    const requests = await plane.auditLog.requestsSince(mark, { user: identity.user });
    assert.ok(requests.length > 0);
    assert.deepEqual(requests.filter(({ code }) => code === 403), [], "its roles suffice");
  },
  { controllers: true },
);

function planOf(path: string): Plan {
  const { katalog, findings } = loadKatalog(
    [{ path, bytes: Deno.readFileSync(path) }],
    (file) => Deno.readFileSync(file),
  );
  assert.ok(katalog !== undefined, Deno.inspect(findings));
  return derivePlan(katalog);
}
