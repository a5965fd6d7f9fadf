import assert from "node:assert/strict";
import { describeEffect, planOf } from "../../tests/support/plans.ts";
import type { Plan } from "./plan.ts";

const entry = (name: string, kind: string, more = "") =>
  `${name}: {apiTypes: {group: shop.example.org, version: v1, kind: ${kind}}${more}}\n`;

/** The rows of the table of deletion protection: what the Katalog and the CRD say, and what comes of it. */
const rows: [security: string, own: string, label: string | undefined, strict: boolean | undefined, crd: boolean][] = [
  ["", "", undefined, undefined, false],
  ["deletionProtection: {}", "", "normal", false, true],
  ["deletionProtection: {enabled: true}", "", "normal", false, true],
  ["deletionProtection: {enabled: false}", "", "off", undefined, false],
  ["deletionProtection: {strictMode: true}", "", "strict", true, true],
  ["deletionProtection: {strictMode: true}", "strictMode: true", "strict", true, true],
  ["deletionProtection: {strictMode: true}", "strictMode: false", "normal", false, true],
  ["deletionProtection: {strictMode: false}", "strictMode: true", "normal", false, true],
  ["deletionProtection: {strictMode: false}", "strictMode: false", "normal", false, true],
  ["deletionProtection: {strictMode: true}", "protectCRs: false", "off", undefined, true],
  ["deletionProtection: {}", "protectCRs: false", "off", undefined, true],
  ["deletionProtection: {}", "protectCRD: false", "normal", false, false],
  ["deletionProtection: {}", "protectCRD: false, protectCRs: false", "off", undefined, false],
  ["", "protectCRs: true", "off", undefined, false],
];

for (const [security, own, label, strict, crd] of rows) {
  Deno.test(`derivePlan() with {${security}} and {${own}}: label ${label}, strict ${strict}, CRD ${crd}`, () => {
    const more = own === "" ? "" : `, deletionProtection: {${own}}`;
    const plan = planOf(entry("shop", "Shop", more), security === "" ? "" : `security: {${security}}\n`);
    assert.equal(plan.boxes[0]!.protection?.mode, label);
    const { kinds = [], definitions = [] } = plan.protection?.deletion ?? {};
    assert.deepEqual(kinds.map((kind) => kind.strict), strict === undefined ? [] : [strict]);
    assert.deepEqual(definitions, crd ? ["shops.shop.example.org"] : []);
  });
}

Deno.test("derivePlan() lets a box patch CRs to set the label, and to take it off", () => {
  const patchOf = ({ boxes }: Plan) =>
    boxes[0]!.effects.find((effect) => describeEffect(effect) === "patch shops.shop.example.org");
  for (const text of ["", "enabled: false"]) {
    const plan = planOf(entry("shop", "Shop"), `security: {deletionProtection: {${text}}}\n`);
    assert.deepEqual(patchOf(plan)?.reasons, ["k.yaml:4"], text);
  }
  assert.equal(patchOf(planOf(entry("shop", "Shop"))), undefined);
});

Deno.test("derivePlan() protects neither CRDs of built-in kinds nor entries that are off", () => {
  const crds = "settings: {apiTypes: {kind: ConfigMap}, labelSelector: {a: b}}\n" +
    entry("shop", "Shop", ", enabled: false");
  const { deletion } = planOf(crds, "security: {deletionProtection: {}}\n").protection!;
  assert.deepEqual(deletion!.definitions, []);
  assert.deepEqual(deletion!.kinds.map(({ type, builtIn }) => [type.plural, builtIn]), [["configmaps", true]]);
});

Deno.test("derivePlan() joins the boxes of one kind: strict if one is, each with its own namespaces", () => {
  const crds = entry("a", "Shop", ", namespace: a, deletionProtection: {strictMode: false}, allowedNamespaces: [a]") +
    entry("b", "Shop", ", namespace: b, labelSelector: {x: y}");
  const security = "deletionProtection: {strictMode: true}, namespaceProtection: {restrictedNamespaces: [kube-*]}";
  const { deletion, namespaces } = planOf(crds, `security: {${security}}\n`).protection!;
  assert.deepEqual(deletion!.kinds.map(({ strict }) => strict), [true]);
  assert.deepEqual(namespaces!.kinds.map(({ rules }) => rules), [[
    { allowed: ["a"], restricted: ["kube-*"], labelSelector: undefined, namespace: "a" },
    { allowed: [], restricted: ["kube-*"], labelSelector: { x: "y" }, namespace: "b" },
  ]]);
});

Deno.test("derivePlan() gives cluster-scoped kinds no namespace rules", () => {
  const security = "security: {namespaceProtection: {restrictedNamespaces: [a]}}\n";
  assert.equal(planOf(entry("shop", "Shop", ", namespaced: false"), security).protection, undefined);
});

Deno.test("derivePlan() lists the accounts of operators that have one of their own", () => {
  const accounts = (identity: string) =>
    planOf(
      entry("b", "Shop", ", labelSelector: {x: z}") + entry("a", "Shop", ", labelSelector: {x: y}"),
      `security: {${identity}deletionProtection: {}}\n`,
    ).protection!.boxAccounts;
  assert.deepEqual(accounts("identity: perBox, "), ["orkestra-box-a", "orkestra-box-b"]);
  assert.equal(accounts(""), undefined);
});

Deno.test("derivePlan() sorts protected kinds by group and plural, whatever the order of the entries", () => {
  const other = (name: string, group: string, kind: string) =>
    `${name}: {apiTypes: {group: ${group}, version: v1, kind: ${kind}}}\n`;
  const crds = other("a", "b.example.org", "Cart") + other("b", "a.example.org", "Shop") +
    other("c", "b.example.org", "Bag");
  const { deletion, namespaces } = planOf(
    crds,
    "security: {deletionProtection: {}, namespaceProtection: {restrictedNamespaces: [kube-*, a, a]}}\n",
  ).protection!;
  const sorted = ["shops.a.example.org", "bags.b.example.org", "carts.b.example.org"];
  const names = (kinds: readonly { readonly type: { readonly group: string; readonly plural: string } }[]) =>
    kinds.map(({ type }) => `${type.plural}.${type.group}`);
  assert.deepEqual([names(deletion!.kinds), names(namespaces!.kinds)], [sorted, sorted]);
  assert.deepEqual(deletion!.definitions, ["bags.b.example.org", "carts.b.example.org", "shops.a.example.org"]);
  assert.deepEqual(namespaces!.kinds[0]!.rules[0]!.restricted, ["a", "kube-*"], "sorted, each once");
});

Deno.test("derivePlan() asks about a kind where the lists of one of its boxes bind", () => {
  const crds = entry("a", "Shop", ", labelSelector: {x: y}") +
    entry("b", "Shop", ", labelSelector: {x: z}, allowedNamespaces: [a]");
  const { namespaces } = planOf(crds, "security: {namespaceProtection: {}}\n").protection!;
  assert.deepEqual(namespaces!.kinds.map(({ rules }) => rules.map(({ allowed }) => allowed)), [[[], ["a"]]]);
  assert.equal(planOf(entry("a", "Shop"), "security: {namespaceProtection: {}}\n").protection, undefined);
});
