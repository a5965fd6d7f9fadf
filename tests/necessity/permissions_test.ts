import assert from "node:assert/strict";
import type { JsonMap } from "../../src/base/json.ts";
import type { AuditedRequest } from "../support/audit_log.ts";
import { describePermission, needs, permissionsOf } from "./permissions.ts";

const account = { namespace: "ork", name: "orkestra" };
const reference = { apiVersion: "rbac.authorization.k8s.io/v1", metadata: { name: "orkestra", namespace: "team" } };
const objects = [
  {
    ...reference,
    kind: "Role",
    rules: [
      { apiGroups: ["apps"], resources: ["deployments"], verbs: ["create", "patch"] },
      { apiGroups: [""], resources: ["secrets"], resourceNames: ["a", "b"], verbs: ["get"] },
    ],
  },
  {
    ...reference,
    kind: "RoleBinding",
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "orkestra" },
    subjects: [{ kind: "ServiceAccount", ...account }],
  },
] as unknown as JsonMap[];
const permissions = permissionsOf(objects);

const request = (more: Partial<AuditedRequest>): AuditedRequest => ({
  ...{ verb: "get", user: "u", userAgent: "a", uri: "/", group: "", subresource: "", namespace: "team", name: "" },
  ...{ resource: "secrets", code: 200, message: "", causes: [], receivedMs: 0 },
  ...more,
});

/** Which of the permissions a request needs. */
function neededBy(more: Partial<AuditedRequest>): string[] {
  return permissions.filter((each) => needs(request(more), each, objects, account)).map(describePermission);
}

Deno.test("permissionsOf() has each verb, of each name", () => {
  assert.deepEqual(permissions.map(describePermission), [
    "create deployments.apps in team",
    "patch deployments.apps in team",
    "get secrets in team of a",
    "get secrets in team of b",
  ]);
  const [create, , a] = permissions;
  assert.deepEqual(create!.rest.map(({ verbs }) => verbs), [["patch"], ["get"]]);
  assert.deepEqual(a!.rest.map(({ resourceNames }) => resourceNames), [undefined, ["b"]]);
});

Deno.test("needs() knows what a request of the audit log is allowed by", () => {
  assert.deepEqual(neededBy({ name: "a" }), ["get secrets in team of a"]);
  assert.deepEqual(neededBy({ name: "c" }), []);
  assert.deepEqual(neededBy({ name: "a", namespace: "other" }), []);
  const apply = { verb: "patch", group: "apps", resource: "deployments", name: "web" };
  assert.deepEqual(neededBy(apply), ["patch deployments.apps in team"]);
  const both = ["create deployments.apps in team", "patch deployments.apps in team"];
  assert.deepEqual(neededBy({ ...apply, code: 403 }), both);
  assert.deepEqual(neededBy({ ...apply, code: 201 }), both);
  assert.deepEqual(neededBy({ ...apply, verb: "create", name: "web" }), ["create deployments.apps in team"]);
});
