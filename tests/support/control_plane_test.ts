import assert from "node:assert/strict";
import { countByVerb } from "./audit_log.ts";
import { startControlPlane } from "./control_plane.ts";
import { clusterTest } from "./on_cluster.ts";
import { runToEnd } from "./run_binary.ts";
import { waitFor } from "./wait_for.ts";

Deno.test("startControlPlane() says what is missing and how to get it", async () => {
  await assert.rejects(startControlPlane({ assets: "/nowhere" }), /KUBEBUILDER_ASSETS \("\/nowhere"\).*setup-envtest/);
});

clusterTest("control plane: kubectl reaches it, as administrator and as anybody", async ({ plane, namespace }) => {
  const kubectl = (kubeconfig: string, ...args: string[]) =>
    runToEnd([plane.kubectlPath, `--kubeconfig=${kubeconfig}`, `--namespace=${namespace}`, ...args]);
  const admin = await kubectl(plane.kubeconfigPath, "auth", "can-i", "*", "*");
  assert.equal(admin.stdout, "yes\n", admin.stderr);
  const nobody = await kubectl(await plane.userKubeconfig("nobody", ["some-group"]), "auth", "whoami", "-o", "json");
  const { status } = JSON.parse(nobody.stdout);
  assert.equal(status.userInfo.username, "nobody");
  assert.deepEqual(status.userInfo.groups, ["some-group", "system:authenticated"]);
  const refused = await kubectl(await plane.userKubeconfig("nobody"), "get", "secrets");
  assert.match(refused.stderr, /Forbidden/);
});

clusterTest(
  "control plane: the audit log counts requests by user agent, watches apart",
  async ({ plane, namespace }) => {
    const agent = `counted/${namespace}`;
    const send = (path: string, init: RequestInit = {}) =>
      plane.adminFetch(`/api/v1/namespaces/${namespace}/${path}`, { ...init, headers: { "user-agent": agent } });
    await (await send("configmaps/before")).body?.cancel();
    const mark = await plane.auditLog.mark();
    await (await send("configmaps/a")).body?.cancel();
    await (await send("configmaps")).body?.cancel();
    await (await send("configmaps/a", { method: "DELETE" })).body?.cancel();
    const controller = new AbortController();
    const watch = await send("configmaps?watch=true", { signal: controller.signal });
    const open = await plane.auditLog.requestsSince(mark, { userAgent: agent });
    const counts = { "get configmaps": 1, "list configmaps": 1, "delete configmaps": 1, "watch configmaps": 1 };
    assert.deepEqual(countByVerb(open), counts);
    controller.abort();
    await watch.body?.cancel().catch((error) => assert.equal(error.name, "AbortError"));
    // The end of a watch is an entry of its own, and no request.
    assert.deepEqual(countByVerb(await plane.auditLog.requestsSince(mark, { userAgent: agent })), counts);
    assert.equal((await plane.auditLog.requestsSince(mark, { userAgent: agent, watches: false })).length, 3);
    assert.equal((await plane.auditLog.requestsSince(mark, { userAgent: agent, verb: "get" }))[0]!.code, 404);
    assert.equal((await plane.auditLog.requestsSince(mark, { userAgent: "nobody" })).length, 0);
  },
);

clusterTest("control plane: Deployments become available", async ({ plane, namespace }) => {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const created = await plane.adminFetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      metadata: { name: "web" },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: "web" } },
        template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "web" }] } },
      },
    }),
  });
  assert.equal(created.status, 201, await created.text());
  await waitFor("it is available", async () => {
    const { status } = await (await plane.adminFetch(`${path}/web`)).json();
    return status.availableReplicas === 2;
  });
}, { nodes: true });
