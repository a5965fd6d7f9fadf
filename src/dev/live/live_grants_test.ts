import assert from "node:assert/strict";
import type { JsonMap } from "../../base/json.ts";
import { accountGrants, rbacObjects } from "../../bundle/mod.ts";
import { planOf } from "../../../tests/support/plans.ts";
import { compareGrants, type LiveGrants } from "./live_grants.ts";

const plan = planOf(`shop:
  apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
  operatorBox:
    onReconcile:
      configMaps: [{name: "{{ .metadata.name }}-conf", data: {a: b}}]
      services: [{name: fixed, namespace: team, port: 80}]
`);
const namespace = "ork";
const installed = { plan, namespace, leases: "process", components: new Set(["runtime"] as const) } as const;
const [account] = accountGrants(installed);
const rbac = "rbac.authorization.k8s.io/v1";
const bundle = (): JsonMap[] => structuredClone(rbacObjects(installed).map(({ object }) => object));

function compare(objects: readonly JsonMap[]): Pick<LiveGrants, "missing" | "excess"> {
  const { missing, excess } = compareGrants(account!, objects, namespace);
  return { missing, excess };
}

const helper = (rules: JsonMap[], subject: JsonMap): JsonMap[] => [
  { apiVersion: rbac, kind: "ClusterRole", metadata: { name: "helper" }, rules },
  {
    apiVersion: rbac,
    kind: "ClusterRoleBinding",
    metadata: { name: "helps" },
    roleRef: { kind: "ClusterRole", name: "helper" },
    subjects: [subject],
  },
];
const own = { kind: "ServiceAccount", name: "orkestra", namespace };

Deno.test("compareGrants() finds no difference to what the bundle grants", () => {
  assert.deepEqual(compare(bundle()), { missing: [], excess: [] });
});

Deno.test("compareGrants() finds what is missing: with a line of the Katalog, each verb and place", () => {
  const found = compare(
    bundle().filter(({ kind, metadata }) => !(kind === "RoleBinding" && (metadata as JsonMap)["namespace"] === "team")),
  );
  assert.deepEqual(found.excess, []);
  const services = found.missing.filter(({ resource }) => resource === "services");
  assert.ok(services.length > 0);
  for (const { namespace: place, reasons } of found.missing) {
    assert.deepEqual([place, reasons.length > 0], ["team", true]);
  }
  // Nothing at all is granted by a binding whose role is gone.
  const all = compare(bundle().filter(({ kind }) => kind !== "ClusterRole" && kind !== "Role"));
  assert.ok(all.missing.some(({ resource, verbs }) => resource === "configmaps" && verbs.includes("delete")));
  assert.deepEqual(all.excess, []);
});

Deno.test("compareGrants() finds what is granted besides, and by which binding", () => {
  const rules: JsonMap[] = [
    { apiGroups: [""], resources: ["pods"], verbs: ["delete"] },
    // Needed.
    { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] },
    // Needed in one namespace, granted in all.
    { apiGroups: [""], resources: ["services"], verbs: ["delete"] },
    { apiGroups: ["*"], resources: ["*"], verbs: ["*"], resourceNames: ["x"] },
    { nonResourceURLs: ["/metrics"], verbs: ["get"] },
  ];
  const { missing, excess } = compare([...bundle(), ...helper(rules, own)]);
  assert.deepEqual(missing, []);
  assert.deepEqual(excess.map(({ verbs, resource, names, via }) => [verbs.join(), resource, names?.join(), via]), [
    ["delete", "pods", undefined, "ClusterRoleBinding helps"],
    ["delete", "services", undefined, "ClusterRoleBinding helps"],
    ["*", "*.*", "x", "ClusterRoleBinding helps"],
  ]);
});

Deno.test("compareGrants() counts what groups grant, and takes it for nobody's excess", () => {
  const rules = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];
  for (const name of ["system:authenticated", "system:serviceaccounts", "system:serviceaccounts:ork"]) {
    assert.deepEqual(compare(helper(rules, { kind: "Group", name })), { missing: [], excess: [] });
  }
  const other = compare(helper(rules, { kind: "Group", name: "system:serviceaccounts:other" }));
  assert.ok(other.missing.length > 0);
  // By the name of its user it is itself.
  const user = compare([...bundle(), ...helper(rules, { kind: "User", name: "system:serviceaccount:ork:orkestra" })]);
  assert.deepEqual(user.excess.map(({ via }) => via), ["ClusterRoleBinding helps"]);
  const elsewhere = compare([...bundle(), ...helper(rules, { ...own, namespace: "other" })]);
  assert.deepEqual(elsewhere, { missing: [], excess: [] });
});
