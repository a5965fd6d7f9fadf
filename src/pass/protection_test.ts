import assert from "node:assert/strict";
import { memoryOf, webOf } from "../../tests/support/decision.ts";
import { planOf } from "../../tests/support/plans.ts";
import type { JsonMap } from "../base/json.ts";
import type { KubeObject } from "../k8s/object.ts";
import { compilePass } from "./compile.ts";
import { decidePass } from "./decide_pass.ts";

const label = "orkestra.io/deletion-protection";
const condition = { type: "DeletionProtected", status: "True", reason: "Labelled", message: "" };

/** The decision on a CR `web` in `shop`, by a `security` block and more of the entry. */
function decide(cr: KubeObject, security: string, more = "", ownedLabels: readonly string[] = []) {
  const types = "apiTypes: {group: demo.dev, version: v1, kind: Web, plural: webs}";
  const [plan] = planOf(`web: {${types}${more}}\n`, security === "" ? "" : `security: {${security}}\n`).boxes;
  return decidePass(compilePass(plan!), {
    ...{ cr, ownedLabels, children: [], wallMs: 0, writesStatus: true, prunedStatus: [], formerKinds: [] },
  }, memoryOf([]));
}

/** What is done with the labels of the CR, and what its condition says afterwards. */
function labelled(cr: KubeObject, security: string, more = "", ownedLabels: readonly string[] = []) {
  const decision = decide(cr, security, more, ownedLabels);
  assert.equal(decision.kind, "reconcile");
  if (decision.kind !== "reconcile") return {};
  const metadata = decision.crPatch?.["metadata"] as JsonMap | undefined;
  const labels = metadata?.["labels"] as Record<string, string | null> | undefined;
  const merged = Object.entries({ ...cr.metadata.labels, ...labels }).filter(([, value]) => value !== null);
  const after = { ...cr, metadata: { ...cr.metadata, labels: Object.fromEntries(merged) as Record<string, string> } };
  const status = decision.status({ cr: after, children: [], problems: [] })!.wanted;
  const conditions = status["conditions"] as unknown as { type: string; status: string; reason: string }[];
  const found = conditions.find(({ type }) => type === "DeletionProtected");
  return { patch: labels?.[label], says: found && `${found.status} ${found.reason}` };
}

const on = "deletionProtection: {}";
const strict = "deletionProtection: {strictMode: true}";
const known = { status: { conditions: [condition] } };
const withLabel = (value: string) => ({ labels: { [label]: value } });
const overridden = { annotations: { "orkestra.io/deletion-override": "incident 12" } };

const rows: [
  what: string,
  cr: KubeObject,
  security: string,
  more: string,
  patch: string | null | undefined,
  says: string | undefined,
][] = [
  ["nothing is declared", webOf(), "", "", undefined, undefined],
  ["a new CR", webOf(), on, "", "true", "True Labelled"],
  ["a CR that is labelled", webOf(withLabel("true"), known), on, "", undefined, "True Labelled"],
  ["a CR that a user labelled", webOf(withLabel("true")), on, "", undefined, "True Labelled"],
  ["a user took the label off", webOf({}, known), on, "", undefined, "False LabelRemoved"],
  ["a user set another value", webOf(withLabel("false")), on, "", undefined, undefined],
  ["a user set another value later", webOf(withLabel("false"), known), on, "", undefined, "False LabelRemoved"],
  ["strict: a new CR", webOf(), strict, "", "true", "True Labelled"],
  ["strict: the label is gone", webOf({}, known), strict, "", "true", "True Labelled"],
  ["strict: a new CR brings another value", webOf(withLabel("false")), strict, "", "true", "True Labelled"],
  ["strict: a new CR brings True", webOf(withLabel("True")), strict, "", "true", "True Labelled"],
  ["strict: overridden", webOf(overridden, known), strict, "", undefined, "False LabelRemoved"],
  [
    "strict: an empty reason overrides nothing",
    webOf({ annotations: { "orkestra.io/deletion-override": " " } }),
    strict,
    "",
    "true",
    "True Labelled",
  ],
  ["strict, but not for this CRD", webOf({}, known), strict, "{strictMode: false}", undefined, "False LabelRemoved"],
];

for (const [what, cr, security, more, patch, says] of rows) {
  Deno.test(`decidePass() and the protection label: ${what}`, () => {
    const own = more === "" ? "" : `, deletionProtection: ${more}`;
    assert.deepEqual(labelled(cr, security, own), { patch, says });
  });
}

Deno.test("decidePass() takes its own protection label off where protection is off, and no other's", () => {
  const cr = webOf(withLabel("true"), known);
  for (const [security, own] of [[strict, "{protectCRs: false}"], ["deletionProtection: {enabled: false}", "{}"]]) {
    const more = `, deletionProtection: ${own}`;
    assert.deepEqual(labelled(cr, security!, more, [label]), { patch: null, says: undefined });
    assert.deepEqual(labelled(cr, security!, more), { patch: undefined, says: undefined });
  }
});

Deno.test("decidePass() keeps its own protection label", () => {
  const cr = webOf(withLabel("true"), known);
  assert.deepEqual(labelled(cr, on, "", [label]), { patch: undefined, says: "True Labelled" });
});

const places: [lists: string, kind: string][] = [
  ["", "reconcile"],
  [", allowedNamespaces: [shop]", "reconcile"],
  [", allowedNamespaces: ['sh*']", "reconcile"],
  [", allowedNamespaces: [other]", "unselected"],
  [", restrictedNamespaces: ['*op']", "unselected"],
  [", restrictedNamespaces: [other]", "reconcile"],
];

for (const [lists, kind] of places) {
  Deno.test(`decidePass() of a CR in "shop" with "${lists}": ${kind}`, () => {
    assert.equal(decide(webOf(), "", lists).kind, kind);
  });
}

Deno.test("decidePass() of a CR in a namespace that is restricted: the lists are joined, and it can be deleted", () => {
  const security = "namespaceProtection: {enabled: false, restrictedNamespaces: [shop]}";
  assert.equal(decide(webOf(), security, ", allowedNamespaces: [shop]").kind, "unselected");
  const gone = webOf({ deletionTimestamp: "2026-01-01T00:00:00Z" });
  assert.equal(decide(gone, security).kind, "delete");
});

Deno.test("decidePass() of a cluster-scoped CR heeds no namespace lists", () => {
  const cr = webOf();
  delete cr.metadata.namespace;
  assert.equal(decide(cr, "", ", namespaced: false, allowedNamespaces: [other]").kind, "reconcile");
});
