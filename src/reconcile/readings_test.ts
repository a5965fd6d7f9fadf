import assert from "node:assert/strict";
import { planOf } from "../../tests/support/plans.ts";
import { builtInType } from "../k8s/resource_types.ts";
import { Templates } from "../template/compiled_text.ts";
import type { ViewDepth } from "./observed.ts";
import { childKindsIn, readingsOf, textsOfCalls } from "./readings.ts";

const configMap = builtInType("ConfigMap")!;
const cronJob = builtInType("CronJob")!;
const claim = builtInType("PersistentVolumeClaim")!;
const secret = builtInType("Secret")!;
const zone = { group: "a.dev", version: "v1", kind: "Zone", plural: "zones", namespaced: true };

/** What a box with these readings would keep of its children; `more` is of the entry of `spec.crds`. */
function readings(operatorBox: string, more = "") {
  const [plan] = planOf(`web:
  apiTypes: { group: demo.dev, version: v1, kind: Web, plural: webs }
${more.replace(/^(?=.)/gm, "  ")}
  operatorBox:
${operatorBox.replace(/^(?=.)/gm, "    ")}\n`).boxes;
  return readingsOf(plan!, new Templates());
}

const reading = (path: string) => `onReconcile:\n  configMaps: [{ name: a, data: { a: "{{ ${path} }}" } }]`;

const depths: [path: string, type: typeof configMap, depth: ViewDepth][] = [
  [".spec.a", configMap, "none"],
  [".children.configMap.metadata.name", configMap, "metadata"],
  [".children.configMap.kind", configMap, "metadata"],
  [".children.configMap.apiVersion", configMap, "metadata"],
  [".children.configMap.status.phase", configMap, "status"],
  [".children.configMap.data.a", configMap, "whole"],
  [".children.configMap.spec", configMap, "whole"],
  [".children.configMap", configMap, "whole"],
  [".children.configmap.status.phase", configMap, "status"],
  [".children.configMaps.one.status.phase", configMap, "status"],
  [".children.configmaps.one.metadata.name", configMap, "metadata"],
  [".children.configMaps.one", configMap, "whole"],
  [".children.configMaps", configMap, "whole"],
  [".children.cronJobs.one.status.active", cronJob, "status"],
  [".children.cronJob.status.active", cronJob, "status"],
  [".children.pvc.status.phase", claim, "status"],
  [".children.secret.data.a", configMap, "none"],
  [".children.custom.z.status.phase", zone, "status"],
  [".children.customs.z.metadata.name", zone, "metadata"],
  [".children.zone.status", zone, "status"],
  [".children", configMap, "whole"],
  [".", configMap, "whole"],
];

for (const [path, type, depth] of depths) {
  Deno.test(`depthOf(): of a ${type.kind}, ${path} reads ${depth}`, () => {
    assert.equal(readings(reading(path)).depthOf(type), depth);
  });
}

Deno.test("depthOf(): the most that is read anywhere is kept", () => {
  const { depthOf } = readings(
    `onReconcile:
  configMaps: [{ name: a, data: { a: "{{ .children.configMap.metadata.name }}" } }]
status:
  fields: [{ path: a, value: "{{ .children.configMap.status.phase }}" }]`,
  );
  assert.equal(depthOf(configMap), "status");
});

Deno.test("depthOf(): what only a status, readyWhen or onDelete reads is kept too", () => {
  const entry = "onReconcile:\n  configMaps: [{ name: a, data: { a: b } }]\n";
  const boxes = [
    `${entry}status:\n  fields: [{ path: a, value: "{{ .children.configMap.status.a }}" }]`,
    `${entry}status:\n  readyWhen: [{ field: children.configMap.status.a }]`,
    `${entry}onDelete:\n  jobs: [{ name: j, image: "{{ .children.configMap.status.a }}" }]`,
  ];
  for (const box of boxes) assert.equal(readings(box).depthOf(configMap), "status", box);
});

Deno.test("depthOf(): .child of an entry's readyWhen is of its own kind", () => {
  const { depthOf } = readings(`onReconcile:
  configMaps:
    - { name: a, data: { a: b }, readyWhen: [{ field: child.status.phase, equals: Up }] }
    - { name: b, data: { a: b }, readyWhen: [{ field: child.metadata.name, equals: b }] }
  secrets: [{ name: s, data: { a: b } }]`);
  assert.deepEqual([depthOf(configMap), depthOf(secret)], ["status", "none"]);
});

const rereads: [what: string, box: string, more: string, expected: boolean][] = [
  ["an entry that reads children", reading(".children.secret.data.a"), "", true],
  ["an entry that reads everything", reading("."), "", true],
  ["an entry that reads the spec", reading(".spec.children"), "", false],
  [
    "a status that reads children",
    'status:\n  fields: [{ path: a, value: "{{ .children.secret.data.a }}" }]',
    "",
    false,
  ],
  [
    "a rule that reads children",
    "onReconcile: {}",
    "validation: { rules: [{ field: children.secret.metadata.name, equals: a, fires: { reconcile: true } }] }",
    true,
  ],
];

for (const [what, box, more, expected] of rereads) {
  Deno.test(`rereadsChildren: ${what} ${expected ? "depends" : "does not depend"} on what the pass writes`, () => {
    assert.equal(readings(box, more).rereadsChildren, expected);
  });
}

Deno.test("ownStatus: whatever reads the status, or everything, may change by writing it", () => {
  assert.equal(readings(reading(".status.phase")).ownStatus, true);
  assert.equal(readings(reading(".")).ownStatus, true);
  assert.equal(readings('status:\n  fields: [{ path: a, value: "{{ .status.b }}" }]').ownStatus, true);
  assert.equal(readings(reading(".spec.status")).ownStatus, false);
});

Deno.test("childKindsIn() finds the kinds that texts read, at any depth of what holds them", () => {
  const kinds = (texts: unknown) => childKindsIn(texts, [configMap, secret], new Templates()).map(({ kind }) => kind);
  assert.deepEqual(kinds([{ a: ["x", { text: "{{ .children.secret.data.a }}" }] }]), ["Secret"]);
  assert.deepEqual(kinds("children.configMap.metadata.name"), ["ConfigMap"], "a path of a condition");
  assert.deepEqual(kinds("{{ .children }}"), ["ConfigMap", "Secret"]);
  assert.deepEqual(kinds(["{{ .spec.a }}", 3, null, undefined, "no path: at all"]), []);
});

Deno.test("textsOfCalls() has all of a call that is rendered, and not its credentials", () => {
  const call = { name: "c", url: "u", headers: { a: "h" }, body: "b", when: ["w"], or: ["o"], auth: "secret" };
  const external = { mutation: [call], validation: [], children: [call] };
  const texts = ["u", { a: "h" }, "b", ["w"], ["o"]];
  assert.deepEqual(textsOfCalls({ external } as never), [texts, texts]);
});

Deno.test("rereadsChildren: autoscale starts from the number that the child has, whatever its conditions read", () => {
  const autoscale = "autoscale: { max: 3, scaleUp: { conditions: { when: [{ field: spec.a }] } } }";
  const box = (more: string) => `onReconcile:\n  deployments: [{ image: x${more} }]`;
  assert.equal(readings(box(`, ${autoscale}`)).rereadsChildren, true);
  assert.equal(readings(box("")).rereadsChildren, false);
});
