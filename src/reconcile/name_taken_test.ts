import assert from "node:assert/strict";
import { childOf, identity, observed, ourEntry, webOf } from "../../tests/support/decision.ts";
import { wanted } from "../../tests/support/decide.ts";
import type { KubeObject } from "../k8s/object.ts";
import { nameTaken } from "./name_taken.ts";

const theirs = [{ ...ourEntry, manager: "kubectl-create" }];
const bare = { ownerReferences: [], labels: {}, managedFields: theirs };
const boss = { apiVersion: "v1", kind: "ConfigMap", name: "boss", uid: "boss", controller: true };
const rivalLabels = { ...identity, "orkestra-owner": "b", "orkestra.orkspace.io/owner-uid": "b-uid" };
const rival = { apiVersion: "demo.dev/v1", kind: "Web", name: "b", uid: "b-uid", controller: true };

const both = "or delete one of the two Web objects";
const cases: [what: string, metadata: Partial<KubeObject["metadata"]>, adopt: boolean, message: string][] = [
  [
    "an object that may be adopted",
    bare,
    false,
    "ConfigMap one is there already, made by kubectl-create; delete it, declare another name, or set adopt: true on the entry",
  ],
  [
    "one that was to be adopted, and cannot be",
    bare,
    true,
    "ConfigMap one is there already, made by kubectl-create; delete it, or declare another name",
  ],
  [
    "one in another namespace",
    { ...bare, namespace: "far" },
    true,
    "ConfigMap one in namespace far is there already, made by kubectl-create; delete it, or declare another name",
  ],
  [
    "one of a controller",
    { ...bare, ownerReferences: [boss] },
    false,
    "ConfigMap one is there already, controlled by ConfigMap boss; delete it, or declare another name",
  ],
  [
    "a child of another CR of the kind",
    { labels: rivalLabels, ownerReferences: [] },
    false,
    `ConfigMap one is there already and belongs to Web shop/b; make the name depend on the object, as {{ .metadata.name }}, ${both}`,
  ],
  [
    "one that the other CR controls",
    { labels: rivalLabels, ownerReferences: [rival] },
    false,
    `ConfigMap one is there already, controlled by Web b; make the name depend on the object, as {{ .metadata.name }}, ${both}`,
  ],
  [
    "one in another namespace of another CR",
    { labels: rivalLabels, namespace: "far" },
    false,
    `ConfigMap one in namespace far is there already and belongs to Web shop/b; make the name depend on the object, as ` +
    `{{ .metadata.namespace }}-{{ .metadata.name }}, ${both}`,
  ],
  [
    "a copy of another CR's child by somebody else",
    { labels: rivalLabels, managedFields: theirs, ownerReferences: [] },
    false,
    "ConfigMap one is there already, made by kubectl-create; delete it, declare another name, or set adopt: true on the entry",
  ],
  [
    "a child of a CR of another kind",
    { labels: { ...rivalLabels, "orkestra.orkspace.io/owner-kind": "Api.demo.dev" }, ownerReferences: [] },
    false,
    "ConfigMap one is there already and belongs to Api shop/b; delete it, or declare another name",
  ],
  [
    "a child of another CR that a third one controls",
    { labels: rivalLabels, ownerReferences: [boss] },
    false,
    "ConfigMap one is there already, controlled by ConfigMap boss; delete it, or declare another name",
  ],
];

for (const [what, metadata, adopt, message] of cases) {
  Deno.test(`nameTaken(): ${what}`, () => {
    assert.deepEqual(nameTaken(wanted({ adopt }), observed(childOf(metadata)), webOf()), {
      entry: "onReconcile.configMaps[0]",
      state: "failed",
      reason: "NameTaken",
      message,
    });
  });
}

Deno.test("nameTaken(): a cluster-scoped object needs no namespace in the names of its children", () => {
  const cr = webOf();
  delete (cr.metadata as { namespace?: string }).namespace;
  const { message } = nameTaken(wanted(), observed(childOf({ labels: rivalLabels, ownerReferences: [] })), cr);
  assert.match(message, /as \{\{ \.metadata\.name \}\}, or/);
  const { namespace: _none, ...metadata } = childOf(bare).metadata;
  const wide = observed({ apiVersion: "v1", kind: "ConfigMap", metadata });
  assert.match(nameTaken(wanted(), wide, webOf()).message, /^ConfigMap one is there already/);
});
