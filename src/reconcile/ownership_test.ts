import assert from "node:assert/strict";
import { childOf, identity, observed, ourEntry, ownerReference, webOf } from "../../tests/support/decision.ts";
import type { KubeObject } from "../k8s/object.ts";
import {
  type Claim,
  claimOn,
  describeForeign,
  isMarkedOtherwise,
  isOwn,
  mayDelete,
  mayHoldChildren,
  mayPrune,
  otherKatalogOf,
  ownFinalizers,
} from "./ownership.ts";

const context = { box: "web", formerNames: ["site"], katalog: "demo", otherBoxes: ["api", "shop"] };
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
  [
    "a copy of a child elsewhere, created by our manager",
    { namespace: "far", annotations: { "orkestra.orkspace.io/place": "other/one" } },
    "damaged",
  ],
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

Deno.test("claimOn(): a child without a namespace has no other place to be copied to", () => {
  const { namespace: _none, ...metadata } = childOf({ ownerReferences: [], annotations: {} }).metadata;
  const wide = observed({ apiVersion: "v1", kind: "Namespace", metadata });
  assert.equal(claimOn(wide, cr, context), "ours");
});

Deno.test("isOwn(): a damaged child is still the CR's, a former or foreign one is not", () => {
  const claims: Claim[] = ["ours", "damaged", "former", "collected", "foreign"];
  assert.deepEqual(claims.filter(isOwn), ["ours", "damaged"]);
});

Deno.test("mayHoldChildren(): only a Namespace that the object made, not one that it adopted or found", () => {
  const { namespace: _none, ...metadata } = childOf({ ownerReferences: [], annotations: {} }).metadata;
  const own = (more: Partial<KubeObject["metadata"]>) =>
    mayHoldChildren(observed({ apiVersion: "v1", kind: "Namespace", metadata: { ...metadata, ...more } }), cr, context);
  assert.equal(own({}), true);
  assert.equal(own({ annotations: { "orkestra.orkspace.io/adopted": "true" } }), false);
  assert.equal(own({ managedFields: theirs }), false);
  assert.equal(own({ labels: formerUid }), false, "of a former object: it is to be taken over first");
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
  [
    "one of a former CR, though a former version's label was put on it",
    { labels: { ...formerUid, "orkestra.orkspace.io/box": "web" }, ownerReferences: [] },
    false,
    false,
  ],
  ["one of a former version", { labels: { ...names, "orkestra.orkspace.io/box": "web" } }, true, true],
  [
    "a copy of one of a former version",
    { namespace: "far", managedFields: theirs, labels: { ...names, "orkestra.orkspace.io/box": "web" } },
    false,
    false,
  ],
  [
    "one of a former version, which is collected with its former CR",
    {
      labels: { ...names, "orkestra.orkspace.io/box": "web" },
      ownerReferences: [{ ...ownerReference, uid: "former" }],
    },
    false,
    false,
  ],
  [
    "one of a former version, created in the same second as the CR",
    {
      namespace: "far",
      creationTimestamp: "2026-01-01T00:00:00Z",
      labels: { ...names, "orkestra.orkspace.io/box": "web" },
    },
    true,
    true,
  ],
  [
    "one of a former version, whose age is not known",
    {
      namespace: "far",
      creationTimestamp: undefined as unknown as string,
      labels: { ...names, "orkestra.orkspace.io/box": "web" },
    },
    false,
    false,
  ],
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
  const said = (metadata: Partial<KubeObject["metadata"]>) => describeForeign(observed(childOf(metadata)), cr);
  assert.equal(said({ ownerReferences: other }), "controlled by ConfigMap boss");
  assert.equal(said({ ownerReferences: [], labels: { ...formerUid, "orkestra-owner": "b" } }), "belongs to Web shop/b");
  assert.equal(said({ ownerReferences: [], managedFields: theirs }), "made by kubectl-create");
  assert.equal(said({ ownerReferences: [], managedFields: [], labels: {} }), "made by another client");
  assert.match(said({ managedFields: [] }), /^controlled by this object, but its managedFields do not name orkestra$/);
  const nameless = { ...ourEntry, manager: "" };
  assert.equal(said({ ownerReferences: [], managedFields: [nameless], labels: {} }), "made by another client");
  const bare = { "orkestra-owner": "b", "orkestra.orkspace.io/owner-uid": "x" };
  assert.equal(said({ ownerReferences: [], labels: bare }), "belongs to object b");
  const wide = { ...formerUid, "orkestra-owner": "b", "orkestra.orkspace.io/owner-namespace": "" };
  assert.equal(said({ ownerReferences: [], labels: wide }), "belongs to Web b");
});

const marks: [declaredBy: string | undefined, otherKatalog: string | undefined, markedOtherwise: boolean][] = [
  [undefined, undefined, false],
  ["demo/web", undefined, false],
  ["demo/site", undefined, true],
  ["web", undefined, true],
  ["shop/web", "shop", true],
  ["shop/site", "shop", true],
  // Another box's: not to be marked again, or two boxes would take a child from each other for ever.
  ["demo/api", undefined, false],
  ["shop/api", undefined, false],
];

for (const [declaredBy, otherKatalog, markedOtherwise] of marks) {
  Deno.test(`a child declared by ${declaredBy} is ${markedOtherwise ? "marked again" : "left as it is marked"}`, () => {
    const annotations: Record<string, string> = declaredBy === undefined
      ? {}
      : { "orkestra.orkspace.io/declared-by": declaredBy };
    const child = observed(childOf({ annotations }));
    assert.equal(otherKatalogOf(child, context), otherKatalog);
    assert.equal(isMarkedOtherwise(child, context), markedOtherwise);
  });
}

Deno.test("ownFinalizers() finds the box's own, former ones, and those of former versions, and nobody else's", () => {
  const own = ["web.orkestra.orkspace.io/cleanup", "site.orkestra.orkspace.io/cleanup"] as const;
  const former = "orkestra.orkspace.io/cleanup";
  const others = ["foregroundDeletion", "api.orkestra.orkspace.io/cleanup"];
  assert.deepEqual(ownFinalizers(webOf({ finalizers: [...others, own[1], former] }), own), [own[1], former]);
  assert.deepEqual(ownFinalizers(webOf(), own), []);
});
