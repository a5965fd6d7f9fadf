import assert from "node:assert/strict";
import { boxOf } from "../../tests/support/plans.ts";
import type { BoxPlan, Plan } from "../plan/mod.ts";
import { permissionFindings } from "./findings.ts";

function findingsOf(box: BoxPlan): string[] {
  const plan: Plan = { katalog: { name: "demo" }, boxes: [box], identity: "process", conversions: [] };
  return permissionFindings(plan).map(({ severity, file, line, message }) => `${severity} ${file}:${line} ${message}`);
}

const children = (entries: string, more = "") => boxOf(`onReconcile:\n${entries}`, more);
const role =
  "  custom: [{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: reader}, rules: []}]\n";

Deno.test("permissionFindings() warns of escalate and bind, which the Katalog declares", () => {
  assert.deepEqual(findingsOf(children(role, "  namespace: team\n")), [
    "warning k.yaml:11 The Runtime may escalate roles called reader of team, since children are roles or bindings: it " +
    "could grant itself, or anybody, what it does not have",
  ]);
  const binding = "  custom:\n    - apiVersion: rbac.authorization.k8s.io/v1\n      kind: RoleBinding\n" +
    "      metadata: {name: b}\n      roleRef: {kind: ClusterRole, name: view}\n";
  assert.match(
    findingsOf(children(binding)).join(),
    /^warning .* may bind clusterroles called view of all namespaces, .* or anybody, what these grant$/,
  );
  const chosen = children(binding.replace("name: view", "name: '{{ .spec.role }}'"));
  assert.match(findingsOf(chosen).join(), /may bind clusterroles of all namespaces, .* what it does not have$/);
});

Deno.test("permissionFindings() refuses escalate where no child is a role", () => {
  const { effects } = children(role);
  const innocent = { ...children("  services: [{name: x, port: 80, selector: {a: b}}]\n"), effects };
  assert.deepEqual(findingsOf(innocent), [
    "error k.yaml:10 shop would get escalate of roles, and declares no such child",
  ]);
});

Deno.test("permissionFindings() warns where every Secret can be read, and not where it is one by name", () => {
  const copies = (from: string) => `  secrets: [{name: x, fromSecret: ${from}}]\n`;
  const wide = findingsOf(children(copies("'{{ .spec.from }}'"), "  namespace: team\n"));
  assert.deepEqual(wide.map((text) => text.slice(0, 63)), [
    "warning k.yaml:11 The Runtime may read every Secret of team: RB",
  ]);
  const source = children(copies("one"), "  namespace: team\n");
  const ofSource = source.effects.filter(({ names }) => names !== undefined);
  assert.deepEqual(findingsOf({ ...source, effects: ofSource }), []);
});

Deno.test("permissionFindings() warns of plurals that are a guess", () => {
  const custom = "  custom: [{apiVersion: a.example.org/v1, kind: Box, metadata: {name: x}, spec: {}}]\n";
  assert.deepEqual(findingsOf(children(custom)), [
    "warning k.yaml:10 shop onReconcile.custom[0]: the plural of Box.a.example.org is a guess, and the rules name boxes",
  ]);
  // A Role grants nothing where the kind turns out to be cluster-scoped.
  assert.deepEqual(findingsOf(children(custom, "  namespace: team\n")), [
    "warning k.yaml:11 shop onReconcile.custom[0]: the plural of Box.a.example.org is a guess, and the rules name boxes " +
    "of team",
  ]);
});

Deno.test("permissionFindings() says that a Role in a namespace of the Katalog's own has to wait", () => {
  const own = "  custom: [{apiVersion: v1, kind: Namespace, metadata: {name: own}}]\n" +
    "  configMaps: [{name: x, namespace: own, data: {a: b}}]\n";
  assert.match(findingsOf(children(own)).join(), /makes the namespace own and has a Role in it/);
  assert.deepEqual(findingsOf(children(own.replace("namespace: own", "namespace: other"))), []);
});
