import assert from "node:assert/strict";
import { all, any, negated, no, operand, relation, yes } from "./bool.ts";

const [a, b] = [operand("a"), operand("b")];
const three = relation("x", "==", "3");

Deno.test("all() and any() put parentheses round what binds less, and leave out what decides nothing", () => {
  assert.equal(all(any(a, b), three).text, "(a || b) && x == 3");
  assert.equal(any(all(a, b), three).text, "(a && b) || x == 3");
  assert.equal(all(a, all(b, three)).text, "a && b && x == 3");
  assert.equal(all(yes, a), a);
  assert.equal(all(a, no), no);
  assert.equal(any(no, a), a);
  assert.equal(any(a, yes), yes);
  assert.deepEqual([all(), any()], [yes, no]);
});

Deno.test("negated() inverts comparisons, and undoes itself", () => {
  assert.equal(negated(three).text, "x != 3");
  assert.equal(negated(relation("x", "<=", "3")).text, "x > 3");
  assert.equal(negated(relation("x", "in", "[3]")).text, "!(x in [3])");
  assert.equal(negated(all(a, b)).text, "!(a && b)");
  assert.equal(negated(a).text, "!a");
  assert.deepEqual([negated(yes), negated(no)], [no, yes]);
  for (const part of [a, three]) assert.equal(negated(negated(part)).text, part.text);
});
