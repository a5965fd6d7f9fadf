import assert from "node:assert/strict";
import { type Loaded, openControlCenter } from "../support/control_center.ts";
import { textOf, unsafeParts } from "../support/html.ts";
import { serveApi } from "../support/served_api.ts";
import { type Cluster, createCluster, demoOf, demos, start } from "./operator.ts";

async function clusterOf(): Promise<Cluster> {
  const cluster = createCluster();
  await cluster.define("Demo");
  return cluster;
}

const says = (text: RegExp) => (page: Loaded) => text.test(textOf(page.root));

Deno.test("the Control Center shows what running operators do, from a CR to a drift that is corrected", async () => {
  await using cluster = await clusterOf();
  await cluster.define("Shop");
  await using running = await start(cluster, [
    {
      key: "demo",
      more: "crossAccess: true\nvalidation: {rules: [{field: spec.size, max: 9, message: at most nine}]}",
      box: "onReconcile: {deployments: [{name: '{{ .metadata.name }}', image: 'x:1', replicas: 2}]}",
    },
    {
      key: "shop",
      kind: "Shop",
      more: "dependsOn: [demo]",
      box:
        "cross: [{crd: demo, as: first, selector: {name: one}}]\nstatus: {fields: [{path: found, value: '{{ .cross.first.found }}'}]}",
    },
  ]);
  await using api = serveApi(running.served);
  await using center = openControlCenter([api.url], { refreshMs: 100 });
  await cluster.request("POST", demos, demoOf("one", { size: 3 }));
  await center.until("/", "the Katalog is there", says(/ test .*healthy/));
  const katalog = await center.until("/k/test", "boxes", says(/demo Demo healthy .*shop Shop/));
  assert.match(katalog.text, /aria-label="shop depends on demo, shop reads demo"/);

  const box = await center.until("/k/test/b/demo", "the CR is ready", says(/default one ready/));
  assert.match(textOf(box.root), /spec\.size max: 9 deny at most nine/);
  assert.match(textOf(box.root), /is waited for by shop .*is read by shop/);
  assert.match(textOf(box.root), /deployments\.apps .*patch/);
  const path = "/k/test/b/demo/cr/default/one";
  const one = await center.until(path, "the child is ready", says(/Deployment 1 ready default\/one/));
  assert.match(textOf(one.root), /created Deployment one .*Calls: .*apply Deployment default\/one 201/);
  assert.match(textOf(one.root), /Synced True/);
  assert.match(textOf(one.root), /Spec size: 3/, "crossAccess: true");

  await cluster.request(
    "PATCH",
    "/apis/apps/v1/namespaces/default/deployments/one?fieldManager=kubectl-scale",
    { spec: { replicas: 5 } },
    "application/merge-patch+json",
  );
  await center.until(path, "the drift", says(/Drift that was corrected .*Deployment one spec\.replicas kubectl-scale/));
  await center.until("/k/test/b/demo?search=two", "nothing fits", says(/No CR fits/));
  await cluster.request("POST", demos, demoOf("two", { size: 12 }));
  await center.until("/k/test/b/demo?search=two", "it is found", says(/two not ready .*1 fit/));
  await center.until("/k/test/b/demo/cr/default/two", "denied", says(/ValidationFailed .*at most nine/));
  for (const one of ["/k/test/source", "/k/test/b/demo/docs", "/k/test/b/shop"]) {
    const { status, root } = await center.page(one);
    assert.equal(status, 200, one);
    assert.deepEqual(unsafeParts(root), []);
  }
  assert.deepEqual(center.failures, []);
});

Deno.test("the Control Center has nothing of a Secret on any page, whatever refuses it", async () => {
  await using cluster = await clusterOf();
  await using running = await start(cluster, [{
    key: "demo",
    box: "onReconcile: {secrets: [{name: '{{ .metadata.name }}', data: {p: hunter2}}]}",
  }], {
    between: async (call, forward) => {
      if (call.method !== "PATCH" || !new URL(call.url).pathname.includes("/secrets/")) return await forward();
      const message = 'admission webhook "strong.example.org" denied the request: "hunter2" is too weak';
      const status = { kind: "Status", apiVersion: "v1", status: "Failure", code: 403, reason: "Forbidden", message };
      return Response.json(status, { status: 403 });
    },
  });
  await using api = serveApi(running.served);
  await using center = openControlCenter([api.url], { refreshMs: 100 });
  await cluster.request("POST", demos, demoOf("one", { password: "hunter2" }));
  const path = "/k/test/b/demo/cr/default/one";
  await center.until("/", "the Katalog is there", says(/ test /));
  await center.until(path, "it fails", says(/failed .*Cannot create Secret one/));
  await center.until("/k/test/b/demo", "it is listed", says(/default\/one failed .*Cannot create Secret one/));
  const paths = ["/", "/k/test", "/k/test/b/demo", path, "/k/test/b/demo/docs", "/k/test/source", "/k/test/webhooks"];
  for (const one of paths) assert.doesNotMatch((await center.page(one)).text, /hunter2/, one);
});
