import assert from "node:assert/strict";
import { findRoute } from "./convert_route.ts";

/** `a>b b>c` */
function route(paths: string, from: string, to: string, storage: string): string | undefined {
  const legs = paths.split(" ").map((text) => {
    const [from = "", to = ""] = text.split(">");
    return { from, to };
  });
  return findRoute(legs, from, to, storage)?.map((leg) => `${leg.from}>${leg.to}`).join(" ");
}

Deno.test("findRoute() takes the direct path, else the fewest by way of the storage version", () => {
  assert.equal(route("a>b a>s s>b", "a", "b", "s"), "a>b");
  assert.equal(route("a>s s>b", "a", "b", "s"), "a>s s>b");
  assert.equal(route("a>b b>s s>b b>a", "s", "a", "s"), "s>b b>a", "the storage version itself may be far away");
  assert.equal(route("a>c c>s a>s s>b s>d d>b", "a", "b", "s"), "a>s s>b");
});

Deno.test("findRoute() ends where the way to the storage version leads past the target", () => {
  assert.equal(route("a>b b>c c>s s>a", "a", "c", "s"), "a>b b>c");
});

Deno.test("findRoute() finds none where the storage version is not on the way", () => {
  assert.equal(route("a>c c>b s>a", "a", "b", "s"), undefined);
  assert.equal(route("a>s", "a", "b", "s"), undefined);
  assert.equal(route("a>b b>a", "a", "s", "s"), undefined, "circles end");
});
