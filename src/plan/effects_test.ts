import assert from "node:assert/strict";
import { boxOf, describeEffect, planOf } from "../../tests/support/plans.ts";
import type { BoxPlan } from "./plan.ts";

const config = (fields = "") => `{${fields}data: {a: "1"}}`;
const custom = (apiVersion: string, kind: string, metadata: string, more = "") =>
  `{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {${metadata}}${more}}`;
const inTeam = "  namespace: team\n";
const clusterScoped = "  namespaced: false\n";

const describe = (box: BoxPlan) => box.effects.map(describeEffect);

/** The effects on one resource, without its name: `get in team of x`, `patch/status`. */
function effectsOn(resource: string, box: string, more = "", security = ""): string[] {
  return describe(boxOf(box, more, security)).flatMap((effect) => {
    const [verb, on, ...rest] = effect.split(" ");
    const [name, subresource] = on!.split("/");
    if (name !== resource) return [];
    return [[subresource === undefined ? verb : `${verb}/${subresource}`, ...rest].join(" ")];
  });
}

const shops = "shops.shop.example.org";

Deno.test("deriveEffects() is all that a box of nothing but CRs does", () => {
  assert.deepEqual(describe(boxOf("{}\n")), [
    "list customresourcedefinitions.apiextensions.k8s.io of shops.shop.example.org",
    "watch customresourcedefinitions.apiextensions.k8s.io of shops.shop.example.org",
    "create events.events.k8s.io",
    "patch events.events.k8s.io",
    "get shops.shop.example.org",
    "list shops.shop.example.org",
    "watch shops.shop.example.org",
    "patch shops.shop.example.org/status",
  ]);
});

Deno.test("deriveEffects() writes on CRs only what the box needs", () => {
  const far = `onReconcile: {configMaps: [${config("namespace: shared, ")}]}\n`;
  const near = `onReconcile: {configMaps: [${config()}]}\n`;
  const seen = ["get", "list", "watch"];
  const cases: [box: string, more: string, expected: string[]][] = [
    ["{}\n", "", [...seen, "patch/status"]],
    ["{}\n", "  labels: {team: a}\n", [...seen, "patch", "patch/status"]],
    ["{}\n", "  formerNames: [store]\n", [...seen, "patch", "patch/status"]],
    [near, "", [...seen, "update/finalizers", "patch/status"]],
    [far, "", [...seen, "patch", "update/finalizers", "patch/status"]],
    [near, inTeam, [...seen, "update/finalizers", "patch/status"].map((effect) => `${effect} in team`)],
    // A CR of the team cannot own what stands elsewhere.
    [far, inTeam, [...seen, "patch", "patch/status"].map((effect) => `${effect} in team`)],
    [far, clusterScoped, [...seen, "update/finalizers", "patch/status"]],
    // Nor a Job of onDelete, which is deleted by the box then.
    [
      "onDelete: {jobs: [{name: j, image: x, namespace: shared}]}\n",
      inTeam,
      [...seen, "patch", "patch/status"].map((effect) => `${effect} in team`),
    ],
    [
      "onDelete: {jobs: [{name: j, image: x}]}\n",
      inTeam,
      [...seen, "patch", "update/finalizers", "patch/status"].map((effect) => `${effect} in team`),
    ],
    // Neither owner reference nor finalizer for what is kept.
    [near.replace("{data", "{deletionPolicy: Retain, data"), "", [...seen, "patch/status"]],
    [far.replace("{name", "{deletionPolicy: Retain, name"), "", [...seen, "patch/status"]],
    [
      `deletionPolicy: Retain\n${far.replace("{name", "{deletionPolicy: Delete, name")}`,
      "",
      [...seen, "patch", "update/finalizers", "patch/status"],
    ],
    [`deletionPolicy: Retain\n${far}`, "", [...seen, "patch/status"]],
    [
      near,
      "  fieldSelector: {metadata.name: one}\n  labels: {team: a}\n",
      [...seen, "patch", "update/finalizers", "patch/status"].map((effect) => `${effect} of one`),
    ],
    ["{}\n", "  labelSelector: {tier: gold}\n  fieldSelector: {spec.color: red}\n", [...seen, "patch/status"]],
  ];
  for (const [box, more, expected] of cases) {
    assert.deepEqual(effectsOn(shops, box, more).sort(), expected.toSorted(), `${box} ${more}`);
  }
});

