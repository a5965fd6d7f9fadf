import assert from "node:assert/strict";
import { configMaps } from "../../tests/support/decision.ts";
import { type Cause, type ChildChange, describeChange, type DoneChange, doneChange } from "./change.ts";

const change = (action: DoneChange["action"], cause: Cause, fields: string[] = []): DoneChange => ({
  action,
  kind: "Deployment",
  key: "shop/web",
  fields,
  cause,
});

const table: [change: DoneChange, text: string][] = [
  [change("create", { why: "absent" }), "created Deployment web"],
  [change("update", { why: "spec" }), "updated Deployment web (the spec changed)"],
  [change("update", { why: "declared" }), "updated Deployment web (what is declared changed)"],
  [
    change("update", { why: "drift", by: "kubectl-scale" }, ["spec.replicas"]),
    "updated Deployment web (spec.replicas, changed by kubectl-scale)",
  ],
  [change("update", { why: "drift", by: undefined }), "updated Deployment web (changed by another writer)"],
  [
    change("update", { why: "declared" }, ["metadata.labels", "spec.paused"]),
    "updated Deployment web (metadata.labels, spec.paused changed)",
  ],
  [
    change("update", { why: "drift", by: "kubectl-edit" }, ["spec.paused", "spec.replicas"]),
    "updated Deployment web (spec.paused, spec.replicas, changed by kubectl-edit)",
  ],
  [change("update", { why: "former" }), "updated Deployment web (of a former version)"],
  [change("adopt", { why: "adopt" }), "took over Deployment web (adopt: true)"],
  [change("adopt", { why: "former" }), "took over Deployment web (of a former object)"],
  [change("updateStatus", { why: "declared" }), "updated the status of Deployment web"],
  [
    change("updatePolicy", { why: "declared" }, ["deletionPolicy Retain"]),
    "updated Deployment web (deletionPolicy Retain)",
  ],
  [
    change("updatePolicy", { why: "declared" }, ["deletionPolicy Delete", "b"]),
    "updated Deployment web (deletionPolicy Delete, b)",
  ],
  [change("resize", { why: "declared" }, ["spec.storage"]), "resized Deployment web (spec.storage)"],
  [change("resize", { why: "declared" }, ["a", "b"]), "resized Deployment web (a, b)"],
  [change("delete", { why: "undeclared" }), "deleted Deployment web (no longer declared)"],
  [change("delete", { why: "deletion" }), "deleted Deployment web (its owner is being deleted)"],
  [change("delete", { why: "spec" }), "deleted Deployment web (to recreate it: the spec changed)"],
  [change("delete", { why: "declared" }), "deleted Deployment web (to recreate it: what is declared changed)"],
  [
    change("delete", { why: "drift", by: "kubectl-edit" }),
    "deleted Deployment web (to recreate it: changed by kubectl-edit)",
  ],
  [change("delete", { why: "adopt" }), "deleted Deployment web (to recreate it: adopt: true)"],
  [change("label", { why: "declared" }, ["tier", "team"]), "changed the labels tier, team"],
  [change("addFinalizer", { why: "declared" }), "added the finalizer"],
  [change("removeFinalizer", { why: "deletion" }), "removed the finalizer"],
  [change("status", { why: "declared" }), "wrote the status"],
  [
    change("status", { why: "declared" }, ["conditions", "phase"]),
    "wrote only the conditions, phase of the status",
  ],
];

for (const [done, text] of table) {
  Deno.test(`describeChange(): ${text}`, () => assert.equal(describeChange(done, "shop"), text));
}

Deno.test("doneChange() names the fields of changes that have them, and none of those that have none", () => {
  const common = { type: configMaps, key: "shop/one", uid: "u", cause: { why: "undeclared" } } as const;
  const resized: ChildChange = { ...common, action: "resize", entry: "e", patch: {}, fields: ["spec.a"] };
  const done = { kind: "ConfigMap", key: "shop/one", cause: { why: "undeclared" } };
  assert.deepEqual(doneChange(resized), { ...done, action: "resize", fields: ["spec.a"] });
  const deleted: ChildChange = { ...common, action: "delete", from: undefined };
  assert.deepEqual(doneChange(deleted), { ...done, action: "delete", fields: [] });
});

Deno.test("describeChange() names the namespace where it is not the CR's", () => {
  const created = change("create", { why: "absent" });
  for (const ofCr of ["other", undefined]) {
    assert.equal(describeChange(created, ofCr), "created Deployment web in namespace shop");
  }
  assert.equal(describeChange({ ...created, key: "web" }, "shop"), "created Deployment web");
});
