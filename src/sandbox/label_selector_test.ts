import assert from "node:assert/strict";
import type { KubeObject } from "../k8s/object.ts";
import { parseLabelSelector } from "./label_selector.ts";

const object = (labels?: Record<string, string>): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a", ...(labels === undefined ? {} : { labels }) },
});

const labels = { app: "web", tier: "", size: "10" };

const cases: readonly [selector: string, matches: boolean][] = [
  ["app=web", true],
  ["app==web", true],
  ["app = web", true],
  ["app=db", false],
  ["app!=db", true],
  ["none!=x", true],
  ["app", true],
  ["none", false],
  ["!none", true],
  ["!app", false],
  ["app in (db, web)", true],
  ["app in (db)", false],
  ["app notin (db)", true],
  ["none notin (db)", true],
  ["tier=", true],
  ["tier in ()", true],
  ["none=", false],
  ["app=web,tier", true],
  ["app=web,tier=x", false],
  ["size>9", true],
  ["size<9", false],
  ["app>9", false],
  ["in in (in),app", false],
];

for (const [selector, matches] of cases) {
  Deno.test(`parseLabelSelector() of "${selector}" ${matches ? "accepts" : "refuses"} ${JSON.stringify(labels)}`, () => {
    assert.equal(parseLabelSelector(selector)!(object(labels)), matches);
  });
}

Deno.test("parseLabelSelector() sees no inherited properties as labels", () => {
  assert.equal(parseLabelSelector("constructor")!(object({})), false);
  assert.equal(parseLabelSelector("!toString")!(object()), true);
});

for (
  const selector of [
    "a=b=c",
    "a in",
    "a in (b",
    "a in b",
    "=a",
    "a,,b",
    "a b",
    "a=b,",
    "(a)",
    "a=b c",
    "a in (b))",
    "x".repeat(20_000),
  ]
) {
  Deno.test(`parseLabelSelector() cannot read "${selector.slice(0, 20)}"`, () => {
    assert.throws(() => parseLabelSelector(selector), /unable to parse requirement/);
  });
}

Deno.test("parseLabelSelector() of an empty text requires nothing", () => {
  for (const selector of [null, "", " "]) assert.equal(parseLabelSelector(selector), undefined);
});
