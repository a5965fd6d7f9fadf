import assert from "node:assert/strict";
import { describeEffect, planOf } from "../../tests/support/plans.ts";
import { crossSourcesOf } from "./cross_sources.ts";

const entry = (name: string, more: string, kind = name.toUpperCase()) =>
  `${name}: {apiTypes: {group: a.example.org, version: v1, kind: ${kind}}, ${more}}\n`;
const source = (more = "") => `source: {host: "https://other"${more}}`;
const auth = ", auth: {secretRef: {namespace: ork, name: token, key: t}}";

Deno.test("derivePlan() has each box of another Runtime once, however many read it", () => {
  const reads = (items: string) => `operatorBox: {cross: [${items}]}`;
  const plan = planOf(
    entry("a", reads(`{crd: q, selector: {name: x}, ${source(auth)}}, {crd: b, selector: {name: x}}`)) +
      entry("b", reads(`{crd: q, selector: {name: y}, ${source(auth)}}, {crd: r, selector: {name: x}, ${source()}}`)),
  );
  assert.deepEqual(crossSourcesOf(plan.boxes).map(({ key, auth }) => [key, auth?.kind]), [
    ["q@https://other", "secret"],
    ["r@https://other", undefined],
  ]);
  assert.deepEqual(plan.boxes.map(({ observedBy }) => observedBy), [[], ["a"]]);
  for (const { effects } of plan.boxes) {
    assert.deepEqual(effects.filter(({ type }) => type.kind === "Secret").map(describeEffect), [
      "list secrets in ork of token",
      "watch secrets in ork of token",
    ]);
  }
});

Deno.test("derivePlan() lets other Runtimes read a box where crossAccess: true is written, and never Secrets", () => {
  const served = (crds: string) => planOf(crds).boxes.map(({ name, crossServed }) => [name, crossServed === true]);
  assert.deepEqual(served(entry("a", "crossAccess: true") + entry("b", "crossAccess: false") + entry("c", "")), [
    ["a", true],
    ["b", false],
    ["c", false],
  ]);
  const secret = "s: {apiTypes: {version: v1, kind: Secret}, labelSelector: {a: b}, crossAccess: true}";
  assert.deepEqual(served(secret), [["s", false]]);
});
