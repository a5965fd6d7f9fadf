import assert from "node:assert/strict";
import { planOf } from "../../tests/support/plans.ts";
import { posture } from "./posture.ts";

const shop = (more = "") =>
  `shop:
  apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
  mutation: {rules: [{field: spec.tier, default: standard}]}
  validation: {rules: [{field: spec.a, exists: true}, {field: spec.b, exists: true, action: warn}]}
${more}  operatorBox: {}
`;

Deno.test("posture() says which rules are enforced where", () => {
  assert.deepEqual(posture(planOf("shop: {apiTypes: {group: shop.example.org, version: v1, kind: Shop}}\n")), []);
  assert.deepEqual(posture(planOf(shop())), [
    "shop: 1 denial, 1 warning, 1 mutation: by the Runtime alone, before a reconcile",
  ]);
  const on = "gateway: {}\nsecurity: {webhooks: {admission: {enabled: true}}}\n";
  assert.deepEqual(posture(planOf(shop("  webhooks: {mutation: false}\n"), on)), [
    "shop: 1 denial, 1 warning, 1 mutation: validation by the Gateway (Ignore: stored unchecked while it is down), " +
    "all by the Runtime",
  ]);
});

Deno.test("posture() says where unique values are checked", () => {
  const entry = (more = "") =>
    `shop:
  apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
  validation: {rules: [{field: spec.host, operator: unique}, {field: spec.apiKey, operator: unique}]}
${more}  operatorBox: {}
`;
  const on = "gateway: {}\nsecurity: {webhooks: {admission: {enabled: true}}}\n";
  const asked =
    "shop: unique: spec.host: by the Runtime; the Gateway asks it, and admits with a warning where it does " +
    "not respond";
  assert.deepEqual(posture(planOf(entry(), on)).slice(1), [asked, "shop: unique: spec.apiKey: by the Runtime alone"]);
  const alone = ["shop: unique: spec.host, spec.apiKey: by the Runtime alone"];
  assert.deepEqual(posture(planOf(entry())).slice(1), alone);
  assert.deepEqual(posture(planOf(entry("  webhooks: {validation: false}\n"), on)).slice(1), alone);
  assert.deepEqual(posture(planOf(entry("  endpoints: {enabled: false}\n"), on)).slice(1), alone);
});

Deno.test("posture() says what is protected, and that nothing is without a Gateway", () => {
  const security =
    "security: {deletionProtection: {strictMode: true}, namespaceProtection: {restrictedNamespaces: [x]}}\n";
  const crds = "shop: {apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}}\n";
  assert.deepEqual(posture(planOf(crds, `gateway: {}\n${security}`)), [
    "deletion protection (Fail): CRDs shops.shop.example.org; CRs of Shop (strict)",
    "namespace protection (Fail): Shop",
  ]);
  for (const line of posture(planOf(crds, security))) {
    assert.match(line, /; the Katalog has no Gateway, so nothing is refused$/);
  }
});
