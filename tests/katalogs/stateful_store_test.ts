/** What the README of `katalogs/stateful-store` has its reader try. */
import assert from "node:assert/strict";
import type { JsonMap } from "../../src/base/json.ts";
import { isReady, playExample } from "./play.ts";

const core = "/api/v1/namespaces/default";
const set = "/apis/apps/v1/namespaces/default/statefulsets/sessions";
const secret = `${core}/secrets/sessions-password`;

Deno.test("katalogs/stateful-store changes, pauses and goes as its README says", async () => {
  await playExample("stateful-store", async (store) => {
    const { until, untilGone, send, idle, path } = store;
    const password = async () => (await send("GET", secret))["data"].password;
    const first = await password();
    assert.match(atob(first), /^[A-Za-z0-9]{24}$/);
    await store.restart();
    await idle();
    assert.equal(await password(), first);

    await store.set({ size: "large" });
    const isLarge = ({ spec, status }: JsonMap) => {
      const [container] = (spec as { template: { spec: { containers: { resources: JsonMap }[] } } }).template.spec
        .containers;
      const { updatedReplicas, readyReplicas } = status as JsonMap;
      return (container!.resources["limits"] as JsonMap)["memory"] === "4Gi" && updatedReplicas === 3 &&
        readyReplicas === 3;
    };
    await until(set, (object) => isLarge(object as unknown as JsonMap));

    await store.set({ paused: true });
    await send("PATCH", set, { spec: { replicas: 0 } });
    await until(set, ({ status }) => (status.readyReplicas ?? 0) === 0);
    await idle();
    assert.equal((await send("GET", set))["spec"].replicas, 0);
    assert.equal((await send("GET", path))["status"].readyReplicas, 3, "the status stays");
    await store.set({ paused: false });
    await until(set, ({ status }) => status.readyReplicas === 3);

    await store.set({ backup: null });
    await untilGone("/apis/batch/v1/namespaces/default/cronjobs/sessions-backup");
    await store.set({ replicas: 1 });
    await untilGone("/apis/policy/v1/namespaces/default/poddisruptionbudgets/sessions");
    await until(path, (object) => isReady(object) && object["status"].readyReplicas === 1);
    await assert.rejects(store.set({ storage: "2Gi" }), /the storage of a Store cannot be changed/);

    await send("DELETE", path);
    for (const gone of [path, set, secret]) await untilGone(gone);
    assert.ok(await store.isThere(`${core}/persistentvolumeclaims/data-sessions-0`));
  });
});

Deno.test("katalogs/stateful-store keeps a password that it retains for the next Store", async () => {
  await playExample("stateful-store", async ({ send, until, untilGone, path, cr, restart }) => {
    await restart(({ spec }) => {
      const { store } = (spec as { crds: Record<string, { operatorBox: { onCreate: { secrets: JsonMap[] } } }> }).crds;
      store!.operatorBox.onCreate.secrets[0]!["deletionPolicy"] = "Retain";
    });
    // What is only made is not changed: the policy holds for the next one.
    await send("DELETE", secret);
    const { data } = await until(secret, ({ metadata }) => (metadata.ownerReferences ?? []).length === 0);
    await send("DELETE", path);
    await untilGone(path);
    await untilGone(set);
    await send("POST", path.replace(/\/[^/]+$/, ""), cr);
    await until(path, isReady);
    assert.deepEqual((await send("GET", secret))["data"], data);
  });
});
