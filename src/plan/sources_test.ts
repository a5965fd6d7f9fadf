import assert from "node:assert/strict";
import { boxOf, describeEffect, describeWatch } from "../../tests/support/plans.ts";

const inTeam = "  namespace: team\n";
const clusterScoped = "  namespaced: false\n";
const allowed = (names: string) => `${inTeam}  allowedNamespaces: [${names}]\n`;
const copy = (fields: string) => `onReconcile: {secrets: [{name: copy, ${fields}}]}\n`;

/** The watches of sources. */
function watched(box: string, more = ""): string[] {
  return boxOf(box, more).watches.filter(({ role }) => role === "source").map(describeWatch);
}

Deno.test("a source is watched by its name, where it can stand", () => {
  const cases: [fields: string, more: string, expected: string][] = [
    ["fromSecret: s, fromNamespace: platform", "", "source Secret in platform where metadata.name=s"],
    ["fromSecret: s", inTeam, "source Secret in team where metadata.name=s"],
    ["fromSecret: s", "", "source Secret where metadata.name=s"],
    [
      "fromSecret: s, fromNamespace: '{{ .metadata.namespace }}'",
      inTeam,
      "source Secret in team where metadata.name=s",
    ],
    ["fromSecret: s", clusterScoped, "source Secret in default where metadata.name=s"],
    [
      "fromSecret: s, fromNamespace: '{{ .spec.a }}'",
      allowed("a, b"),
      "source Secret in a,b,team where metadata.name=s",
    ],
    ["fromSecret: s, fromNamespace: '{{ .spec.a }}'", allowed("'a-*'"), "source Secret where metadata.name=s"],
  ];
  for (const [fields, more, expected] of cases) assert.deepEqual(watched(copy(fields), more), [expected], fields);
});

Deno.test("sources of one name are one watch, and those that CRs name are none of the Plan", () => {
  const box = `onReconcile:
  secrets:
  - {name: a, fromSecret: s, fromNamespace: x}
  - {name: b, fromSecret: s, fromNamespace: y}
  - {name: c, fromSecret: r, fromNamespace: y}
  - {name: d, fromSecret: '{{ .spec.s }}', fromNamespace: z}
  configMaps: [{fromConfigMap: s, fromNamespace: x}]
`;
  assert.deepEqual(watched(box), [
    "source ConfigMap in x where metadata.name=s",
    "source Secret in y where metadata.name=r",
    "source Secret in x,y where metadata.name=s",
  ]);
});

Deno.test("the effects of a source are a list and a watch of its name, or of its kind where the CR names it", () => {
  // The copies themselves are in `far`, with names that the watch does not know.
  const effects = (fields: string) =>
    boxOf(copy(`${fields}, namespace: far`), inTeam).effects.map(describeEffect)
      .filter((effect) => /^(?:get|list|watch) secrets/.test(effect));
  assert.deepEqual(effects("fromSecret: s, fromNamespace: platform"), [
    "get secrets in far of copy",
    "list secrets in far",
    "list secrets in platform of s",
    "watch secrets in far",
    "watch secrets in platform of s",
  ]);
  assert.deepEqual(effects("fromSecret: '{{ .spec.s }}', fromNamespace: platform"), [
    "get secrets in far of copy",
    "list secrets in far,platform",
    "watch secrets in far,platform",
  ]);
  assert.deepEqual(effects("fromSecret: '{{ .spec.s }}'").slice(1), [
    "list secrets in far,team",
    "watch secrets in far,team",
  ]);
});

Deno.test("children in several namespaces are watched and written there, and cleaned up where they are far", () => {
  const plan = (targets: string, more: string) => {
    const box = boxOf(`onReconcile: {secrets: [{data: {a: b}, toNamespaces: ${targets}}]}\n`, more);
    const [watch] = box.watches.filter(({ role }) => role === "children");
    return [watch!.namespaces?.join(",") ?? "all", box.finalizer];
  };
  assert.deepEqual(plan("[a, b]", inTeam), ["a,b", true]);
  assert.deepEqual(plan("[team]", inTeam), ["team", false]);
  assert.deepEqual(plan("['{{ .metadata.namespace }}']", ""), ["all", false]);
  assert.deepEqual(plan("['{{ .spec.a }}', x]", allowed("a, b")), ["a,b,team,x", true]);
  assert.deepEqual(plan("'{{ .spec.a }}'", allowed("'a-*'")), ["all", true]);
  assert.deepEqual(plan("[a, b]", clusterScoped), ["a,b", false]);
});
