import assert from "node:assert/strict";
import { isDnsSubdomain } from "../k8s/names.ts";
import type { JsonMap } from "../base/json.ts";
import { widgetDefinition, widgetKatalog } from "../../tests/support/policies.ts";
import { compileKinds } from "./compile_kinds.ts";
import { policyName, policyObjects } from "./policies.ts";

/** The validations of the policy that denies what breaks these rules. */
function denials(rules: readonly JsonMap[]): JsonMap[] {
  const kinds = compileKinds(widgetKatalog({ validation: { rules: [...rules] } }, widgetDefinition("test.example")));
  return (policyObjects("demo", kinds)[0]!.object["spec"] as JsonMap)["validations"] as JsonMap[];
}

Deno.test("policyObjects() has one rule say its message itself, and all denials of several in one validation", () => {
  const size = { field: "spec.size", max: 3, message: "at most 3" };
  const [one, ...others] = denials([size]);
  assert.deepEqual([one!["message"], one!["messageExpression"], others.length], ["spec.size: at most 3", undefined, 0]);
  const all = denials(Array.from({ length: 20 }, (_, n) => ({ ...size, max: n, message: `at most ${n}` })));
  assert.equal(all.length, 1);
  assert.match(String(all[0]!["messageExpression"]), /"spec.size: at most 0".*"spec.size: at most 19"/);
});

Deno.test("policyObjects() splits rules whose messages together are longer than the API server takes", () => {
  const rules = Array.from({ length: 12 }, (_, n) => ({ field: "spec.size", max: n, message: "x".repeat(1000) }));
  const parts = denials(rules);
  assert.deepEqual(
    parts.map(({ message }) => message),
    [5, 5, 2].map((count) => `breaks one or more of ${count} rules`),
  );
  const named = parts.flatMap(({ expression }) => String(expression).split(" && "));
  assert.deepEqual(named, rules.map((_, n) => `variables.rule${n + 1}`));
});

Deno.test("policyName() is a name of Kubernetes, and no other Katalog's", () => {
  assert.equal(policyName("shop", "order", "deny"), "orkestra-shop-order-deny");
  const katalogs = ["shop", "Shop", "shop, mail", "shop-mail", "x".repeat(300), `${"x".repeat(300)}y`, "é", "-", "a.b"];
  const names = katalogs.flatMap((
    katalog,
  ) => [policyName(katalog, "k".repeat(63), "mutate"), policyName(katalog, "k", "warn")]);
  for (const name of names) assert.ok(isDnsSubdomain(name), name);
  assert.equal(new Set(names).size, names.length);
});
