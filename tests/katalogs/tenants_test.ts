/** What the README of `katalogs/tenants` has its reader try. */
import assert from "node:assert/strict";
import type { JsonMap } from "../../src/base/json.ts";
import { labels } from "../../src/k8s/names.ts";
import { playExample, readyReason } from "./play.ts";

const namespaces = "/api/v1/namespaces";
const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces";
const test = { name: "test" };
const prod = { name: "prod", size: "medium" };
const load = { name: "load" };

Deno.test("katalogs/tenants opens, changes and closes environments as its README says", async () => {
  await playExample("tenants", async ({ set, until, untilGone, send, isThere, path, idle }) => {
    await set({ environments: [test, prod, load] });
    const binding = await until(`${rbac}/payments-load/rolebindings/team`);
    assert.deepEqual(binding["subjects"], [
      { apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "tenant:payments" },
    ]);
    for (const policy of ["deny-all", "allow-inside"]) {
      await until(`/apis/networking.k8s.io/v1/namespaces/payments-load/networkpolicies/${policy}`);
    }

    await set({ environments: [test, { ...prod, size: "large" }] });
    await until(`${namespaces}/payments-prod/resourcequotas/quota`, ({ spec }) => spec.hard.pods === "50");
    await untilGone(`${namespaces}/payments-load`);

    await send("POST", `${namespaces}/payments-test/configmaps`, { metadata: { name: "theirs" } });
    await set({ environments: [prod] });
    await untilGone(`${namespaces}/payments-test`);
    assert.equal(await isThere(`${namespaces}/payments-test/configmaps/theirs`), false);
    assert.ok(await isThere(`${namespaces}/payments-prod`));

    await send("POST", namespaces, { metadata: { name: "payments-load" } });
    await set({ environments: [prod, load] });
    await until(path, (tenant) => readyReason(tenant) === "NameTaken");
    const { metadata } = await send("GET", `${namespaces}/payments-load`);
    assert.equal(metadata.labels?.[labels.managed], undefined);
    const { items } = await send("GET", `${rbac}/payments-load/roles`);
    assert.deepEqual(items, []);

    await send("DELETE", `${namespaces}/payments-load`);
    await until(`${rbac}/payments-load/roles/team`);
    await idle();
  });
});

Deno.test("of two Tenants that want one Namespace at the same time, one gets it and the other says so", async () => {
  await playExample("tenants", async ({ send, until, path, cr, idle }) => {
    const tenants = path.replace(/\/[^/]+$/, "");
    const make = (name: string, ...environments: string[]) =>
      send("POST", tenants, {
        ...cr,
        metadata: { name },
        spec: { environments: environments.map((name) => ({ name })) },
      });
    await Promise.all([make("a", "b-c"), make("a-b", "c")]);
    const { metadata: { ownerReferences } } = await until(`${namespaces}/a-b-c`);
    const first = ownerReferences![0]!.name;
    const second = first === "a" ? "a-b" : "a";
    await until(`${tenants}/${second}`, (tenant) => readyReason(tenant) === "NameTaken");
    // Passes after both have asked for it.
    await idle(6);
    await until(`${tenants}/${first}`, (tenant) => readyReason(tenant) === "Ready");
  });
});

Deno.test("katalogs/tenants leaves Namespaces that it retains", async () => {
  await playExample("tenants", async ({ set, until, untilGone, send, path, restart, cr }) => {
    await restart(({ spec }) => {
      const { tenant } = (spec as { crds: Record<string, { operatorBox: JsonMap }> }).crds;
      tenant!.operatorBox["deletionPolicy"] = "Retain";
    });
    const isFree = ({ metadata }: { metadata: { ownerReferences?: unknown[] } }) =>
      (metadata.ownerReferences ?? []).length === 0;
    await until(`${namespaces}/payments-test`, isFree);
    await send("POST", `${namespaces}/payments-test/configmaps`, { metadata: { name: "theirs" } });
    await set({ environments: [prod] });
    await until(path, ({ status }) => status.environments === 1);
    await until(`${rbac}/payments-prod/roles/team`, isFree);
    await send("DELETE", path);
    await untilGone(path);
    await until(`${namespaces}/payments-test/configmaps/theirs`);
    await until(`${rbac}/payments-prod/roles/team`);
    // A Tenant of the name takes up what it finds.
    await send("POST", path.replace(/\/[^/]+$/, ""), cr);
    await until(path, (tenant) => readyReason(tenant) === "Ready");
  });
});
