import assert from "node:assert/strict";
import { isDnsSubdomain } from "../k8s/names.ts";
import { policyName } from "./policies.ts";

Deno.test("policyName() is a name of Kubernetes, and no other Katalog's", () => {
  assert.equal(policyName("shop", "order", "deny"), "orkestra-shop-order-deny");
  const katalogs = ["shop", "Shop", "shop, mail", "shop-mail", "x".repeat(300), `${"x".repeat(300)}y`, "é", "-", "a.b"];
  const names = katalogs.flatMap((
    katalog,
  ) => [policyName(katalog, "k".repeat(63), "mutate"), policyName(katalog, "k", "warn")]);
  for (const name of names) assert.ok(isDnsSubdomain(name), name);
  assert.equal(new Set(names).size, names.length);
});
