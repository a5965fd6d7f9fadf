import assert from "node:assert/strict";
import { labelValue } from "../k8s/names.ts";
import { boxOf, describeWatch, planOf } from "../../tests/support/plans.ts";
import { childKinds, maxNamespaceWatches } from "./watches.ts";

const owner = "where orkestra.orkspace.io/owner-kind=Shop.shop.example.org";
const definition =
  "definition CustomResourceDefinition.apiextensions.k8s.io where metadata.name=shops.shop.example.org";
const custom = (apiVersion: string, kind: string, metadata: string) =>
  `{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {${metadata}}}`;
const config = (fields = "") => `{${fields}data: {a: "1"}}`;
const inTeam = "  namespace: team\n";

/** The watches of a box, that of the definition apart. */
function watchesOf(box: string, more = "", security = ""): string[] {
  const watches = boxOf(box, more, security).watches.map(describeWatch);
  assert.ok(watches.includes(definition));
  return watches.filter((watch) => watch !== definition);
}

Deno.test("deriveWatches() opens CRs, definition and children in this order", () => {
  const box = boxOf(`onReconcile: {secrets: [{data: {a: x}}], configMaps: [${config()}]}\n`);
  assert.deepEqual(box.watches.map(describeWatch), [
    "crs Shop.shop.example.org",
    definition,
    `children ConfigMap ${owner}`,
    `children Secret ${owner}`,
  ]);
});

Deno.test("deriveWatches() sees CRs that have left a selection, and narrows by what never changes", () => {
  const cases: [more: string, expected: string][] = [
    ["", "crs Shop.shop.example.org"],
    [inTeam, "crs Shop.shop.example.org in team"],
    ["  labelSelector: {tier: gold}\n", "crs Shop.shop.example.org"],
    ["  fieldSelector: {metadata.name: one}\n", "crs Shop.shop.example.org where metadata.name=one"],
    ["  fieldSelector: {spec.color: red}\n", "crs Shop.shop.example.org"],
    ["  fieldSelector: {metadata.namespace: team}\n", "crs Shop.shop.example.org in team"],
    [
      "  namespace: team\n  labelSelector: {tier: gold}\n  fieldSelector: {metadata.name: one, spec.color: red}\n",
      "crs Shop.shop.example.org in team where metadata.name=one",
    ],
    ["  namespaced: false\n  labelSelector: {tier: gold}\n", "crs Shop.shop.example.org"],
  ];
  for (const [more, expected] of cases) assert.deepEqual(watchesOf("{}\n", more), [expected], more);
});

Deno.test("deriveWatches() looks for the definition of custom kinds alone", () => {
  const plan = planOf('a:\n  apiTypes: {kind: Ingress}\n  labelSelector: {a: "b"}\n  operatorBox: {}\n');
  assert.deepEqual(plan.boxes[0]!.watches.map(describeWatch), ["crs Ingress.networking.k8s.io"]);
});

Deno.test("deriveWatches() watches children where they can stand", () => {
  const near = config();
  const far = config("name: far, namespace: shared, ");
  const chosen = config("name: chosen, namespace: '{{ .spec.ns }}', ");
  const allowed = (names: string) => `${inTeam}  allowedNamespaces: [${names}]\n`;
  const namespace = custom("v1", "Namespace", "name: '{{ .metadata.name }}'");
  const inside = custom("v1", "ConfigMap", "name: x, namespace: '{{ .metadata.name }}'");
  const cases: [entries: string, more: string, expected: string[]][] = [
    [`configMaps: [${near}]`, "", ["ConfigMap"]],
    [`configMaps: [${near}]`, inTeam, ["ConfigMap in team"]],
    [`configMaps: [${far}]`, "", ["ConfigMap in shared"]],
    [`configMaps: [${far}]`, inTeam, ["ConfigMap in shared"]],
    [`configMaps: [${near}, ${far}]`, "", ["ConfigMap"]],
    [`configMaps: [${near}, ${far}]`, inTeam, ["ConfigMap in shared,team"]],
    [`configMaps: [${far}], secrets: [{data: {a: x}}]`, inTeam, ["ConfigMap in shared", "Secret in team"]],
    [`configMaps: [${chosen}]`, allowed("b, a"), ["ConfigMap in a,b,team"]],
    [`configMaps: [${chosen}]`, allowed("b, 'a-*'"), ["ConfigMap"]],
    [`custom: [${namespace}, ${inside}]`, inTeam, ["ConfigMap", "Namespace"]],
    [`configMaps: [${near}]`, "  namespaced: false\n", ["ConfigMap in default"]],
    [`configMaps: [${far}]`, "  namespaced: false\n", ["ConfigMap in shared"]],
    [`custom: [${namespace}]`, "  namespaced: false\n", ["Namespace"]],
    [`configMaps: [${near}]`, `${inTeam}  labelSelector: {tier: gold}\n`, ["ConfigMap in team"]],
  ];
  for (const [entries, more, expected] of cases) {
    const [, ...children] = watchesOf(`onReconcile: {${entries}}\n`, more);
    assert.deepEqual(children, expected.map((watch) => `children ${watch} ${owner}`), `${entries} ${more}`);
  }
});

