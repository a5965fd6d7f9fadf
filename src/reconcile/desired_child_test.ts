import assert from "node:assert/strict";
import { childOf, observed, webOf } from "../../tests/support/decision.ts";
import { type Around, desire, keptOf, keysOf, saidBy } from "../../tests/support/desire.ts";
import type { ResourceType } from "../k8s/object.ts";
import type { Desired, DesiredChild } from "./desired.ts";

const deploymentIn = ({ children }: Desired, name = "app") =>
  children.find(({ type, key }) => type.kind === "Deployment" && key === `shop/${name}`)!;
const marksOf = ({ object }: DesiredChild) =>
  Object.keys(object.metadata.annotations ?? {}).map((key) => key.replace("orkestra.orkspace.io/", "")).sort();

Deno.test("a Service selects the only workload, whatever else the object has", () => {
  const selector = (more: string) =>
    desire(`onReconcile:
  configMaps: [{ name: c, data: { a: b } }]
  deployments: [{ name: app, image: x, port: 80 }]
  services: [{ name: s, port: 80${more} }]`).children.find(({ type }) => type.kind === "Service")!
      .object["spec"].selector;
  assert.equal(selector("")["app.kubernetes.io/name"], "app");
});

/** The selector of the only Service, or what is said of it. */
function selectorIn(box: string, spec: Record<string, unknown> = {}): unknown {
  const desired = desire(box, { spec });
  const service = desired.children.find(({ type }) => type.kind === "Service");
  return service?.object["spec"].selector ?? saidBy(desired).find((said) => said.includes("services"));
}

Deno.test("a Service named like a workload that is off, waits or fails selects no other one's Pods", () => {
  const web = { "orkestra-owner": "web", "app.kubernetes.io/name": "web" };
  const entries = [
    "name: web, image: x, when: [{ field: spec.web, exists: true }]",
    "name: web, image: x, args: ['{{ .children.job.status.host.name }}']",
    "name: web, image: '{{ index .spec.list 9 }}'",
    "name: '{{ .n }}', image: x, forEach: { field: spec.list, as: n }, when: [{ field: n, equals: other }]",
  ];
  for (const entry of entries) {
    const box = `onReconcile:
  jobs: [{ name: j, image: x }]
  deployments: [{ name: db, image: x }, { ${entry} }]
  services: [{ name: web, port: 80 }]`;
    assert.deepEqual(selectorIn(box, { list: ["web"] }), web, entry);
  }
});

const custom = (name: string, app: string, more = "") =>
  `{ apiVersion: apps/v1, kind: StatefulSet, metadata: { name: ${name} }${more}, ` +
  `spec: { selector: { matchLabels: { app: "${app}" } } } }`;

Deno.test("a Service named like a custom workload selects by that one's own selector", () => {
  const box = (more = "", service = "") =>
    `onReconcile:
  custom: [${custom("db", "{{ .spec.app }}", more)}]
  deployments: [{ name: exporter, image: x }]
  services: [{ name: db, port: 80${service} }]`;
  const spec = { app: "orders" };
  assert.deepEqual(selectorIn(box(), spec), { app: "orders" });
  assert.deepEqual(selectorIn(box(", when: [{ field: spec.no }]"), spec), { app: "orders" }, "it is off");
  assert.deepEqual(selectorIn(box(", x: '{{ index .spec.app 99 }}'"), spec), { app: "orders" }, "it fails");
  assert.deepEqual(selectorIn(box("", ", selector: { role: primary }"), spec), { app: "orders", role: "primary" });
  assert.match(String(selectorIn(box("", ", selector: { app: other }"), spec)), /Cannot select other Pods/);
  assert.match(
    String(selectorIn(box().replace("{{ .spec.app }}", "{{ index .spec.app 99 }}"), spec)),
    /matchLabels of "db" cannot be evaluated/,
  );
});

Deno.test("a Service selects the only workload where that is a custom one; a shorthand's counts before it", () => {
  const box = (custom: string, more = "") => `onReconcile:\n  custom: [${custom}]\n${more}  services: [{ port: 80 }]`;
  assert.deepEqual(selectorIn(box(custom("db", "db"))), { app: "db" });
  assert.deepEqual(selectorIn(box(`${custom("a", "a")}, ${custom("b", "b")}`)), { "orkestra-owner": "web" });
  const beside = selectorIn(box(custom("db", "db"), "  deployments: [{ name: app, image: x }]\n"));
  assert.deepEqual(beside, { "orkestra-owner": "web", "app.kubernetes.io/name": "app" });
});

