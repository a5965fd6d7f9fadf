import assert from "node:assert/strict";
import type { DeleteChild } from "../../reconcile/mod.ts";
import { Conflicts } from "./conflicts.ts";

const change = (name: string): DeleteChild => ({
  action: "delete",
  from: undefined,
  type: { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true },
  key: `shop/${name}`,
  uid: "1",
  cause: { why: "undeclared" },
});

Deno.test("a conflict is lasting from the sixth in a row of a child on", () => {
  const conflicts = new Conflicts();
  const met = () => conflicts.isLasting(change("one"));
  assert.deepEqual(Array.from({ length: 7 }, met), [false, false, false, false, false, true, true]);
  assert.equal(conflicts.isLasting(change("two")), false);
  conflicts.over(change("one"));
  assert.equal(met(), false);
});
