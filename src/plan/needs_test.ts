import assert from "node:assert/strict";
import { describeEffect } from "../../tests/support/plans.ts";
import type { ResourceType } from "../k8s/object.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { mergeNeeds, type Need } from "./needs.ts";

const configMaps = builtInType("ConfigMap")!;
const everywhere = { kind: "cluster" } as const;
const inside = (...namespaces: string[]) => ({ kind: "namespaces", namespaces } as const);

let line = 0;

/** `scope`: `*` or namespaces; `name`: one name, or none for any object. */
function need(scope: string, name?: string, more: Partial<Need> = {}): Need {
  return {
    verb: "patch",
    type: configMaps,
    scope: scope === "*" ? everywhere : inside(...scope.split(",")),
    name,
    reasons: [`k.yaml:${++line}`],
    ...more,
  };
}

Deno.test("mergeNeeds() is no wider than the needs are together", () => {
  const cases: [needs: Need[], expected: string[]][] = [
    [[], []],
    [[need("a")], ["patch configmaps in a"]],
    [[need("*"), need("a", "x")], ["patch configmaps"]],
    [[need("*", "x"), need("a", "x")], ["patch configmaps of x"]],
    [[need("*", "x"), need("a", "y")], ["patch configmaps of x", "patch configmaps in a of y"]],
    [[need("*", "x"), need("a")], ["patch configmaps of x", "patch configmaps in a"]],
    [[need("*", "y"), need("*", "x")], ["patch configmaps of x,y"]],
    [[need("*", "y"), need("*")], ["patch configmaps"]],
    [[need("b", "x"), need("a", "x")], ["patch configmaps in a,b of x"]],
    [[need("b", "x"), need("a", "y")], ["patch configmaps in a of y", "patch configmaps in b of x"]],
    [[need("a,b", "x"), need("b", "y")], ["patch configmaps in a of x", "patch configmaps in b of x,y"]],
    [[need("a,b", "x"), need("b")], ["patch configmaps in a of x", "patch configmaps in b"]],
    [[need("a", "y"), need("a", "x"), need("a", "y")], ["patch configmaps in a of x,y"]],
    [[need("b"), need("a"), need("c")], ["patch configmaps in a,b,c"]],
  ];
  for (const [needs, expected] of cases) {
    assert.deepEqual(mergeNeeds(needs).map(describeEffect), expected, JSON.stringify(needs));
  }
});

Deno.test("mergeNeeds() keeps verbs, subresources and kinds apart, not versions", () => {
  const other: ResourceType = {
    group: "a.b",
    version: "v1",
    kind: "ConfigMap",
    plural: "configmaps",
    namespaced: true,
  };
  const needs = [
    need("*", undefined, { type: other }),
    need("a", undefined, { type: { ...other, version: "v2" } }),
    need("*", undefined, { subresource: "status" }),
    need("a"),
    need("a", undefined, { verb: "delete" }),
    need("a", undefined, { type: { ...other, kind: "Apple", plural: "apples" } }),
  ];
  assert.deepEqual(mergeNeeds(needs).map(describeEffect), [
    "patch configmaps in a",
    "delete configmaps in a",
    "patch configmaps/status",
    "patch apples.a.b in a",
    "patch configmaps.a.b",
  ]);
});

Deno.test("mergeNeeds() sorts verbs as RBAC rules print them", () => {
  const verbs = ["bind", "escalate", "delete", "patch", "update", "create", "watch", "list", "get"] as const;
  const merged = mergeNeeds(verbs.map((verb) => need("a", undefined, { verb })));
  assert.deepEqual(merged.map(({ verb }) => verb), [
    ...["get", "list", "watch", "create", "update", "patch", "delete"],
    ...["escalate", "bind"],
  ]);
});

Deno.test("mergeNeeds() tells an effect all lines that need it, those that it covers included", () => {
  const wide = need("*", undefined, { reasons: ["k.yaml:20"] });
  const covered = need("a", "x", { reasons: ["k.yaml:3", "k.yaml:20"] });
  assert.deepEqual(mergeNeeds([wide, covered]).map(({ reasons }) => reasons), [["k.yaml:3", "k.yaml:20"]]);
  const apart = [need("a", "x", { reasons: ["k.yaml:2"] }), need("b", "y", { reasons: ["k.yaml:1"] })];
  assert.deepEqual(mergeNeeds(apart).map(({ reasons }) => reasons), [["k.yaml:2"], ["k.yaml:1"]]);
  const local = need("a", undefined, { reasons: ["k.yaml:9"] });
  const named = need("*", "x", { reasons: ["k.yaml:8"] });
  assert.deepEqual(mergeNeeds([named, local]).map(({ reasons }) => reasons), [["k.yaml:8"], ["k.yaml:9"]]);
});

Deno.test("mergeNeeds() does not depend on the order of needs", () => {
  const needs = [need("*", "x"), need("a", "y"), need("b,a", "z"), need("c"), need("c", "x"), need("*", "w")];
  const all = (order: Need[]) => mergeNeeds(order).map((effect) => ({ ...effect, type: effect.type.kind }));
  assert.deepEqual(all(needs.toReversed()), all(needs));
  assert.deepEqual(all([...needs.slice(3), ...needs.slice(0, 3)]), all(needs));
});