Deno.test("only what is reconciled carries a digest and who declares it; a child elsewhere carries its place", () => {
  const desired = desire(`onCreate:
  configMaps: [{ name: a, data: { a: b } }, { name: b, namespace: far, data: { a: b } }]
onReconcile:
  configMaps: [{ name: c, data: { a: b } }, { name: d, namespace: far, data: { a: b } }]
  custom: [{ apiVersion: v1, kind: Namespace, metadata: { name: team } }]`);
  assert.deepEqual(desired.children.map((child) => [child.key, marksOf(child), child.upkeep]), [
    ["shop/a", [], "create"],
    ["far/b", ["place"], "create"],
    ["shop/c", ["applied", "declared-by"], "apply"],
    ["far/d", ["applied", "declared-by", "place"], "apply"],
    ["team", ["applied", "declared-by"], "apply"],
  ]);
  assert.equal(desired.children[0]!.object.metadata.annotations, undefined, "no empty map either");
  const { object, digest } = desired.children[3]!;
  const marks = object.metadata.annotations!;
  assert.equal(marks["orkestra.orkspace.io/applied"], digest);
  assert.equal(marks["orkestra.orkspace.io/declared-by"], "demo/web");
  assert.equal(marks["orkestra.orkspace.io/place"], "far/d");
});

Deno.test("annotations of the Katalog stay beside the marks", () => {
  const [child] = desire(
    "onReconcile:\n  configMaps: [{ name: one, annotations: { a.dev/x: y }, data: { a: b } }]",
  ).children;
  assert.equal(child!.object.metadata.annotations!["a.dev/x"], "y");
});

Deno.test("one object in both blocks is one child, which is reconciled, whichever block comes first", () => {
  const created = "onCreate:\n  configMaps: [{ name: one, data: { a: created } }]\n";
  const reconciled = (name: string) => `onReconcile:\n  configMaps: [{ name: ${name}, data: { a: reconciled } }]\n`;
  for (const box of [created + reconciled("one"), reconciled("one") + created]) {
    const { children, problems, kept } = desire(box);
    assert.deepEqual(children.map(({ upkeep, object }) => [upkeep, object["data"]]), [["apply", { a: "reconciled" }]]);
    assert.deepEqual([problems, kept.clashing], [[], []]);
  }
  assert.equal(desire(created + reconciled("two")).children.length, 2);
  const kept = "onCreate:\n  configMaps: [{ name: one, reconcile: true, data: { a: kept } }]\n";
  assert.deepEqual(desire(kept + reconciled("one")).children.map(({ object }) => object["data"]), [{ a: "kept" }]);
});

Deno.test("two entries of one block cannot declare one object: the second fails, and its former child stays", () => {
  const desired = desire(
    "onReconcile:\n  configMaps:\n    - { name: one, data: { a: b } }\n    - { name: '{{ .spec.a }}', data: { a: c } }",
    { spec: { a: "one" } },
  );
  assert.deepEqual(desired.children.map(({ object }) => object["data"]), [{ a: "b" }]);
  assert.deepEqual(saidBy(desired), [
    "onReconcile.configMaps[1]: AT: ConfigMap one is declared by onReconcile.configMaps[0] already; " +
    "give each a name of its own",
  ]);
  assert.deepEqual(desired.kept.clashing.map(({ entry }) => entry), ["onReconcile.configMaps[1]"]);
});

const far = 'onReconcile:\n  configMaps: [{ name: one, namespace: "{{ .spec.where }}", data: { a: b } }]';
const namespaceOf = (apiVersion: string) =>
  `\n  custom: [{ apiVersion: ${apiVersion}, kind: Namespace, metadata: { name: "{{ .spec.where }}" } }]`;

const placings: [what: string, box: string, lists: Around, within: string | undefined, said: RegExp | undefined][] = [
  ["that is listed", far, { more: "allowedNamespaces: [team-a]" }, undefined, undefined],
  ["that is a child too", far + namespaceOf("v1"), {}, "Namespace/team-a", undefined],
  [
    "that is listed, and a child too",
    far + namespaceOf("v1"),
    { more: "allowedNamespaces: ['team-*']" },
    undefined,
    undefined,
  ],
  [
    "that is its own",
    far,
    { more: "allowedNamespaces: [other]", cr: webOf({ namespace: "team-a" }) },
    undefined,
    undefined,
  ],
  [
    "that only another kind of that name makes",
    far + namespaceOf("a.dev/v1"),
    {
      more: "allowedNamespaces: [other]",
      memory: { served: (type) => type.group === "a.dev" ? { ...type, namespaced: false } : type },
    },
    undefined,
    /allowedNamespaces does not list it; list it there, or write it out in the Katalog$/,
  ],
  [
    "that is restricted, though it is a child too",
    far + namespaceOf("v1"),
    { restricted: "team-a" },
    undefined,
    /the namespace "team-a" is not allowed: the object chooses it, and restrictedNamespaces lists it$/,
  ],
  [
    "that is restricted, though it is listed",
    far,
    { more: "allowedNamespaces: ['team-*']", restricted: "team-a" },
    undefined,
    /restrictedNamespaces lists it$/,
  ],
  ["that is not listed", far, { more: "allowedNamespaces: [other]" }, undefined, /allowedNamespaces does not list it/],
];

