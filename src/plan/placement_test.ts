import assert from "node:assert/strict";
import { boxOf } from "../../tests/support/plans.ts";
import {
  literalNameOf,
  mayBeFar,
  mayBeNear,
  onlyName,
  placeOfChild,
  placeOfCrs,
  placeOfSource,
  unite,
  writtenNameOf,
} from "./placement.ts";
import type { ScopePlan } from "./plan.ts";

const text = (place: ScopePlan) => place.kind === "cluster" ? "all" : place.namespaces.join(",");
const config = (fields: string) => `onReconcile: {configMaps: [{${fields}data: {a: "1"}}]}\n`;
const custom = (apiVersion: string, kind: string, metadata: string) =>
  `{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {${metadata}}}`;

/** The first entry's place, and whether its children may be near and far: `a,b near far`. */
function placed(box: string, more = "", security = ""): string {
  const plan = boxOf(box, more, security);
  const entry = plan.entries.at(-1)!;
  const words = [text(placeOfChild(plan, entry))];
  if (mayBeNear(plan, entry)) words.push("near");
  if (mayBeFar(plan, entry)) words.push("far");
  return words.join(" ");
}

const anywhere = "";
const inTeam = "  namespace: team\n";
const clusterScoped = "  namespaced: false\n";

Deno.test("placeOfCrs() is what the entry names, and everywhere else", () => {
  const cases: [string, string][] = [
    [anywhere, "all"],
    [inTeam, "team"],
    ["  fieldSelector: {metadata.namespace: team}\n", "team"],
    ["  namespace: team\n  fieldSelector: {metadata.namespace: other}\n", "team"],
    ["  fieldSelector: {metadata.name: x}\n", "all"],
    [clusterScoped, "all"],
    [`${clusterScoped}  fieldSelector: {metadata.namespace: team}\n`, "all"],
  ];
  for (const [more, expected] of cases) assert.equal(text(placeOfCrs(boxOf("{}\n", more))), expected, more);
});

Deno.test("onlyName() is the name that a field selector leaves", () => {
  assert.equal(onlyName({ fieldSelector: { "metadata.name": "x", "spec.a": "b" } }), "x");
  assert.equal(onlyName({ fieldSelector: { "metadata.namespace": "x" } }), undefined);
  assert.equal(onlyName({}), undefined);
});

Deno.test("placeOfChild() knows a child that stands beside its CR, or in a namespace that is written out", () => {
  const own = "namespace: '{{ .metadata.namespace }}', ";
  const cases: [fields: string, more: string, expected: string][] = [
    ["", anywhere, "all near"],
    ["", inTeam, "team near"],
    ["", clusterScoped, "default near"],
    [own, anywhere, "all near"],
    [own, inTeam, "team near"],
    [own, clusterScoped, "default near"],
    ["namespace: '{{- .metadata.namespace -}}', ", inTeam, "team near"],
    ["namespace: other, ", anywhere, "other near far"],
    ["namespace: other, ", inTeam, "other far"],
    ["namespace: team, ", inTeam, "team near"],
    ["namespace: other, ", clusterScoped, "other near"],
    // In several namespaces: near where one is the CR's, far where one is not.
    ["toNamespaces: [team, other], ", inTeam, "other,team near far"],
    ["toNamespaces: [other, another], ", inTeam, "another,other far"],
    ["toNamespaces: [team], ", inTeam, "team near"],
    ["toNamespaces: ['{{ .metadata.namespace }}', other], ", inTeam, "other,team near far"],
    ["toNamespaces: ['{{ .metadata.namespace }}'], ", anywhere, "all near"],
    ["toNamespaces: [other], ", clusterScoped, "other near"],
  ];
  for (const [fields, more, expected] of cases) {
    assert.equal(placed(config(fields), more), expected, `${fields} ${more}`);
  }
});

Deno.test("placeOfChild() allows a CR to choose among the namespaces of the lists", () => {
  const chosen = config("namespace: '{{ .spec.ns }}', ");
  const allowed = (names: string, more = "") => `${more}  allowedNamespaces: [${names}]\n`;
  const restricted = "security: {namespaceProtection: {allowedNamespaces: [c], restrictedNamespaces: ['a*']}}\n";
  const cases: [box: string, more: string, security: string, expected: string][] = [
    [chosen, allowed("b, a"), "", "all near far"],
    [chosen, allowed("b, a", inTeam), "", "a,b,team near far"],
    [chosen, allowed("team", inTeam), "", "team near"],
    [chosen, allowed("b, a", clusterScoped), "", "a,b near"],
    [chosen, allowed("b, 'x-*'", inTeam), "", "all near far"],
    [chosen, allowed("'*'", clusterScoped), "", "all near"],
    [chosen, allowed("b, a1", inTeam), restricted, "b,c,team near far"],
    [chosen, allowed("'ab*', b", inTeam), restricted, "b,c,team near far"],
    [chosen, allowed("a1", clusterScoped), restricted, "c near"],
    [chosen, allowed("a1", clusterScoped), restricted.replace("[c]", "[]"), " near"],
    // The lists do not narrow what is written out or stands beside its CR.
    [config("namespace: other, "), allowed("a", inTeam), "", "other far"],
    [config(""), allowed("a", inTeam), "", "team near"],
  ];
  for (const [box, more, security, expected] of cases) {
    assert.equal(placed(box, more, security), expected, `${box} ${more} ${security}`);
  }
});

