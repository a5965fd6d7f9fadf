import assert from "node:assert/strict";
import { childOf, identity, observed, ourEntry, ownerReference, webOf } from "../../tests/support/decision.ts";
import type { KubeObject } from "../k8s/object.ts";
import { type Claim, claimOn, describeForeign, mayDelete, mayPrune } from "./ownership.ts";

const context = { box: "web", formerNames: ["site"], katalog: "demo", otherBoxes: ["api"] };
const cr = webOf();
const { "orkestra.orkspace.io/owner-uid": _uid, "orkestra.orkspace.io/owner-kind": _kind, ...names } = identity;
const theirs = [{ ...ourEntry, manager: "kubectl-create" }];
const formerUid = { ...identity, "orkestra.orkspace.io/owner-uid": "former" };
const other: KubeObject["metadata"]["ownerReferences"] = [
  { apiVersion: "v1", kind: "ConfigMap", name: "boss", uid: "boss", controller: true },
];

const cases: [what: string, child: Partial<KubeObject["metadata"]>, claim: Claim, knownUid?: string][] = [
  ["a child with all three marks", {}, "ours"],
  ["a child elsewhere, which can have no controller", { namespace: "far" }, "ours"],
  ["a copy, created by another client", { managedFields: theirs }, "foreign"],
  ["a copy of a child elsewhere", { namespace: "far", managedFields: theirs }, "foreign"],
  ["a copy with our controller reference", { managedFields: theirs, ownerReferences: [ownerReference] }, "foreign"],
  ["a Pod template's labels alone", { managedFields: [], ownerReferences: [] }, "foreign"],
  ["a child whose controller reference was removed", { ownerReferences: [] }, "damaged"],
  ["a child whose labels were removed", { labels: {} }, "damaged"],
  ["a child whose uid label is another's", { labels: formerUid }, "damaged"],
  ["a child elsewhere without labels", { namespace: "far", labels: {} }, "foreign"],
  ["the same, whose uid the box knows", { namespace: "far", labels: {} }, "damaged", "child-uid"],
  ["another object under that name", { namespace: "far", labels: {} }, "foreign", "another"],
  ["a child that another controller took", { ownerReferences: other }, "foreign"],
  ["a child of a former CR of this name, orphaned", { labels: formerUid, ownerReferences: [] }, "former"],
  ["the same elsewhere", { namespace: "far", labels: formerUid }, "former"],
  [
    "a child that is collected with its former CR",
    { labels: formerUid, ownerReferences: [{ ...ownerReference, uid: "former" }] },
    "collected",
  ],
  [
    "a child of another CR of the kind",
    {
      labels: { ...formerUid, "orkestra-owner": "other" },
      ownerReferences: [{ ...ownerReference, name: "other", uid: "x" }],
    },
    "foreign",
  ],
  [
    "a child of a CR of another kind with this name",
    { namespace: "far", labels: { ...formerUid, "orkestra.orkspace.io/owner-kind": "Api.demo.dev" } },
    "foreign",
  ],
  [
    "a far child of a former version",
    { namespace: "far", labels: { ...names, "orkestra.orkspace.io/box": "web" } },
    "former",
  ],
  [
    "the same under a former name",
    { namespace: "far", labels: { ...names, "orkestra.orkspace.io/box": "site" } },
    "former",
  ],
  ["the same of another box", { namespace: "far", labels: { ...names, "orkestra.orkspace.io/box": "api" } }, "foreign"],
  ["a near child of a former version", { labels: { ...names, "orkestra.orkspace.io/box": "web" } }, "damaged"],
];

for (const [what, metadata, claim, knownUid] of cases) {
  Deno.test(`claimOn(): ${what} is ${claim}`, () => {
    assert.equal(claimOn(observed(childOf(metadata)), cr, { ...context, knownUid }), claim);
  });
}

Deno.test("claimOn(): a cluster-scoped CR controls its children in every namespace", () => {
  const { namespace: _none, ...metadata } = cr.metadata;
  const clusterCr = { ...cr, metadata };
  const labels = { ...identity, "orkestra.orkspace.io/owner-namespace": "" };
  assert.equal(claimOn(observed(childOf({ labels })), clusterCr, context), "ours");
  assert.equal(claimOn(observed(childOf({ labels, ownerReferences: [] })), clusterCr, context), "damaged");
});

Deno.test("claimOn(): a retained child needs no controller", () => {
  const annotations = { "orkestra.orkspace.io/deletion-policy": "Retain" };
  assert.equal(claimOn(observed(childOf({ annotations, ownerReferences: [] })), cr, context), "ours");
});

const prunable: [what: string, child: Partial<KubeObject["metadata"]>, prune: boolean, del: boolean][] = [
  ["its own", {}, true, true],
  [
    "one that another box of the kind declares",
    { annotations: { "orkestra.orkspace.io/declared-by": "coffee" } },
    false,
    true,
  ],
  [
    "one that it declared under a former name",
    { annotations: { "orkestra.orkspace.io/declared-by": "site" } },
    true,
    true,
  ],
  [
    "one that this Katalog declares",
    { annotations: { "orkestra.orkspace.io/declared-by": "demo/web" } },
    true,
    true,
  ],
  [
    "one that another Katalog declares under the same key",
    { annotations: { "orkestra.orkspace.io/declared-by": "shop/web" } },
    false,
    true,
  ],
  ["one whose annotations were removed", { annotations: {} }, true, true],
  ["a retained one", { annotations: { "orkestra.orkspace.io/deletion-policy": "Retain" } }, false, false],
  ["a damaged one", { labels: {} }, false, false],
  ["a copy", { managedFields: theirs }, false, false],
  ["one of a former CR", { labels: formerUid, ownerReferences: [] }, false, false],
  ["one of a former version", { labels: { ...names, "orkestra.orkspace.io/box": "web" } }, true, true],
  [
    "one of a former version of another box",
    { namespace: "far", labels: { ...names, "orkestra.orkspace.io/box": "api" } },
    false,
    false,
  ],
  // Renamed without formerNames: nothing is pruned on a guess, and nothing is leaked when the CR is deleted.
  [
    "one of a former version under a key that no box has",
    { namespace: "far", labels: { ...names, "orkestra.orkspace.io/box": "old" } },
    false,
    true,
  ],
  [
    "one of a former version, older than the CR",
    {
      namespace: "far",
      creationTimestamp: "2025-12-31T00:00:00Z",
      labels: { ...names, "orkestra.orkspace.io/box": "web" },
    },
    false,
    false,
  ],
];

for (const [what, metadata, prune, del] of prunable) {
  const deletes = del ? "deletes it" : "leaves it";
  Deno.test(`a box ${prune ? "prunes" : "does not prune"} ${what}, and ${deletes} with the CR`, () => {
    const child = observed(childOf(metadata));
    assert.equal(mayPrune(child, cr, context), prune);
    assert.equal(mayDelete(child, cr, context), del);
  });
}

Deno.test("describeForeign() names the owner of an object", () => {
  const said = (metadata: Partial<KubeObject["metadata"]>) => describeForeign(observed(childOf(metadata)));
  assert.equal(said({ ownerReferences: other }), "controlled by ConfigMap boss");
  assert.equal(said({ ownerReferences: [], labels: { ...formerUid, "orkestra-owner": "b" } }), "belongs to Web shop/b");
  assert.equal(said({ ownerReferences: [], managedFields: theirs }), "made by kubectl-create");
  assert.equal(said({ ownerReferences: [], managedFields: [], labels: {} }), "made by another client");
});
