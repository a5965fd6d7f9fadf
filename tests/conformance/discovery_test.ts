import assert from "node:assert/strict";
import { apiVersionOf } from "../../src/k8s/object.ts";
import { builtInTypes } from "../../src/k8s/resource_types.ts";
import type { Body } from "./api.ts";
import { conformanceTest } from "./both.ts";

conformanceTest("discovery knows every built-in kind by the same facts", async ({ api }) => {
  const lists = new Map<string, Body[]>();
  for (const type of builtInTypes) {
    const version = apiVersionOf(type);
    const path = type.group === "" ? `/api/${version}` : `/apis/${version}`;
    if (!lists.has(path)) lists.set(path, (await api.get(path)).resources);
    const found = lists.get(path)!.find(({ name }) => name === type.plural);
    assert.ok(found !== undefined, `${type.plural} in ${path}`);
    assert.equal(found.kind, type.kind);
    assert.equal(found.namespaced, type.namespaced);
    assert.deepEqual([...found.verbs].sort(), verbsOf(type.plural), type.plural);
  }
});

function verbsOf(plural: string): string[] {
  const all = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
  return plural === "namespaces" ? all.filter((verb) => verb !== "deletecollection") : all;
}

/** Short names, categories and subresources of a few kinds that tools rely on. */
conformanceTest("discovery has short names, categories and subresources", async ({ api }) => {
  const apps: Body[] = (await api.get("/apis/apps/v1")).resources;
  const deployments = apps.find(({ name }) => name === "deployments");
  assert.deepEqual(deployments.shortNames, ["deploy"]);
  assert.deepEqual(deployments.categories, ["all"]);
  assert.equal(deployments.singularName, "deployment");
  assert.equal(deployments.storageVersionHash, "8aSe+NMegvE=");
  const scale = apps.find(({ name }) => name === "deployments/scale");
  assert.deepEqual({ group: scale.group, version: scale.version, kind: scale.kind }, {
    group: "autoscaling",
    version: "v1",
    kind: "Scale",
  });
  assert.deepEqual([...scale.verbs].sort(), ["get", "patch", "update"]);
  const core: Body[] = (await api.get("/api/v1")).resources;
  assert.deepEqual(core.find(({ name }) => name === "pods").shortNames, ["po"]);
  assert.ok(core.some(({ name }) => name === "services/status"));
});

conformanceTest("discovery responds for one group, and for all at once", async ({ api }) => {
  const group = await api.get("/apis/autoscaling");
  assert.equal(group.kind, "APIGroup");
  assert.deepEqual(group.versions.map(({ version }: Body) => version), ["v2", "v1"]);
  assert.equal(group.preferredVersion.groupVersion, "autoscaling/v2");
  const groups = await api.get("/apis");
  assert.equal(groups.kind, "APIGroupList");
  const core = await api.get("/api");
  assert.deepEqual(core.versions, ["v1"]);
  assert.equal(core.kind, "APIVersions");
});

conformanceTest("the server says who it is and that it is well", async ({ api }) => {
  const version = await api.get("/version");
  assert.equal(version.major, "1");
  assert.match(version.gitVersion, /^v1\.\d+\.\d+/);
  for (const path of ["/healthz", "/readyz", "/livez"]) assert.equal(await api.get(path), "ok");
});

conformanceTest("OpenAPI v3 describes every group version", async ({ api }) => {
  const root = await api.get("/openapi/v3");
  assert.ok(root.paths["api/v1"].serverRelativeURL.startsWith("/openapi/v3/api/v1?hash="));
  const document = await api.get(root.paths["apis/apps/v1"].serverRelativeURL);
  const deployment = document.components.schemas["io.k8s.api.apps.v1.Deployment"];
  assert.deepEqual(deployment["x-kubernetes-group-version-kind"], [{
    group: "apps",
    kind: "Deployment",
    version: "v1",
  }]);
  const { patch } = document.paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"];
  assert.ok(patch.parameters.some(({ name }: Body) => name === "fieldValidation"));
});