Deno.test("deriveWatches() watches nowhere what no CR may make", () => {
  const chosen = config("name: chosen, namespace: '{{ .spec.ns }}', ");
  const lists = "  namespaced: false\n  allowedNamespaces: [a]\n";
  const security = "security: {namespaceProtection: {restrictedNamespaces: ['a*']}}\n";
  const { watches, effects } = boxOf(`onReconcile: {configMaps: [${chosen}]}\n`, lists, security);
  assert.deepEqual(watches.find(({ role }) => role === "children")!.namespaces, []);
  assert.deepEqual(effects.filter(({ type }) => type.kind === "ConfigMap"), []);
});

Deno.test("deriveWatches() watches few namespaces one by one, and more of them all at once", () => {
  const chosen = config("name: chosen, namespace: '{{ .spec.ns }}', ");
  const box = (count: number) => {
    // One more is the namespace of the CRs.
    const names = Array.from({ length: count - 1 }, (_, i) => `n${i}`).join(", ");
    return watchesOf(`onReconcile: {configMaps: [${chosen}]}\n`, `${inTeam}  allowedNamespaces: [${names}]\n`)[1];
  };
  assert.equal(maxNamespaceWatches, 5);
  assert.equal(box(maxNamespaceWatches), `children ConfigMap in n0,n1,n2,n3,team ${owner}`);
  assert.equal(box(maxNamespaceWatches + 1), `children ConfigMap ${owner}`);
});

Deno.test("deriveWatches() watches a kind once, whatever its versions and blocks", () => {
  const entries = `onCreate: {configMaps: [${config("name: a, ")}]}\n` +
    `onReconcile: {custom: [${custom("v1", "ConfigMap", "name: b")}, ` +
    `${custom("a.b/v1", "ConfigMap", "name: c")}, ${custom("a.b/v2", "ConfigMap", "name: d")}]}\n`;
  const box = boxOf(entries);
  assert.deepEqual(watchesOf(entries).slice(1), [`children ConfigMap ${owner}`, `children ConfigMap.a.b ${owner}`]);
  assert.deepEqual(box.children, box.watches.filter(({ role }) => role === "children").map(({ type }) => type));
  assert.deepEqual(childKinds(box.entries).map(({ type, entries }) => [type.version, ...entries.map(({ id }) => id)]), [
    ["v1", "onCreate.configMaps[0]", "onReconcile.custom[0]"],
    ["v1", "onReconcile.custom[1]", "onReconcile.custom[2]"],
  ]);
});

Deno.test("deriveWatches() shortens a kind that is no label value", () => {
  const group = `${"long.".repeat(12)}example.org`;
  const crds = `a:\n  apiTypes: {group: ${group}, version: v1, kind: A, plural: as}\n` +
    `  operatorBox: {onReconcile: {configMaps: [${config()}]}}\n`;
  const selector = planOf(crds).boxes[0]!.watches[2]!.labelSelector!["orkestra.orkspace.io/owner-kind"]!;
  assert.equal(selector, labelValue(`A.${group}`));
  assert.ok(selector.length <= 63 && selector.startsWith("A.long."));
});

Deno.test("deriveWatches() says which lines need a watch", () => {
  const box = boxOf(`onReconcile:
  configMaps:
  - ${config("name: a, ")}
  - ${config("name: b, ")}
onCreate:
  configMaps: [${config("name: c, ")}]
`);
  assert.equal(box.at, "k.yaml:6:5");
  assert.deepEqual(box.watches.map(({ role, reasons }) => `${role} ${reasons.join(" ")}`), [
    "crs k.yaml:6",
    "definition k.yaml:6",
    "children k.yaml:11 k.yaml:12 k.yaml:14",
  ]);
});
