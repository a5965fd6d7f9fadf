import assert from "node:assert/strict";
import { loadKatalog } from "../../katalog/mod.ts";
import { expandKatalog } from "../../katalog/mod.ts";
import { derivePlan } from "../../plan/mod.ts";
import { countChanges, diffPlans } from "./plan_diff.ts";
import { diffLines } from "./print_diff.ts";
import { nothingInstalled, type Side } from "./side.ts";

const context = { namespace: "orkestra-system", leases: "process" } as const;

function side(crds: string, more = "", name = "katalog.yaml"): Side {
  const text = `apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: demo}\n${more}spec:\n  crds:\n${
    crds.replace(/^(?=.)/gm, "    ")
  }`;
  const { katalog, findings } = loadKatalog([{ path: name, bytes: new TextEncoder().encode(text) }], () => undefined);
  assert.ok(katalog !== undefined, Deno.inspect(findings));
  return { name, plan: derivePlan(katalog), katalog: expandKatalog(katalog) };
}

const shop = (reconcile: string, more = "") =>
  `shop:
  apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
${more}  operatorBox:
    onReconcile:
${reconcile.replace(/^(?=.)/gm, "      ")}
`;
const maps = (data: string) => `configMaps: [{name: "{{ .metadata.name }}-conf", data: {a: ${data}}}]\n`;

/** The lines of a diff, without colours. */
function lines(before: Side, after: Side): string[] {
  return diffLines(diffPlans(before, after, context), [], { colour: false });
}

Deno.test("diffPlans() finds nothing between a Katalog and itself, wherever its lines are", () => {
  const one = side(shop(maps("b")));
  assert.equal(countChanges(diffPlans(one, one, context)), 0);
  assert.equal(countChanges(diffPlans(one, side(`# a comment\n${shop(maps("b"))}`, "", "other.yaml"), context)), 0);
});

Deno.test("diffPlans() names a field that changed, and nothing else for it", () => {
  assert.deepEqual(lines(side(shop(maps("b"))), side(shop(maps("c")))), [
    "Operators",
    "  ~ shop (Shop.shop.example.org)",
    '      ~ operatorBox.onReconcile.configMaps[0].data.a: "b" → "c"',
  ]);
});

Deno.test("diffPlans() shows what a kind of child more comes to: one watch, and its permissions", () => {
  const after = `${maps("b")}services: [{name: "{{ .metadata.name }}", port: 80}]\n`;
  const found = lines(side(shop(maps("b"))), side(shop(after)));
  assert.deepEqual(found.slice(0, 2), ["Operators", "  ~ shop (Shop.shop.example.org)"]);
  assert.match(found[2]!, /^ {6}\+ operatorBox\.onReconcile\.services: /);
  assert.deepEqual(found.slice(3), [
    "Watches",
    "  + shop: children, Service, labels orkestra.orkspace.io/owner-kind=Shop.shop.example.org",
    "Permissions",
    "  + runtime: get, list, watch, create, patch, delete services  (katalog.yaml:11)",
  ]);
});

Deno.test("diffPlans() shows an entry that moves to one namespace as rights that are gained and lost", () => {
  const diff = diffPlans(side(shop(maps("b"))), side(shop(maps("b"), "  namespace: team\n")), context);
  const configMaps = diff.permissions.filter(({ resource }) => resource === "configmaps");
  assert.deepEqual(configMaps.map(({ change, namespace, verbs }) => [change, namespace, verbs.join()]), [
    ["added", "team", "get,list,watch,create,patch,delete"],
    ["removed", undefined, "get,list,watch,create,patch,delete"],
  ]);
  assert.deepEqual(diff.watches.filter(({ change }) => change === "added").map(({ namespaces }) => namespaces), [
    ["team"],
    ["team"],
  ]);
});

Deno.test("diffPlans() shows entries that come and go", () => {
  const other =
    `bin:\n  apiTypes: {group: shop.example.org, version: v1, kind: Bin, plural: bins}\n  operatorBox: {}\n`;
  const [before, after] = [side(shop(maps("b"))), side(other)];
  const boxes = diffPlans(before, after, context).boxes.map(({ change, name, kind }) => [change, name, kind]);
  assert.deepEqual(boxes, [["added", "bin", "Bin.shop.example.org"], ["removed", "shop", "Shop.shop.example.org"]]);
});

Deno.test("diffPlans() shows webhooks, their failure policy, and the rights of a Gateway", () => {
  const rules = "  validation: {rules: [{field: spec.a, exists: true, message: m}]}\n";
  const security = (policy: string) =>
    `gateway: {}\nsecurity: {webhooks: {failurePolicy: ${policy}, admission: {enabled: true}}}\n`;
  const without = side(shop(maps("b")));
  const ignore = side(shop(maps("b"), rules), security("Ignore"));
  const fail = side(shop(maps("b"), rules), security("Fail"));
  const come = diffPlans(without, ignore, context);
  assert.deepEqual(come.webhooks.map(({ change, kind, webhook }) => `${change} ${kind} ${webhook}`), [
    "added ValidatingWebhookConfiguration validate.orkestra.orkspace.io",
  ]);
  assert.ok(come.permissions.some(({ component, change }) => component === "gateway" && change === "added"));
  const stricter = diffPlans(ignore, fail, context);
  assert.deepEqual(stricter.webhooks.map(({ fields }) => fields), [
    [{ path: "failurePolicy", before: "Ignore", after: "Fail" }],
  ]);
  assert.ok(stricter.katalog.length > 0, "it is a setting of the Katalog itself");
  assert.equal(stricter.boxes.length, 0);
});

Deno.test("diffPlans() does not show what may be a secret", () => {
  const secrets = (token: string) => `secrets: [{name: "{{ .metadata.name }}-key", data: {token: ${token}}}]\n`;
  const found = lines(side(shop(secrets("hunter2"))), side(shop(secrets("hunter3"))));
  assert.deepEqual(found.slice(2), ["      ~ operatorBox.onReconcile.secrets[0].data.token: differs (not shown)"]);
});

Deno.test("diffPlans() shows all as new where nothing is installed, and takes no rights away", () => {
  const after = side(shop(maps("b")));
  const diff = diffPlans(nothingInstalled(after, "nothing"), after, context);
  assert.deepEqual(diff.boxes.map(({ change }) => change), ["added"]);
  assert.deepEqual([...new Set(diff.permissions.map(({ change }) => change))], ["added"]);
  assert.deepEqual(diff.katalog, []);
});