Deno.test("placeOfChild() allows the Namespaces that the box makes", () => {
  const both = (namespace: string) =>
    `onReconcile: {custom: [${custom("v1", "Namespace", namespace)}, ` +
    `${custom("v1", "ServiceAccount", "name: x, namespace: '{{ .metadata.name }}'")}]}\n`;
  const cases: [box: string, more: string, expected: string][] = [
    [both("name: '{{ .metadata.name }}'"), clusterScoped, "all near"],
    [both("name: '{{ .metadata.name }}'"), inTeam, "all near far"],
    [both("name: shared"), inTeam, "shared,team near far"],
    [both("name: shared"), clusterScoped, "shared near"],
  ];
  for (const [box, more, expected] of cases) assert.equal(placed(box, more), expected, `${box} ${more}`);
  const namesake = `onReconcile: {custom: [${custom("a.b/v1", "Namespace", "name: '{{ .metadata.name }}'")}, ` +
    `${custom("v1", "ServiceAccount", "name: x, namespace: '{{ .metadata.name }}'")}]}\n`;
  assert.equal(placed(namesake, `${inTeam}  allowedNamespaces: [a]\n`), "a,team near far");
});

Deno.test("placeOfChild() of a cluster-scoped kind is the cluster, and a namespaced CR never owns it", () => {
  const box = `onReconcile: {custom: [${custom("v1", "Namespace", "name: x")}]}\n`;
  assert.equal(placed(box), "all far");
  assert.equal(placed(box, inTeam), "all far");
  assert.equal(placed(box, clusterScoped), "all near");
});

Deno.test("literalNameOf() is the name that all children of an entry have", () => {
  const cases: [string, string | undefined][] = [
    [config("name: x, "), "x"],
    [config("name: '{{ .metadata.name }}', "), undefined],
    [config(""), undefined],
    [config("name: x, namespace: '{{ .item }}', forEach: {field: spec.list}, "), "x"],
    [config("name: '{{ .item }}', forEach: {field: spec.list}, "), undefined],
    [`onReconcile: {custom: [${custom("a.b/v1", "X", "name: y")}]}\n`, "y"],
  ];
  for (const [box, expected] of cases) {
    const more = "  allowedNamespaces: [a]\n";
    assert.equal(literalNameOf(boxOf(box, more).entries[0]!), expected, box);
  }
});

Deno.test("placeOfSource() is beside the CR, where the Katalog says, or where the lists let a CR choose", () => {
  const of = (from: string, more: string) => {
    const box = boxOf(`onReconcile: {configMaps: [{name: x, fromConfigMap: s${from}}]}\n`, more);
    return text(placeOfSource(box, box.entries[0]!));
  };
  const chosen = ", fromNamespace: '{{ .spec.ns }}'";
  const allowed = "  allowedNamespaces: [b, a]\n";
  assert.equal(of("", anywhere), "all");
  assert.equal(of("", inTeam), "team");
  assert.equal(of("", clusterScoped), "default");
  assert.equal(of(", fromNamespace: far", inTeam), "far");
  assert.equal(of(", fromNamespace: ' {{ .metadata.namespace }} '", inTeam), "team");
  assert.equal(of(", fromNamespace: '{{ .metadata.namespace }}'", inTeam), "team");
  assert.equal(of(chosen, inTeam + allowed), "a,b,team");
  assert.equal(of(chosen, clusterScoped + allowed), "a,b");
});

Deno.test("placeOfSource() may not be in a Namespace that the box makes: nothing there is a source yet", () => {
  const box = boxOf(
    `onReconcile: {configMaps: [{name: x, fromConfigMap: s, fromNamespace: '{{ .spec.ns }}'}], ` +
      `custom: [${custom("v1", "Namespace", "name: made")}]}\n`,
    `${inTeam}  allowedNamespaces: [a]\n`,
  );
  const entry = box.entries.find(({ shorthand }) => shorthand === "configMaps")!;
  assert.equal(text(placeOfSource(box, entry)), "a,team");
});

Deno.test("writtenNameOf() is the name as the Katalog has it", () => {
  const of = (box: string) => writtenNameOf(boxOf(box).entries[0]!);
  assert.equal(of(config("name: '{{ .metadata.name }}-x', ")), "{{ .metadata.name }}-x");
  assert.equal(of(config("name: ' {{ .metadata.name }} ', ")), "{{ .metadata.name }}");
  assert.equal(of(config("")), undefined);
  assert.equal(of(`onReconcile: {custom: [${custom("a.b/v1", "X", "name: y")}]}\n`), "y");
});

Deno.test("unite() sorts namespaces, each once, and gives them up for the cluster", () => {
  const some = (...namespaces: string[]): ScopePlan => ({ kind: "namespaces", namespaces });
  assert.deepEqual(unite([some("b", "a"), some("a")]), some("a", "b"));
  assert.deepEqual(unite([]), some());
  assert.deepEqual(unite([some("b"), { kind: "cluster" }, some("a")]), { kind: "cluster" });
});
