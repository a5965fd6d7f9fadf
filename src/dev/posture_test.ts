import assert from "node:assert/strict";
import type { JsonMap } from "../base/json.ts";
import { planOf } from "../../tests/support/plans.ts";
import { widgetKatalog } from "../../tests/support/policies.ts";
import { derivePlan } from "../plan/mod.ts";
import { compileKinds } from "../policy/mod.ts";
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

Deno.test("posture() says which HTTP calls are made, by whom, and with which Secret", () => {
  const entry = `shop:
  apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
  mutation: {external: [{name: a, url: "https://a.test/{{ .spec.x }}", method: POST}], rules: [{field: spec.t, default: x}]}
  validation: {external: [{name: b, url: "http://b.test:81/", fires: {reconcile: false}}], rules: [{field: spec.t, exists: true}]}
  operatorBox:
    onReconcile:
      external: [{name: c, url: "{{ .spec.url }}"}]
    onCreate:
      external: [{name: d, url: "https://d.test/", auth: {secretRef: {namespace: n, name: s, key: k}}}]
`;
  const on = "gateway: {}\nsecurity: {webhooks: {admission: {enabled: true}}}\n";
  const lines = (security = "") => posture(planOf(entry, security)).filter((line) => line.includes("external["));
  assert.deepEqual(lines(on), [
    'shop: mutation.external[0] "a": POST https://a.test:443: by Runtime and Gateway',
    'shop: validation.external[0] "b": GET http://b.test:81: by Gateway',
    'shop: onReconcile.external[0] "c": GET a host that templates choose: by Runtime',
    'shop: onCreate.external[0] "d": GET https://d.test:443, with key "k" of Secret n/s: by Runtime',
  ]);
  assert.deepEqual(lines().slice(0, 2).map((line) => line.split(": by ")[1]), ["Runtime", "nobody yet"]);
});

Deno.test("posture() says for each rule what enforces it, what could, and why something could not", () => {
  const rules: JsonMap[] = [
    { field: "spec.size", max: 3, message: "m" },
    { field: "spec.size", min: 0, message: "m", action: "warn", fires: { reconcile: false } },
    { field: "spec.any", exists: true, message: "m" },
  ];
  const lines = (more = {}): string[] => {
    const katalog = widgetKatalog(
      { mutation: { rules: [{ field: "spec.on", default: true }] }, validation: { rules } },
      undefined,
      more,
    );
    return posture(derivePlan(katalog), compileKinds(katalog)).map((line) => line.replace(/k\.yaml:\d+:\d+/, "at"));
  };
  const unknown = "the type of spec.any is not known: give it one in the schema of the CRD";
  assert.deepEqual(lines().slice(1), [
    "  at spec.on default true: Runtime; ork generate: policies",
    "  at spec.size must be at most 3: Runtime; ork generate: policies, crd",
    "  at spec.size must be at least 0: nowhere yet; ork generate: policies; not crd: a CRD has no warnings",
    `  at spec.any must be set: Runtime; not policies, crd: ${unknown}`,
  ]);
  assert.deepEqual(lines({ gateway: {}, security: { webhooks: { admission: { enabled: true } } } }).slice(1), [
    "  at spec.on default true: Runtime, Gateway; ork generate: policies",
    "  at spec.size must be at most 3: Runtime, Gateway; ork generate: policies, crd",
    "  at spec.size must be at least 0: Gateway; ork generate: policies; not crd: a CRD has no warnings",
    `  at spec.any must be set: Runtime, Gateway; not policies, crd: ${unknown}`,
  ]);
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

Deno.test("posture() says what is read of other Runtimes, and what those may read", () => {
  const crds = `shop:
  apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
  crossAccess: true
  operatorBox:
    cross:
      - {crd: queue, selector: {name: a}, source: {host: "https://other", auth: {tokenFile: /t}}}
      - {crd: db, selector: {name: a}, source: {host: "http://other"}}
      - {crd: shop, selector: {name: a}}
hidden:
  apiTypes: {group: shop.example.org, version: v1, kind: Hidden, plural: hiddens}
  crossAccess: true
  endpoints: {info: false}
`;
  assert.deepEqual(posture(planOf(crds)), [
    "shop: reads of other Runtimes: queue@https://other (with a token), db@http://other",
    "shop: every client of the HTTP API can read its objects, specs included (crossAccess: true)",
  ]);
});