Deno.test("deriveEffects() leaves status and definition of built-in kinds alone", () => {
  const near = `onReconcile: {configMaps: [${config()}]}`;
  const plan = planOf(`a:\n  apiTypes: {kind: Pod}\n  labelSelector: {a: "b"}\n  operatorBox: {${near}}\n`);
  assert.deepEqual(describe(plan.boxes[0]!).filter((effect) => !effect.includes("configmaps")), [
    "list pods",
    "watch pods",
    "update pods/finalizers",
    "create events.events.k8s.io",
    "patch events.events.k8s.io",
  ]);
});

Deno.test("deriveEffects() sends Events where CRs and their definition are reported on", () => {
  const cases: [more: string, where: string][] = [
    ["", ""],
    [inTeam, " in default,team"],
    ["  namespace: default\n", " in default"],
    [clusterScoped, " in default"],
  ];
  for (const [more, where] of cases) {
    assert.deepEqual(effectsOn("events.events.k8s.io", "{}\n", more), [`create${where}`, `patch${where}`], more);
  }
  const builtIn: [kind: string, more: string, where: string][] = [
    ["Pod", "  namespace: team\n", "team"],
    ["Node", "  namespaced: false\n", "default"],
  ];
  for (const [kind, more, where] of builtIn) {
    const box = planOf(`a:\n  apiTypes: {kind: ${kind}}\n  labelSelector: {a: "b"}\n${more}`).boxes[0]!;
    assert.deepEqual(describe(box).filter((effect) => effect.includes("events")), [
      `create events.events.k8s.io in ${where}`,
      `patch events.events.k8s.io in ${where}`,
    ]);
  }
});

Deno.test("deriveEffects() does to children what their upkeep takes", () => {
  const kept = ["get", "list", "watch", "create", "patch", "delete"];
  const cases: [box: string, more: string, expected: string[]][] = [
    [`onReconcile: {configMaps: [${config()}]}\n`, "", kept],
    [`onCreate: {configMaps: [${config("reconcile: true, ")}]}\n`, "", kept],
    [`onReconcile: {configMaps: [${config("deletionPolicy: Retain, ")}]}\n`, "", kept.filter((v) => v !== "delete")],
    [`onReconcile: {configMaps: [${config("adopt: true, ")}]}\n`, "", kept],
    // What is only created is neither looked at nor changed; beside its CR the garbage collector removes it.
    [`onCreate: {configMaps: [${config()}]}\n`, "", ["list", "watch", "create"]],
    [`onCreate: {configMaps: [${config("deletionPolicy: Retain, ")}]}\n`, "", ["list", "watch", "create"]],
    // Taken over: it gets labels and an owner, and to change an owner takes the right to delete.
    [`onCreate: {configMaps: [${config("adopt: true, ")}]}\n`, "", kept],
    [
      `onCreate: {configMaps: [${config("adopt: true, deletionPolicy: Retain, ")}]}\n`,
      "",
      ["get", "list", "watch", "create", "patch"],
    ],
  ];
  for (const [box, more, expected] of cases) assert.deepEqual(effectsOn("configmaps", box, more), expected, box);
  const far = (fields: string) => `onCreate: {configMaps: [${config(`namespace: shared, ${fields}`)}]}\n`;
  const shared = (verbs: string[]) => verbs.map((verb) => `${verb} in shared`);
  assert.deepEqual(effectsOn("configmaps", far("")), shared(["list", "watch", "create", "delete"]));
  assert.deepEqual(effectsOn("configmaps", far("deletionPolicy: Retain, ")), shared(["list", "watch", "create"]));
  assert.deepEqual(effectsOn("configmaps", far(""), clusterScoped), shared(["list", "watch", "create"]));
  assert.deepEqual(
    effectsOn("configmaps", far("adopt: true, deletionPolicy: Retain, ")),
    shared(["get", "list", "watch", "create", "patch"]),
  );
});

