import assert from "node:assert/strict";
import { loadKatalog } from "../katalog/mod.ts";
import { compareGateways, comparePlans, describeDifference, leftFinalizers } from "./compare.ts";
import { derivePlan } from "./derive.ts";
import type { Plan } from "./plan.ts";

function planOf(crds: string, more = ""): Plan {
  const text = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: test }
${more}spec:
  crds:
${crds.replace(/^/gm, "    ")}
`;
  const { katalog, findings } = loadKatalog(
    [{ path: "katalog.yaml", bytes: new TextEncoder().encode(text) }],
    () => undefined,
  );
  assert.ok(katalog !== undefined, JSON.stringify(findings));
  return derivePlan(katalog);
}

function box(name: string, kind: string, body: string): string {
  return `${name}:\n  apiTypes: { group: a.dev, version: v1, kind: ${kind}, plural: ${kind.toLowerCase()}s }\n  operatorBox:\n${
    body.replace(/^/gm, "    ")
  }`;
}

const web = box("web", "Web", "reconciler: { workers: 1 }\nonReconcile:\n  configMaps: [{ data: { a: b } }]");

function compare(before: string, after: string): string[] {
  return comparePlans(planOf(before), planOf(after)).map(describeDifference);
}

Deno.test("comparePlans() finds nothing where only comments and positions differ", () => {
  assert.deepEqual(compare(web, `# a comment\n\n${web}`), []);
});

Deno.test("comparePlans() names boxes that come and go, and what changes in others", () => {
  const db = box("db", "Db", "onReconcile:\n  services: [{ port: 80, selector: { a: b } }]");
  assert.deepEqual(compare(web, `${web}\n${db}`), ["+ db"]);
  assert.deepEqual(compare(`${web}\n${db}`, web), ["- db"]);
  const changed = box(
    "web",
    "Web",
    "reconciler: { workers: 3 }\nonReconcile:\n  configMaps: [{ data: { a: c } }, { name: more, data: { a: b } }]",
  );
  assert.deepEqual(compare(web, changed), [
    "~ web: onReconcile.configMaps[0].fields.data.a: b → c; onReconcile.configMaps[1]: absent → declared; " +
    "reconciler.workers: 1 → 3",
  ]);
});

Deno.test("comparePlans() lists the first differences and counts the rest", () => {
  const many = (value: string) =>
    box(
      "web",
      "Web",
      `onReconcile:\n  configMaps: [{ data: { a: ${value}, b: ${value}, c: ${value}, d: ${value}, e: ${value}, f: ${value} } }]`,
    );
  const [line] = compare(many("x"), many("y"));
  assert.match(line!, /^~ web: .*data\.a: x → y; .*data\.e: x → y; and 1 more$/);
});

Deno.test("comparePlans() sorts boxes by name, and follows lists of one length item by item", () => {
  const cart = box("cart", "Cart", "onReconcile:\n  configMaps: [{ data: { a: b } }]");
  assert.deepEqual(compare(web, `${web}\n${box("db", "Db", "reconciler: { workers: 1 }")}\n${cart}`), [
    "+ cart",
    "+ db",
  ]);
  const conditions = (...values: string[]) =>
    box(
      "web",
      "Web",
      `onReconcile:\n  configMaps: [{ data: { a: b }, when: [${
        values.map((value) => `{ field: spec.a, equals: ${value} }`).join(", ")
      }] }]`,
    );
  assert.deepEqual(compare(conditions("x", "y"), conditions("x", "z")), [
    "~ web: onReconcile.configMaps[0].when[1].value.text: y → z",
  ]);
  assert.match(compare(conditions("x"), conditions("x", "z"))[0]!, /^~ web: onReconcile\.configMaps\[0\]\.when: \[/);
});

Deno.test("compareGateways() lists the first differences and counts the rest", () => {
  const rules = (value: string) =>
    ["a", "b", "c", "d", "e", "f", "g"].map((name) => `{ field: spec.${name}, equals: ${value} }`).join(", ");
  const gate = "gateway: {}\nsecurity: { webhooks: { admission: { enabled: true } } }\n";
  const plan = (value: string) =>
    planOf(
      `web:\n  apiTypes: { group: a.dev, version: v1, kind: Web }\n  validation: { rules: [${rules(value)}] }`,
      gate,
    );
  const [line] = compareGateways(plan("x"), plan("y"));
  assert.match(line!, /^~ Gateway: .*; .*; and \d+ more$/);
});

Deno.test("leftFinalizers() warns of operators that leave their finalizer on objects", () => {
  const far = (name: string, kind: string, more = "") =>
    box(name, kind, "onReconcile:\n  configMaps: [{ namespace: far, data: { a: b } }]")
      .replace("  apiTypes", `${more}  apiTypes`);
  const left = (before: string, after: string) =>
    leftFinalizers(planOf(before), planOf(after)).map(({ message }) => message);
  const warning = "web: each Web keeps the finalizer web.orkestra.orkspace.io/cleanup, and cannot be deleted once " +
    "nothing removes it; delete them while this operator runs, or remove the finalizer";
  assert.deepEqual(left(far("web", "Web"), far("mail", "Mail")), [warning]);
  assert.deepEqual(left(far("web", "Web"), far("web", "Mail")), [warning], "of another kind");
  assert.deepEqual(left(far("web", "Web"), far("site", "Web")), [
    `${warning}; or, if site takes its place, list web under formerNames there`,
  ]);
  assert.deepEqual(left(far("web", "Web"), far("site", "Web", "  formerNames: [web]\n")), []);
  assert.deepEqual(left(far("web", "Web"), web), [], "it is removed by the operator, which needs it no more");
  assert.deepEqual(left(web, far("mail", "Mail")), [], "it has none");
});

Deno.test("compareGateways() says what a Gateway does otherwise, and nothing of boxes", () => {
  const admission = (failurePolicy: string) =>
    `gateway: {}\nsecurity: { webhooks: { admission: { enabled: true }, failurePolicy: ${failurePolicy} } }\n`;
  const [ignores, fails] = ["Ignore", "Fail"].map((policy) => planOf(web, admission(policy)));
  assert.deepEqual(compareGateways(ignores!, fails!), ["~ Gateway: gateway.admission.failurePolicy: Ignore → Fail"]);
  assert.deepEqual(comparePlans(ignores!, fails!), []);
  assert.deepEqual(compareGateways(ignores!, planOf(`# a comment\n${web}`, admission("Ignore"))), []);
  assert.match(compareGateways(planOf(web), fails!)[0]!, /^~ Gateway: gateway: absent → /);
});
