import assert from "node:assert/strict";
import fc from "fast-check";
import { startOrder } from "./start_order.ts";

function box(name: string, ...dependsOn: string[]) {
  return { name, dependsOn: dependsOn.map((each) => ({ box: each })) };
}

function tiers(...boxes: ReturnType<typeof box>[]): string[][] {
  return startOrder(boxes).map((tier) => tier.map(({ name }) => name));
}

Deno.test("startOrder() puts each box one tier after the last that it depends on, by name within a tier", () => {
  assert.deepEqual(tiers(), []);
  assert.deepEqual(tiers(box("c"), box("a"), box("b")), [["a", "b", "c"]]);
  assert.deepEqual(tiers(box("a", "z"), box("web", "a", "z"), box("m", "z"), box("z"), box("b")), [
    ["b", "z"],
    ["a", "m"],
    ["web"],
  ]);
});

Deno.test("startOrder() ignores what is not among the boxes, and throws for a cycle", () => {
  assert.deepEqual(tiers(box("a", "elsewhere")), [["a"]]);
  assert.throws(() => tiers(box("a", "b"), box("b", "a"), box("c")), TypeError);
});

/** Boxes whose dependencies lead only to boxes with a lower number, in any order and under any name. */
const graphs = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { minLength: 1, maxLength: 12 }).chain((names) =>
  fc.tuple(
    fc.tuple(...names.map((name, i) => fc.subarray(names.slice(0, i)).map((below) => box(name, ...below)))),
    fc.shuffledSubarray(names, { minLength: names.length }),
  )
);

Deno.test("startOrder() is an order of all boxes that keeps every dependency, however they are declared", () => {
  fc.assert(fc.property(graphs, ([boxes, order]) => {
    const shuffled = order.map((name) => boxes.find((each) => each.name === name)!);
    const found = tiers(...shuffled);
    assert.deepEqual(found, tiers(...boxes));
    assert.deepEqual(found.flat().sort(), order.toSorted());
    const tierOf = new Map(found.flatMap((tier, i) => tier.map((name) => [name, i] as const)));
    for (const { name, dependsOn } of boxes) {
      const below = Math.max(-1, ...dependsOn.map((each) => tierOf.get(each.box)!));
      assert.equal(tierOf.get(name), below + 1);
    }
    for (const tier of found) assert.deepEqual(tier, tier.toSorted());
  }));
});

Deno.test("startOrder() throws for any graph with a cycle", () => {
  fc.assert(fc.property(graphs, fc.nat(), fc.nat(), ([boxes], from, to) => {
    const [low, high] = [from % boxes.length, to % boxes.length].sort((a, b) => a - b) as [number, number];
    const first = boxes[low]!;
    const last = boxes[high]!;
    const around = boxes.map((each) =>
      each === first
        ? box(each.name, ...each.dependsOn.map((one) => one.box), last.name)
        : each === last
        ? box(each.name, ...each.dependsOn.map((one) => one.box), first.name)
        : each
    );
    assert.throws(() => startOrder(around), TypeError);
  }));
});
