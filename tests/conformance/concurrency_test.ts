import assert from "node:assert/strict";
import type { Body } from "./api.ts";
import { conformanceTest } from "./both.ts";

conformanceTest("of writes to one state only one succeeds", async ({ api, namespace }) => {
  const leases = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  const lease = await api.create(leases, { metadata: { name: "leader" }, spec: { holderIdentity: "nobody" } });
  const takes = await Promise.all(
    Array.from(
      { length: 8 },
      (_, i) => api.send("PUT", `${leases}/leader`, { ...lease, spec: { holderIdentity: `candidate-${i}` } }),
    ),
  );
  const winners = takes.filter(({ status }) => status === 200);
  assert.equal(winners.length, 1);
  assert.ok(takes.every(({ status, body }) => status === 200 || (status === 409 && body.reason === "Conflict")));
  assert.equal((await api.get(`${leases}/leader`)).spec.holderIdentity, winners[0]!.body.spec.holderIdentity);
});

conformanceTest("of creations under one name only one succeeds", async ({ api, namespace }) => {
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const responses = await Promise.all(
    Array.from({ length: 8 }, () => api.send("POST", path, { metadata: { name: "a" } })),
  );
  assert.deepEqual(responses.map(({ status }) => status).sort(), [201, ...Array(7).fill(409)]);
});

conformanceTest("patches without a version all take effect", async ({ api, namespace }) => {
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  await api.create(path, { metadata: { name: "a" } });
  await Promise.all(
    Array.from({ length: 8 }, (_, i) => api.patch("merge", `${path}/a`, { data: { [`key-${i}`]: "1" } })),
  );
  assert.equal(Object.keys((await api.get(`${path}/a`)).data).length, 8);
});

conformanceTest("appliers of disjoint fields do not disturb each other", async ({ api, namespace }) => {
  const path = `/api/v1/namespaces/${namespace}/configmaps/a`;
  const body = (i: number) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a" },
    data: { [`key-${i}`]: "1" },
  });
  await Promise.all(Array.from({ length: 5 }, (_, i) => api.patch("apply", `${path}?fieldManager=m${i}`, body(i))));
  const { data, metadata } = await api.get(path);
  assert.equal(Object.keys(data).length, 5);
  assert.deepEqual(
    new Set(metadata.managedFields.map(({ manager }: Body) => manager)),
    new Set(["m0", "m1", "m2", "m3", "m4"]),
  );
});

conformanceTest("a bad body is refused whatever else is requested", async ({ api, namespace }) => {
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const large = "x".repeat(3 * 1024 * 1024 + 1024);
  const response = await api.send("POST", path, { metadata: { name: "a" }, data: { large } });
  assert.equal(response.status, 413);
  assert.equal(response.body.reason, "RequestEntityTooLarge");
});
