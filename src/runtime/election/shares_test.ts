import assert from "node:assert/strict";
import fc from "fast-check";
import { divideShares } from "./shares.ts";

const name = fc.stringMatching(/^[a-z]{1,6}$/);
const names = (minLength: number, maxLength: number) => fc.uniqueArray(name, { minLength, maxLength });

function countsOf(result: Map<string, string>, members: readonly string[]): number[] {
  return members.map((member) => [...result.values()].filter((holder) => holder === member).length);
}

Deno.test("divideShares() gives every share to a member, and numbers that differ by one at most", () => {
  fc.assert(fc.property(
    names(0, 30),
    names(1, 8),
    fc.array(fc.tuple(fc.nat(29), fc.nat(9)), { maxLength: 30 }),
    (shares, members, held) => {
      const holders = new Map(
        held.flatMap(([share, member]) =>
          shares[share] === undefined ? [] : [[shares[share], members[member] ?? "gone"] as const]
        ),
      );
      const result = divideShares(shares, members, holders);
      assert.deepEqual([...result.keys()].sort(), [...shares].sort());
      const counts = countsOf(result, members);
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, String(counts));
      // Deterministic, also in the order of its input.
      const other = divideShares([...shares].reverse(), [...members].reverse(), holders);
      assert.deepEqual(new Map([...other].sort()), new Map([...result].sort()));
    },
  ));
});

Deno.test("divideShares() moves only the shares of a member that has gone", () => {
  fc.assert(fc.property(names(1, 30), names(2, 6), (shares, members) => {
    const before = divideShares(shares, members, new Map());
    const [gone, ...left] = members;
    const after = divideShares(shares, left, before);
    const moved = shares.filter((share) => before.get(share) !== gone && before.get(share) !== after.get(share));
    assert.deepEqual(moved, []);
  }));
});

Deno.test("divideShares() moves no more than a new member's part to it, and nothing else", () => {
  fc.assert(fc.property(names(1, 30), names(2, 6), (shares, members) => {
    const [added, ...former] = members;
    const before = divideShares(shares, former, new Map());
    const after = divideShares(shares, members, before);
    for (const share of shares) {
      if (before.get(share) !== after.get(share)) assert.equal(after.get(share), added);
    }
    // What is settled stays.
    assert.deepEqual(divideShares(shares, members, after), after);
  }));
});

Deno.test("divideShares(): thirteen shares of three members", () => {
  const shares = Array.from({ length: 13 }, (_, n) => `box-${n}`);
  const members = ["a", "b", "c"];
  assert.deepEqual(countsOf(divideShares(shares, members, new Map()), members).sort(), [4, 4, 5]);
});

Deno.test("divideShares() keeps to its plan while shares are on their way", () => {
  fc.assert(fc.property(
    names(1, 30),
    names(1, 6),
    names(1, 6),
    fc.array(fc.constantFrom("held", "free", "arrived"), { minLength: 30, maxLength: 30 }),
    (shares, former, members, states) => {
      const before = divideShares(shares, former, new Map());
      const after = divideShares(shares, members, before);
      const between = new Map(before);
      shares.forEach((share, n) => {
        if (before.get(share) === after.get(share) || states[n] === "held") return;
        if (states[n] === "free") between.delete(share);
        else between.set(share, after.get(share)!);
      });
      assert.deepEqual(divideShares(shares, members, between), after);
    },
  ));
});
