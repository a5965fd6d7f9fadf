import assert from "node:assert/strict";
import { type Cause, describeChange, type DoneChange } from "./change.ts";

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
  [change("update", { why: "former" }), "updated Deployment web (of a former version)"],
  [change("adopt", { why: "adopt" }), "took over Deployment web (adopt: true)"],
  [change("adopt", { why: "former" }), "took over Deployment web (of a former object)"],
  [change("updateStatus", { why: "declared" }), "updated the status of Deployment web"],
  [
    change("updatePolicy", { why: "declared" }, ["deletionPolicy Retain"]),
    "updated Deployment web (deletionPolicy Retain)",
  ],
  [change("resize", { why: "declared" }, ["spec.storage"]), "resized Deployment web (spec.storage)"],
  [change("delete", { why: "undeclared" }), "deleted Deployment web (no longer declared)"],
  [change("delete", { why: "deletion" }), "deleted Deployment web (its owner is being deleted)"],
  [change("label", { why: "declared" }, ["tier", "team"]), "changed the labels tier, team"],
  [change("addFinalizer", { why: "declared" }), "added the finalizer"],
  [change("removeFinalizer", { why: "deletion" }), "removed the finalizer"],
  [change("status", { why: "declared" }), "wrote the status"],
];

for (const [done, text] of table) {
  Deno.test(`describeChange(): ${text}`, () => assert.equal(describeChange(done), text));
}
