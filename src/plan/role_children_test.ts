import assert from "node:assert/strict";
import { boxOf, describeEffect } from "../../tests/support/plans.ts";

const rbac = "rbac.authorization.k8s.io";
const inTeam = "  namespace: team\n";

/** What a box with this `custom` entry does with `escalate` and `bind`; without the API group. */
function extra(kind: string, metadata: string, more = "", { block = "onReconcile", crd = inTeam } = {}): string[] {
  const entry = `{apiVersion: ${rbac}/v1, kind: ${kind}, metadata: {${metadata}}${more}}`;
  return boxOf(`${block}: {custom: [${entry}]}\n`, crd).effects
    .filter(({ verb }) => verb === "escalate" || verb === "bind")
    .map((effect) => describeEffect(effect).replace(`.${rbac}`, ""));
}

const own = "name: '{{ .metadata.name }}'";
const role = (kind: string, name: string) => `, roleRef: {apiGroup: ${rbac}, kind: ${kind}, name: ${name}}`;

Deno.test("needsOfRoles() lets a box write roles that grant more than it holds", () => {
  assert.deepEqual(extra("Role", own), ["escalate roles in team"]);
  assert.deepEqual(extra("Role", "name: reader, namespace: shared"), ["escalate roles in shared of reader"]);
  assert.deepEqual(extra("Role", own, "", { crd: "" }), ["escalate roles"]);
  assert.deepEqual(extra("ClusterRole", "name: shop-reader"), ["escalate clusterroles of shop-reader"]);
  assert.deepEqual(extra("ClusterRole", own), ["escalate clusterroles"]);
  // A POST is judged without a name.
  assert.deepEqual(extra("Role", "name: reader", "", { block: "onCreate" }), ["escalate roles in team"]);
  assert.deepEqual(extra("Role", "name: reader", ", reconcile: true", { block: "onCreate" }), [
    "escalate roles in team of reader",
  ]);
});

Deno.test("needsOfRoles() lets a box bind the roles that its bindings name, where they stand", () => {
  assert.deepEqual(extra("RoleBinding", own, role("Role", "reader")), ["bind roles in team of reader"]);
  assert.deepEqual(extra("RoleBinding", own, role("ClusterRole", "view")), ["bind clusterroles in team of view"]);
  assert.deepEqual(extra("ClusterRoleBinding", own, role("ClusterRole", "view")), ["bind clusterroles of view"]);
  assert.deepEqual(extra("RoleBinding", own, role("Role", "reader"), { crd: "" }), ["bind roles of reader"]);
  // Its own name says nothing of the role's, nor does the way in which it is made.
  assert.deepEqual(extra("RoleBinding", "name: b", role("Role", "'{{ .spec.r }}'")), ["bind roles in team"]);
  assert.deepEqual(extra("RoleBinding", own, role("Role", "reader"), { block: "onCreate" }), [
    "bind roles in team of reader",
  ]);
});

Deno.test("needsOfRoles() takes what a template may say for anything", () => {
  assert.deepEqual(extra("RoleBinding", own, role("'{{ .spec.kind }}'", "view")), [
    "bind clusterroles in team of view",
    "bind roles in team of view",
  ]);
  assert.deepEqual(extra("RoleBinding", own, ", roleRef: '{{ .spec.ref }}'"), [
    "bind clusterroles in team",
    "bind roles in team",
  ]);
  assert.deepEqual(extra("ClusterRoleBinding", own, role("'{{ .spec.kind }}'", "view")), [
    "bind clusterroles of view",
  ]);
  const each = ", forEach: {field: spec.list}";
  assert.deepEqual(extra("RoleBinding", "name: '{{ .item }}'", role("Role", "reader") + each), [
    "bind roles in team of reader",
  ]);
  assert.deepEqual(extra("Role", "name: '{{ .item }}'", each), ["escalate roles in team"]);
  const crd = "  allowedNamespaces: [a]\n";
  assert.deepEqual(extra("Role", "name: reader, namespace: '{{ .item }}'", each, { crd }), [
    "escalate roles of reader",
  ]);
});

Deno.test("needsOfRoles() needs nothing for other kinds, nor for namesakes", () => {
  const box = (apiVersion: string, kind: string) =>
    boxOf(`onReconcile: {custom: [{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {${own}}}]}\n`).effects
      .filter(({ verb }) => verb === "escalate" || verb === "bind");
  assert.deepEqual(box("v1", "ConfigMap"), []);
  assert.deepEqual(box("a.b/v1", "Role"), []);
  assert.deepEqual(box("a.b/v1", "RoleBinding"), []);
});

Deno.test("needsOfRoles() says which entry needs it", () => {
  const binding = `{apiVersion: ${rbac}/v1, kind: RoleBinding, metadata: {${own}}${role("Role", "reader")}}`;
  const written = `{apiVersion: ${rbac}/v1, kind: Role, metadata: {${own}}}`;
  const { effects } = boxOf(`onReconcile:\n  custom:\n  - ${written}\n  - ${binding}\n`);
  const reasons = effects.filter(({ verb }) => verb === "escalate" || verb === "bind").map(({ reasons }) => reasons);
  assert.deepEqual(reasons, [["k.yaml:11"], ["k.yaml:12"]]);
});

Deno.test("needsOfRoles() knows the kind that a shorthand takes when the entry says none", () => {
  const bind = (entry: string) =>
    boxOf(`onReconcile: {${entry}}\n`, inTeam).effects.filter(({ verb }) => verb === "escalate" || verb === "bind")
      .map((effect) => describeEffect(effect).replace(`.${rbac}`, ""));
  const subjects = "subjects: [{name: robot}]";
  assert.deepEqual(bind(`roleBindings: [{roleRef: {name: reader}, ${subjects}}]`), ["bind roles in team of reader"]);
  assert.deepEqual(bind(`roleBindings: [{roleRef: {kind: ClusterRole, name: view}, ${subjects}}]`), [
    "bind clusterroles in team of view",
  ]);
  assert.deepEqual(bind(`clusterRoleBindings: [{roleRef: {name: view}, ${subjects}}]`), ["bind clusterroles of view"]);
  assert.deepEqual(bind("roles: [{name: r, rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]}]"), [
    "escalate roles in team of r",
  ]);
});