Deno.test("deriveEffects() patches kinds that are never changed in place only where they are kept", () => {
  const entries = "jobs: [{image: i}], serviceAccounts: [{}], persistentVolumeClaims: [{name: c, storage: 1Gi}]";
  for (const resource of ["jobs.batch", "serviceaccounts", "persistentvolumeclaims"]) {
    assert.deepEqual(effectsOn(resource, `onCreate: {${entries}}\n`), ["list", "watch", "create"], resource);
    const kept = effectsOn(resource, `onReconcile: {${entries.replace("name: c", "name: '{{ .metadata.name }}'")}}\n`);
    assert.deepEqual(kept, ["get", "list", "watch", "create", "patch", "delete"], resource);
  }
});

Deno.test("deriveEffects() takes the effects of one kind from all its entries", () => {
  const near = config("name: '{{ .metadata.name }}', ");
  const far = config("name: '{{ .metadata.uid }}', namespace: shared, ");
  const box = `onCreate: {configMaps: [${near}]}\nonReconcile: {configMaps: [${far}]}\n`;
  assert.deepEqual(effectsOn("configmaps", box), [
    "get in shared",
    "list",
    "watch",
    "create",
    "patch in shared",
    "delete in shared",
  ]);
  assert.deepEqual(effectsOn("configmaps", box, inTeam), [
    "get in shared",
    "list in shared,team",
    "watch in shared,team",
    "create in shared,team",
    "patch in shared",
    "delete in shared",
  ]);
});

Deno.test("deriveEffects() is everywhere where a CR chooses among globs or Namespaces of its own", () => {
  const chosen = `onReconcile: {configMaps: [${config("name: x, namespace: '{{ .spec.ns }}', ")}]}\n`;
  const verbs = (where: string) =>
    ["get", "list", "watch", "create", "patch", "delete"].map((verb) => {
      const names = ["get", "patch", "delete"].includes(verb) ? " of x" : "";
      return `${verb}${where}${names}`;
    });
  const allowed = (names: string) => `${inTeam}  allowedNamespaces: [${names}]\n`;
  assert.deepEqual(effectsOn("configmaps", chosen, allowed("a, b")), verbs(" in a,b,team"));
  assert.deepEqual(effectsOn("configmaps", chosen, allowed("'a-*'")), verbs(""));
  const namespace = custom("v1", "Namespace", "name: '{{ .metadata.name }}'");
  const inside = custom("v1", "ConfigMap", "name: x, namespace: '{{ .metadata.name }}'");
  const box = `onReconcile: {custom: [${namespace}, ${inside}]}\n`;
  assert.deepEqual(effectsOn("configmaps", box, clusterScoped), verbs(""));
  assert.deepEqual(effectsOn("namespaces", box, clusterScoped), [
    "get",
    "list",
    "watch",
    "create",
    "patch",
    "delete",
  ]);
});

Deno.test("deriveEffects() watches many namespaces all at once, and writes into each alone", () => {
  const chosen = `onCreate: {configMaps: [${config("namespace: '{{ .spec.ns }}', ")}]}\n`;
  const more = `${inTeam}  allowedNamespaces: [a, b, c, d, e]\n`;
  assert.deepEqual(effectsOn("configmaps", chosen, more), [
    "list",
    "watch",
    "create in a,b,c,d,e,team",
    "delete in a,b,c,d,e,team",
  ]);
});

