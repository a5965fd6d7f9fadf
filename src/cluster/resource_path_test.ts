import assert from "node:assert/strict";
import { builtInType } from "../k8s/resource_types.ts";
import { collectionPath, objectPath, selectorParameters, withQuery } from "./resource_path.ts";

const pods = builtInType("Pod")!;
const deployments = builtInType("Deployment")!;
const roles = builtInType("ClusterRole")!;

Deno.test("collectionPath() addresses core and other groups, one namespace or all", () => {
  assert.equal(collectionPath(pods, undefined), "/api/v1/pods");
  assert.equal(collectionPath(pods, "shop"), "/api/v1/namespaces/shop/pods");
  assert.equal(collectionPath(deployments, "shop"), "/apis/apps/v1/namespaces/shop/deployments");
  assert.equal(collectionPath(roles, "shop"), "/apis/rbac.authorization.k8s.io/v1/clusterroles");
});

Deno.test("objectPath() escapes names and adds a subresource", () => {
  assert.equal(
    objectPath(roles, { name: "system:node/../x" }),
    "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode%2F..%2Fx",
  );
  assert.equal(
    objectPath(deployments, { name: "web", namespace: "shop", subresource: "status" }),
    "/apis/apps/v1/namespaces/shop/deployments/web/status",
  );
});

for (const name of ["", ".", ".."]) {
  Deno.test(`objectPath() refuses the name "${name}", which would address another object`, () => {
    assert.throws(() => objectPath(pods, { name, namespace: "shop" }), TypeError);
    assert.throws(() => objectPath(pods, { name: "a", namespace: name }), TypeError);
  });
}

Deno.test("objectPath() refuses a namespaced object without a namespace", () => {
  assert.throws(() => objectPath(pods, { name: "a" }), /Cannot address Pod "a": it needs a namespace/);
});

Deno.test("withQuery() escapes values and leaves out what is not there", () => {
  assert.equal(withQuery("/a", {}), "/a");
  assert.equal(withQuery("/a", { limit: 500, continue: undefined, force: true, x: "" }), "/a?limit=500&force=true");
  const selectors = selectorParameters({ labelSelector: "a=b,c in (d)", fieldSelector: "metadata.name=x" });
  assert.equal(
    withQuery("/a", selectors),
    "/a?labelSelector=a%3Db%2Cc+in+%28d%29&fieldSelector=metadata.name%3Dx",
  );
});
