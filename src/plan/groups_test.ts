import assert from "node:assert/strict";
import type { BoxPlan } from "./plan.ts";
import { groupBoxes } from "./groups.ts";

function box(name: string, ...dependsOn: string[]): BoxPlan {
  const dependencies = dependsOn.map((other) => ({ box: other, condition: "healthy" }));
  return { name, dependsOn: dependencies, cross: [] } as unknown as BoxPlan;
}

function reader(name: string, source: string): BoxPlan {
  return { name, dependsOn: [], cross: [{ as: source, box: source }] } as unknown as BoxPlan;
}

Deno.test("groupBoxes() keeps boxes together that depend on each other, and only those", () => {
  const boxes = [box("a"), box("b", "a"), box("c"), box("d", "e"), box("e"), box("f", "b", "d"), box("g")];
  const names = groupBoxes(boxes).map((group) => group.map(({ name }) => name).join(" "));
  assert.deepEqual(names, ["a b d e f", "c", "g"]);
});

Deno.test("groupBoxes() keeps a box with those that it observes, in either order", () => {
  const boxes = [reader("a", "c"), box("b"), box("c"), reader("d", "a"), reader("e", "e")];
  const names = groupBoxes(boxes).map((group) => group.map(({ name }) => name).join(" "));
  assert.deepEqual(names, ["a c d", "b", "e"]);
});
