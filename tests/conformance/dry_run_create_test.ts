/**
 * What a dry-run create says of a name that is taken, on which rests that a child which cannot be changed is deleted only
 * when it may be made again (`Writer.#mayRecreate`).
 */
import assert from "node:assert/strict";
import { Identity } from "../e2e/roles.ts";
import { clusterTest } from "../support/on_cluster.ts";
import { waitFor } from "../support/wait_for.ts";
import { conformanceTest } from "./both.ts";

const rbac = "rbac.authorization.k8s.io";

function binding(name: string, role: string) {
  return {
    apiVersion: `${rbac}/v1`,
    kind: "RoleBinding",
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: "Role", name: role },
    subjects: [{ kind: "User", apiGroup: rbac, name: "robot" }],
  };
}

conformanceTest(
  "a dry-run create refuses what is invalid first, and then that the name is taken",
  async ({ api, namespace }) => {
    const path = `/apis/${rbac}/v1/namespaces/${namespace}/rolebindings`;
    await api.create(path, binding("readers", "reader"));
    const taken = await api.send("POST", `${path}?dryRun=All`, binding("readers", "writer"));
    assert.deepEqual([taken.status, taken.body.reason], [409, "AlreadyExists"]);
    const invalid = await api.send("POST", `${path}?dryRun=All`, binding("readers", ""));
    assert.equal(invalid.status, 422);
    assert.equal((await api.get(`${path}/readers`)).roleRef.name, "reader");
  },
);

clusterTest(
  "kube-apiserver: a dry-run create refuses a role that may not be granted first, and then that the name is taken",
  async (test) => {
    const { namespace, plane } = test;
    const path = `/apis/${rbac}/v1/namespaces/${namespace}/rolebindings`;
    const rules = [
      { apiGroups: [rbac], resources: ["rolebindings"], verbs: ["create"] },
      { apiGroups: [rbac], resources: ["roles"], verbs: ["bind"], resourceNames: ["reader"] },
    ];
    await using identity = await Identity.open(test, "granter", {
      cluster: [],
      namespaced: new Map([[namespace, rules]]),
    });
    const post = async (who: Pick<Identity, "fetch">, query: string, body: unknown) => {
      const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
      const response = await who.fetch(path + query, init);
      return { status: response.status, body: await response.json() };
    };
    for (const role of ["reader", "writer"]) {
      const body = { metadata: { name: role }, rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] };
      const { status } = await post(
        { fetch: (_, init) => plane.adminFetch(path.replace("bindings", "s"), init) },
        "",
        body,
      );
      assert.equal(status, 201);
    }
    // The API server takes a moment to read new roles.
    await waitFor(
      "the binding is made",
      async () => (await post(identity, "", binding("readers", "reader"))).status === 201,
    );
    const taken = await post(identity, "?dryRun=All", binding("readers", "reader"));
    assert.deepEqual([taken.status, taken.body.reason], [409, "AlreadyExists"]);
    const refused = await post(identity, "?dryRun=All", binding("readers", "writer"));
    assert.equal(refused.status, 403);
    assert.match(refused.body.message, /attempting to grant/);
  },
);