for (const [what, box, lists, within, said] of placings) {
  Deno.test(`a namespace ${what} ${said === undefined ? "may" : "must not"} be chosen by the object`, () => {
    const cr = { ...lists.cr ?? webOf(), spec: { where: "team-a" } };
    const desired = desire(box, { ...lists, cr });
    const child = desired.children.find(({ key }) => key === "team-a/one");
    if (said === undefined) {
      assert.deepEqual([child!.within, desired.problems], [within, []]);
    } else {
      assert.equal(child, undefined);
      const problem = desired.problems.find(({ entry }) => entry.includes("configMaps"))!;
      assert.match(problem.message, said);
      assert.ok(keptOf(desired).includes("ConfigMap/team-a/one"), "what is there already stays");
    }
  });
}

for (
  const block of [
    "custom: [{ apiVersion: v1, kind: Namespace, metadata: { name: '{{ .spec.where }}' } }]",
    "namespaces: [{ name: '{{ .spec.where }}' }]",
  ]
) {
  Deno.test(`a Namespace that is restricted is not made (${block.slice(0, block.indexOf(":"))})`, () => {
    const desired = desire(`onReconcile:\n  ${block}`, { restricted: "'kube-*'", spec: { where: "kube-x" } });
    assert.deepEqual(keysOf(desired), []);
    assert.match(desired.problems[0]!.message, /the Namespace "kube-x" is not allowed: restrictedNamespaces lists it$/);
    assert.deepEqual(keptOf(desired), ["Namespace/kube-x"], "one that is there already stays");
  });
}

Deno.test("a namespace that the Katalog writes out is its own choice, whatever objects may choose", () => {
  const more = "allowedNamespaces: [other]";
  const custom =
    "onReconcile:\n  custom: [{ apiVersion: a.dev/v1, kind: Zone, metadata: { name: z, namespace: far } }]";
  assert.deepEqual(keysOf(desire(custom, { more })), ["Zone far/z"]);
  const targets = 'onReconcile:\n  configMaps: [{ name: one, data: { a: b }, toNamespaces: [far, "{{ .spec.a }}"] }]';
  assert.deepEqual(keysOf(desire(targets, { spec: { a: "third" }, more })), ["ConfigMap far/one"]);
});

Deno.test("a copy that only has to exist needs its source while one of its namespaces lacks it", () => {
  const there = observed(childOf({ namespace: "a" }));
  const desired = desire("onCreate:\n  configMaps: [{ name: one, fromConfigMap: s, toNamespaces: [a, b] }]", {
    children: [there],
  });
  assert.deepEqual(desired.problems.map(({ state }) => state), ["waiting"]);
});

Deno.test("a custom child stands in a namespace that the object chooses only if it may", () => {
  const custom = (where: string) =>
    keysOf(desire(
      `onReconcile:
  custom: [{ apiVersion: a.dev/v1, kind: Zone, metadata: { name: z, namespace: "{{ .spec.where }}" } }]`,
      { spec: { where }, more: "allowedNamespaces: [far]" },
    ));
  assert.deepEqual([custom("far"), custom("other")], [["Zone far/z"], []]);
});

const target = "apiVersion: apps/v1, kind: Deployment, name: app";
const scaling: [what: string, targetRef: string | undefined, replicas: string, autoscaled: boolean][] = [
  ["a target by version, kind and name", `{ ${target} }`, "replicas: 2, ", true],
  ["a target without a version", "{ kind: Deployment, name: app }", "replicas: 2, ", true],
  ["a target of another version", "{ apiVersion: apps/v2, kind: Deployment, name: app }", "replicas: 2, ", true],
  ["a target of another group", "{ apiVersion: a.dev/v1, kind: Deployment, name: app }", "replicas: 2, ", false],
  ["a target of the core group", "{ apiVersion: v1, kind: Deployment, name: app }", "replicas: 2, ", false],
  ["a target of another kind", "{ apiVersion: apps/v1, kind: StatefulSet, name: app }", "replicas: 2, ", false],
  ["a target of another name", "{ apiVersion: apps/v1, kind: Deployment, name: other }", "replicas: 2, ", false],
  ["a target without a name", "{ apiVersion: apps/v1, kind: Deployment }", "replicas: 2, ", false],
  ["a target without a kind", "{ name: app }", "replicas: 2, ", false],
  ["no target", undefined, "replicas: 2, ", false],
  ["a target that is no map", "app", "replicas: 2, ", false],
  ["a target that declares no replicas", `{ ${target} }`, "", false],
];

