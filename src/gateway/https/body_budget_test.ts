import assert from "node:assert/strict";
import { BodyBudget } from "./body_budget.ts";

const mib = 1024 * 1024;

Deno.test("a body that does not fit ends the oldest large ones, and no small one", () => {
  const ended: string[] = [];
  const budget = new BodyBudget(4 * mib);
  const open = (name: string) => budget.open(() => ended.push(name));
  const [small, first, second] = [open("small"), open("first"), open("second")];
  small.grow(256 * 1024);
  first.grow(mib);
  second.grow(mib);
  first.grow(2 * mib);
  second.grow(2 * mib);
  assert.deepEqual(ended, []);
  open("third").grow(mib);
  assert.deepEqual(ended, ["first"]);
  second.close();
  second.close();
  open("fourth").grow(3 * mib);
  assert.deepEqual(ended, ["first"]);
  open("larger than all").grow(5 * mib);
  assert.deepEqual(ended, ["first", "third", "fourth", "larger than all"]);
  open("fifth").grow(4 * mib);
  assert.equal(ended.length, 4);
});
