import assert from "node:assert/strict";
import type { JsonMap } from "../../base/json.ts";
import { Models } from "../schema/schema.ts";
import { ruleErrors } from "./validation_rules.ts";

/** A kind whose `spec` has rules. */
function errorsOf(properties: JsonMap, rules: JsonMap[], spec: JsonMap, old?: JsonMap) {
  const specSchema = { type: "object", properties, "x-kubernetes-validations": rules };
  const schema = new Models({}).node({ type: "object", properties: { spec: specSchema } });
  const object = (spec: JsonMap) => ({ apiVersion: "example.com/v1", kind: "Shop", metadata: { name: "a" }, spec });
  const logged: string[] = [];
  const before = old === undefined ? undefined : object(old);
  const errors = ruleErrors(schema, object(spec), before, [], (text) => logged.push(text));
  return { errors: errors.map(({ field, message }) => `${field}: ${message}`), logged };
}

const anything = { "x-kubernetes-preserve-unknown-fields": true };

// Messages, paths, ratcheting and the rest: tests/conformance/scenarios/rules.ts, which a kube-apiserver has recorded.

Deno.test("ruleErrors() admits what the library cannot evaluate, and logs it", () => {
  for (const rule of ["quantity(self.size).isGreaterThan(quantity('1Gi'))", "self.size ==", "unknown == 1"]) {
    const { errors, logged } = errorsOf({ size: { type: "string" } }, [{ rule }], { size: "1Mi" });
    assert.deepEqual(errors, []);
    assert.equal(logged.length, 1);
    assert.ok(logged[0]!.startsWith(`The sandbox cannot evaluate a rule, and takes it as met: ${rule}: `), logged[0]);
  }
});

Deno.test("ruleErrors() ends an evaluation that takes too long", () => {
  const list = { type: "array", items: { type: "integer" } };
  const rule = "self.list.all(x, self.list.all(y, self.list.all(z, x + y + z >= 0)))";
  const { errors, logged } = errorsOf({ list }, [{ rule }], { list: Array.from({ length: 3000 }, (_, i) => i) });
  assert.deepEqual(errors, []);
  assert.match(logged[0]!, /has not evaluated all rules of Shop, and admits it: not evaluated within \d+ ms/);
});

Deno.test("ruleErrors() takes keys of users for nothing else", () => {
  const map = { type: "object", additionalProperties: { type: "string" } };
  const rules = [{ rule: "self.map.all(key, self.map[key] == 'x')" }, { rule: "size(self.map) == 3" }];
  const spec = JSON.parse('{"map": {"constructor": "x", "__proto__": "x", "toString": "x"}}');
  assert.deepEqual(errorsOf({ map }, rules, spec), { errors: [], logged: [] });
});

Deno.test("ruleErrors() sees integers as int64 and numbers as doubles", () => {
  const properties = { big: { type: "integer" }, ratio: { type: "number" }, free: anything };
  const rules = [
    { rule: "self.big == 9007199254740993" },
    { rule: "type(self.ratio) == double && self.ratio / 2.0 == 1.0" },
    { rule: "type(self.free) == int" },
  ];
  const spec = { big: 9007199254740993n, ratio: 2, free: 2 };
  assert.deepEqual(errorsOf(properties, rules, spec), { errors: [], logged: [] });
});

Deno.test("ruleErrors() stops at a hundred errors", () => {
  const item = { type: "integer", "x-kubernetes-validations": [{ rule: "self > 0" }] };
  const { errors } = errorsOf({ list: { type: "array", items: item } }, [], { list: Array(500).fill(0) });
  assert.equal(errors.length, 100);
  assert.equal(errors[99], "spec.list[99]: Invalid value: 0: failed rule: self > 0");
});
