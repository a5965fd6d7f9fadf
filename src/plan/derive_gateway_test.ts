import assert from "node:assert/strict";
import { planOf } from "../../tests/support/plans.ts";
import type { ReviewedKindPlan } from "./gateway.ts";

const security = "gateway: {}\nsecurity: {webhooks: {admission: {enabled: true}}}\n";
const validation = ", validation: {rules: [{field: spec.a, exists: true}]}";
const mutation = ", mutation: {rules: [{field: spec.a, default: x}]}";
const entry = (name: string, kind: string, more = "") =>
  `${name}: {apiTypes: {group: shop.example.org, version: v1, kind: ${kind}}${more}}\n`;

function kindsOf(crds: string): readonly ReviewedKindPlan[] {
  return planOf(crds, security).gateway!.admission!.kinds;
}

Deno.test("reviewedKinds() are the entries with rules for the Gateway, sorted by name", () => {
  const off = ", webhooks: {validation: false, mutation: false}";
  const kinds = kindsOf(
    entry("d", "Shop", validation) + entry("c", "Cart") + entry("b", "Bag", mutation) +
      entry("a", "Box", validation + mutation + off),
  );
  assert.deepEqual(kinds.map(({ name, mutates, validates }) => [name, mutates, validates]), [
    ["b", true, false],
    ["d", false, true],
  ]);
});

Deno.test("reviewedKinds() gives entries of one kind a round each, in their order, and each kind its own", () => {
  const crds = ["c", "a", "b"].map((name) => entry(name, "Shop", `, labelSelector: {x: ${name}}${validation}`)).join(
    "",
  );
  assert.deepEqual(kindsOf(crds + entry("d", "Cart", validation)).map(({ name, round }) => [name, round]), [
    ["a", 0],
    ["b", 1],
    ["c", 2],
    ["d", 0],
  ]);
});

Deno.test("reviewedKinds() know the kinds of custom children, of both blocks, each once and sorted", () => {
  const custom = (...kinds: string[]) =>
    `{configMaps: [{data: {a: b}}], custom: [${
      kinds.map((kind, n) => `{apiVersion: a.dev/v1, kind: ${kind}, metadata: {name: n${n}}}`).join(", ")
    }]}`;
  const box = `, operatorBox: {onCreate: ${custom("Zone", "Area")}, onReconcile: ${custom("Base", "Zone")}}`;
  assert.deepEqual(kindsOf(entry("a", "Shop", validation + box))[0]!.customKinds, ["Area", "Base", "Zone"]);
});

Deno.test("a change through /scale is reviewed only where an update is", () => {
  const scaled = (operations: string) =>
    kindsOf(
      "a: {apiTypes: {group: shop.example.org, version: v1, kind: Shop, specReplicasPath: .spec.count}, " +
        `validation: {rules: [{field: spec.count, max: 3}]}, webhooks: {operations: [${operations}]}}\n`,
    )[0]!.scale;
  assert.notEqual(scaled("CREATE, UPDATE"), undefined);
  assert.equal(scaled("CREATE"), undefined);
});
