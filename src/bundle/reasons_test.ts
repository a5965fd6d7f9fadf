import assert from "node:assert/strict";
import { planOf } from "../../tests/support/plans.ts";
import { fixedReason, ReasonTexts } from "./reasons.ts";

Deno.test("ReasonTexts names what is in a line of the Katalog, up to three things", () => {
  const services = [0, 1, 2, 3, 4].map((n) => `{name: "x${n}", port: 80, selector: {a: b}}`);
  const texts = new ReasonTexts(planOf(
    `one:
  apiTypes: {group: a.example.org, version: v1, kind: One, plural: ones}
  labels: {tier: gold}
  operatorBox:
    onReconcile:
      services: [${services.join(", ")}]
      configMaps:
        - {name: x, data: {a: b}}
    cross:
      - {crd: two, as: q, selector: {name: a}, source: {host: "https://other.example.org"}}
`,
  ));
  assert.equal(texts.textOf("k.yaml:6"), "one: k.yaml:6");
  assert.equal(texts.textOf("k.yaml:8"), "one labels: k.yaml:8");
  assert.equal(
    texts.textOf("k.yaml:11"),
    "one onReconcile.services[0], one onReconcile.services[1], one onReconcile.services[2], and 2 more: k.yaml:11",
  );
  assert.equal(texts.textOf("k.yaml:13"), "one onReconcile.configMaps[0]: k.yaml:13");
  assert.equal(texts.textOf("k.yaml:15"), "one cross.q: k.yaml:15");
  assert.equal(texts.textOf("k.yaml:99"), "k.yaml:99");
  assert.equal(texts.textOf(fixedReason("leader election")), "leader election");
});