Deno.test("deriveEffects() names children that are always called the same", () => {
  const named = (fields: string) => `onReconcile: {configMaps: [${fields}]}\n`;
  const one = config("name: one, namespace: shared, ");
  const other = config("name: other, namespace: elsewhere, ");
  const free = config("name: '{{ .metadata.name }}', namespace: shared, ");
  const each = config("name: one-more, namespace: '{{ .item }}', forEach: {field: spec.list}, ");
  assert.deepEqual(effectsOn("configmaps", named(one)), [
    "get in shared of one",
    "list in shared",
    "watch in shared",
    "create in shared",
    "patch in shared of one",
    "delete in shared of one",
  ]);
  const verbs = ["get", "patch", "delete"];
  const individual = (box: string, more = "") =>
    effectsOn("configmaps", box, more).filter((effect) => verbs.includes(effect.split(" ")[0]!));
  assert.deepEqual(individual(named(`${one}, ${other}`)), [
    "get in elsewhere of other",
    "get in shared of one",
    "patch in elsewhere of other",
    "patch in shared of one",
    "delete in elsewhere of other",
    "delete in shared of one",
  ]);
  assert.deepEqual(individual(named(`${one}, ${free}`)), verbs.map((verb) => `${verb} in shared`));
  const lists = `${inTeam}  allowedNamespaces: [shared]\n`;
  assert.deepEqual(individual(named(each), lists), verbs.map((verb) => `${verb} in shared,team of one-more`));
});

Deno.test("deriveEffects() writes the status that a custom child declares", () => {
  const thing = (more: string) => custom("a.b/v1", "Thing", "name: '{{ .metadata.name }}'", more);
  const status = ", status: {phase: On}";
  const kept = ["get", "list", "watch", "create", "patch", "delete"];
  const made = ["list", "watch", "create"];
  const cases: [box: string, expected: string[]][] = [
    [`onReconcile: {custom: [${thing("")}]}\n`, kept],
    [`onReconcile: {custom: [${thing(status)}]}\n`, [...kept, "patch/status"]],
    [`onReconcile: {custom: [${thing(`${status}, hasStatus: true`)}]}\n`, [...kept, "patch/status"]],
    [`onReconcile: {custom: [${thing(`${status}, hasStatus: false`)}]}\n`, kept],
    [`onCreate: {custom: [${thing("")}]}\n`, made],
    // A child may have gone, or its kind have no status: the box looks which.
    [`onCreate: {custom: [${thing(status)}]}\n`, ["get", ...made, "patch/status"]],
    [`onCreate: {custom: [${thing(`${status}, hasStatus: false`)}]}\n`, made],
  ];
  for (const [box, expected] of cases) assert.deepEqual(effectsOn("things.a.b", box), expected, box);
  const named = custom("a.b/v1", "Thing", "name: x, namespace: shared", status);
  assert.ok(effectsOn("things.a.b", `onReconcile: {custom: [${named}]}\n`).includes("patch/status in shared of x"));
});

Deno.test("deriveEffects() says which lines of the Katalog need an effect", () => {
  const box = boxOf(
    `onReconcile:
  configMaps:
  - ${config("name: '{{ .metadata.name }}', ")}
  - ${config("name: '{{ .metadata.name }}-2', namespace: shared, ")}
onCreate:
  configMaps:
  - ${config("name: '{{ .metadata.name }}-3', ")}
`,
    "  formerNames: [store]\n  labels:\n    team: a\n    tier: b\n",
  );
  const reasons = new Map(box.effects.map((effect) => [describeEffect(effect), effect.reasons.join(" ")]));
  const expected: [effect: string, lines: number[]][] = [
    ["get shops.shop.example.org", [6]],
    ["patch shops.shop.example.org", [6, 10, 11, 16]],
    ["patch shops.shop.example.org/status", [6]],
    ["update shops.shop.example.org/finalizers", [15, 16, 19]],
    ["create events.events.k8s.io", [6]],
    ["list configmaps", [15, 16, 19]],
    ["create configmaps", [15, 16, 19]],
    ["patch configmaps", [15, 16]],
    ["delete configmaps", [15, 16]],
    ["list customresourcedefinitions.apiextensions.k8s.io of shops.shop.example.org", [6]],
  ];
  for (const [effect, lines] of expected) {
    assert.equal(reasons.get(effect), lines.map((line) => `k.yaml:${line}`).join(" "), effect);
  }
});