for (const [what, targetRef, replicas, autoscaled] of scaling) {
  Deno.test(`an autoscaler with ${what} ${autoscaled ? "decides" : "does not decide"} the replicas`, () => {
    const scaleTargetRef = targetRef === undefined ? "" : `, scaleTargetRef: ${targetRef}`;
    const desired = desire(`onReconcile:
  deployments: [{ name: app, ${replicas}image: x }, { name: plain, replicas: 2, image: x }]
  custom:
    - { apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: { name: h },
        spec: { maxReplicas: 5${scaleTargetRef} } }`);
    assert.equal(deploymentIn(desired).autoscaled, autoscaled);
    assert.equal(deploymentIn(desired, "plain").autoscaled, false);
  });
}

Deno.test("an autoscaler decides nothing of a namesake in another namespace, or when it is no autoscaler", () => {
  const autoscaled = (hpa: string) =>
    deploymentIn(desire(`onReconcile:
  deployments: [{ name: app, replicas: 2, image: x }]
  custom: [{ ${hpa}, spec: { maxReplicas: 5, scaleTargetRef: { ${target} } } }]`)).autoscaled;
  const kind = "kind: HorizontalPodAutoscaler";
  assert.equal(autoscaled(`apiVersion: autoscaling/v2, ${kind}, metadata: { name: h, namespace: shop }`), true);
  assert.equal(autoscaled(`apiVersion: autoscaling/v2, ${kind}, metadata: { name: h, namespace: far }`), false);
  assert.equal(autoscaled(`apiVersion: a.dev/v1, ${kind}, metadata: { name: h }`), false);
});

Deno.test("an autoscaler decides the replicas of a kind of the core group, too", () => {
  const { children } = desire(`onReconcile:
  custom:
    - { apiVersion: v1, kind: ReplicationController, metadata: { name: app }, spec: { replicas: 1 } }
    - { apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: { name: h },
        spec: { maxReplicas: 5, scaleTargetRef: { apiVersion: v1, kind: ReplicationController, name: app } } }`);
  assert.equal(children.find(({ type }) => type.kind === "ReplicationController")!.autoscaled, true);
});

Deno.test("replicas that an autoscaler decides do not count in the digest", () => {
  const digest = (replicas: number, on: boolean) =>
    desire(
      `onReconcile:
  deployments: [{ name: app, replicas: ${replicas}, image: x }]
  custom:
    - { apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: { name: h },
        when: [{ field: spec.on, equals: "true" }],
        spec: { maxReplicas: 5, scaleTargetRef: { ${target} } } }`,
      { spec: { on } },
    ).children[0]!.digest;
  assert.equal(digest(2, true), digest(3, true));
  assert.notEqual(digest(2, false), digest(3, false));
});

Deno.test("a status of a custom child is applied by itself, and counts in the digest", () => {
  const zone = (status: string, where = "") =>
    desire(`onReconcile:
  custom: [{ apiVersion: a.dev/v1, kind: Zone, metadata: { name: z${where} }, spec: { a: 1 }${status} }]`)
      .children[0]!;
  const withStatus = zone(", status: { phase: Up }");
  assert.deepEqual(withStatus.status, {
    apiVersion: "a.dev/v1",
    kind: "Zone",
    metadata: { name: "z", namespace: "shop" },
    status: { phase: "Up" },
  });
  assert.equal("status" in withStatus.object, false);
  assert.notEqual(withStatus.digest, zone(", status: { phase: Down }").digest);
  // It would own no field, and be repeated in every pass.
  for (const empty of ["", ", status: {}"]) {
    const { status, object, digest } = zone(empty);
    assert.deepEqual([status, "status" in object, digest], [undefined, false, zone("").digest]);
  }
});

Deno.test("a status of a custom child in cluster scope names no namespace", () => {
  const served = (type: ResourceType) => ({ ...type, namespaced: false });
  const [child] = desire(
    "onReconcile:\n  custom: [{ apiVersion: a.dev/v1, kind: Zone, metadata: { name: z }, status: { a: 1 } }]",
    { memory: { served } },
  ).children;
  assert.deepEqual(child!.status!.metadata, { name: "z" });
});

Deno.test("a retained child is declared without an owner, and any other with one", () => {
  const owners = (more: string) =>
    desire(`onReconcile:\n  configMaps: [{ name: one, data: { a: b }${more} }]`).children[0]!.object.metadata
      .ownerReferences?.map(({ uid }) => uid);
  assert.deepEqual(owners(""), ["cr-uid"]);
  assert.equal(owners(", deletionPolicy: Retain"), undefined);
});
