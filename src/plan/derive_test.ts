import assert from "node:assert/strict";
import { renderEntry, shorthands } from "../resources/mod.ts";
import { boxOf, planOf } from "../../tests/support/plans.ts";
import { derivePlan } from "./derive.ts";
import type { BoxPlan } from "./plan.ts";

const config = "{data: {a: '1'}}";

Deno.test("derivePlan() gives a box for each CRD that is enabled, sorted by name", () => {
  const entry = (name: string, more = "") =>
    `${name}: {apiTypes: {group: a.example.org, version: v1, kind: ${name.toUpperCase()}}${more}}\n`;
  const plan = planOf(entry("b") + entry("a") + entry("c", ", enabled: false"));
  assert.deepEqual(plan.boxes.map(({ name }) => name), ["a", "b"]);
});

Deno.test("derivePlan() puts each box after those that it depends on", () => {
  const entry = (name: string, more = "") =>
    `${name}: {apiTypes: {group: a.example.org, version: v1, kind: ${name.toUpperCase()}}${more}}\n`;
  const plan = planOf(entry("a", ", dependsOn: {c: started, d: ready}") + entry("b") + entry("c") + entry("d"));
  assert.deepEqual(plan.boxes.map(({ name }) => name), ["b", "c", "d", "a"]);
  assert.deepEqual(plan.boxes[3]!.dependsOn, [{ box: "c", condition: "started" }, { box: "d", condition: "healthy" }]);
  assert.deepEqual(plan.boxes[1]!.otherBoxes, ["a", "b", "d"]);
});

Deno.test("derivePlan() tells each box who observes it; crossAccess: false leaves nobody", () => {
  const entry = (name: string, more = "") =>
    `${name}: {apiTypes: {group: a.example.org, version: v1, kind: ${name.toUpperCase()}}${more}}\n`;
  const reads = (...sources: string[]) =>
    `, operatorBox: {cross: [${sources.map((crd) => `{crd: ${crd}, as: ${crd}, selector: {name: x}}`).join(", ")}]}`;
  const plan = planOf(
    entry("a", reads("b", "a")) + entry("b") + entry("c", `, enabled: false${reads("b")}`) + entry("d", reads("b")),
  );
  assert.deepEqual(plan.boxes.map(({ name, observedBy }) => [name, observedBy]), [["a", ["a"]], ["b", ["a", "d"]], [
    "d",
    [],
  ]]);

  // The loader refuses this; a Plan that comes from elsewhere must not publish either.
  const crds = ["a", "b"].map((name) => ({
    ...{
      name,
      enabled: true,
      dependsOn: [],
      events: [],
      gates: [],
      triggers: [],
      finalizers: [],
      crossAccess: name !== "b",
      cross: name === "a" ? [{ box: "b" }] : [],
    },
    ...{
      endpoints: {},
      namespaces: { allowed: [], restricted: [] },
      protection: { crd: true, crs: true },
      onCreate: { entries: [] },
      onReconcile: { entries: [] },
    },
    ...{
      at: { file: "k.yaml", line: 1, column: 1 },
      type: { group: "x.dev", version: "v1", kind: name, plural: name },
    },
    ...{ normalize: [], mutation: [], validation: [], status: [], formerNames: [], reconciler: {} },
    external: { mutation: [], validation: [], children: [] },
  }));
  const katalog = {
    name: "k",
    crds,
    gateway: { declared: false },
    security: {},
    namespaces: { allowed: [], restricted: [] },
  } as unknown as Parameters<
    typeof derivePlan
  >[0];
  assert.deepEqual(derivePlan(katalog).boxes.map(({ observedBy }) => observedBy), [[], []]);
});

Deno.test("derivePlan() is frozen and the same each time", () => {
  const crds = "a: {apiTypes: {group: a.example.org, version: v1, kind: A}}\n";
  assert.deepEqual(planOf(crds), planOf(crds));
  assert.ok(Object.isFrozen(planOf(crds).boxes[0]!.type));
});

Deno.test("derivePlan() orders entries by block, then by kind, then as they are written", () => {
  const services = "services: [{name: one, port: 1, selector: {a: b}}, {name: two, port: 1, selector: {a: b}}]";
  const box = boxOf(
    `onReconcile: {${services}, secrets: [{data: {a: x}}]}\nonCreate: {jobs: [{image: i}], configMaps: [${config}]}\n`,
  );
  assert.deepEqual(box.entries.map(({ id }) => id), [
    "onCreate.configMaps[0]",
    "onCreate.jobs[0]",
    "onReconcile.secrets[0]",
    "onReconcile.services[0]",
    "onReconcile.services[1]",
  ]);
});

Deno.test("derivePlan() applies what is to be kept, and creates the rest", () => {
  const box = boxOf(
    "onCreate: {configMaps: [{name: a, data: {}}, {name: b, data: {}, reconcile: true}]}\n" +
      "onReconcile: {jobs: [{image: i}]}\n",
  );
  assert.deepEqual(box.entries.map(({ id, mode }) => `${id} ${mode}`), [
    "onCreate.configMaps[0] create",
    "onCreate.configMaps[1] apply",
    "onReconcile.jobs[0] apply",
  ]);
  assert.ok(box.entries.every(({ fields }) => !Object.hasOwn(fields, "reconcile")));
});

Deno.test("derivePlan() keeps the gate of a block apart from the entry's own", () => {
  const box = boxOf(
    `onCreate: {or: [{field: spec.a}], configMaps: [{data: {}, or: [{field: spec.b}]}]}\n` +
      `onReconcile: {configMaps: [${config}]}\n`,
  );
  const [gated, plain] = box.entries;
  assert.equal(gated!.block!.or![0]!.field!.text, "spec.a");
  assert.equal(gated!.or![0]!.field!.text, "spec.b");
  assert.equal(plain!.block, undefined);
});

Deno.test("derivePlan() takes forceConflict of the entry before that of the CRD", () => {
  const box = "onCreate: {configMaps: [{name: a, data: {}}, {name: b, data: {}, forceConflict: true}]}\n";
  assert.deepEqual(boxOf(box).entries.map(({ force }) => force), [true, true]);
  assert.deepEqual(boxOf(box, "  forceConflict: false\n").entries.map(({ force }) => force), [false, true]);
});

Deno.test("derivePlan() takes adopt and deletionPolicy of the entry before those of the box", () => {
  const entries = "onCreate: {configMaps: [{name: a, data: {}}, " +
    "{name: b, data: {}, adopt: true, deletionPolicy: Retain}, " +
    "{name: c, data: {}, adopt: false, deletionPolicy: Delete}]}\n";
  const upkeep = (box: BoxPlan) => box.entries.map(({ adopt, deletionPolicy }) => `${adopt} ${deletionPolicy}`);
  assert.deepEqual(upkeep(boxOf(entries)), ["false Delete", "true Retain", "false Delete"]);
  const box = boxOf(`adopt: true\ndeletionPolicy: Retain\n${entries}`);
  assert.deepEqual(upkeep(box), ["true Retain", "true Retain", "false Delete"]);
  assert.ok(box.entries.every(({ fields }) => Object.keys(fields).every((key) => key === "name" || key === "data")));
});

Deno.test("derivePlan() carries conditions of readiness apart from the fields", () => {
  const ready = "[{field: child.status.phase, equals: Bound}]";
  const box = boxOf(
    `onReconcile: {custom: [{apiVersion: a.b/v1, kind: X, metadata: {name: x}, readyWhen: ${ready}}]}\n` +
      "status: {readyWhen: [{field: children.x, exists: true}]}\n",
  );
  const [entry] = box.entries;
  assert.deepEqual(entry!.readyWhen!.map(({ field, operator }) => `${field!.text} ${operator}`), [
    "child.status.phase equals",
  ]);
  assert.ok(!Object.hasOwn(entry!.fields, "readyWhen"));
  assert.deepEqual(box.readyWhen!.map(({ field }) => field!.text), ["children.x"]);
  assert.equal(boxOf("status: {readyWhen: []}\n").readyWhen, undefined);
});

Deno.test("derivePlan() joins the namespaces of the Katalog and of the CRD", () => {
  const lists = (box: BoxPlan) => [box.allowedNamespaces, box.restrictedNamespaces];
  assert.deepEqual(lists(boxOf("{}\n")), [[], []]);
  const security =
    "security: {namespaceProtection: {allowedNamespaces: [shared, team-a], restrictedNamespaces: [kube-*]}}\n";
  const own = "  allowedNamespaces: [team-a, team-b]\n  formerNames: [store]\n";
  const box = boxOf("{}\n", own, security);
  assert.deepEqual(lists(box), [["shared", "team-a", "team-b"], ["kube-*"]]);
  assert.deepEqual(box.formerNames, ["store"]);
});

Deno.test("derivePlan() makes a message for rules that have none", () => {
  const rules = "[{field: spec.replicas, max: 20}, {field: spec.tier, in: 'a,b', negate: true, message: ''}, " +
    `{field: spec.name, prefix: "{{ default \\"x\\" .spec.prefix }}"}, {field: "{{ .spec.a }}", equals: 'b"c'}, ` +
    "{field: spec.x}, {field: spec.y, regex: '^\\d', message: own}]";
  const { validation } = boxOf("{}\n", `  validation: {rules: ${rules}}\n`);
  assert.deepEqual(validation.map(({ message }) => message.text), [
    "must be at most 20",
    "must be none of a,b",
    'must begin with "{{ default "x" .spec.prefix }}"',
    '"{{ .spec.a }}" must equal "b"c"',
    "must be set",
    "own",
  ]);
  assert.match(validation[0]!.message.at, /^k\.yaml:\d+:\d+$/);
});

Deno.test("derivePlan() says where each box stands in the Katalog", () => {
  const entry = (name: string) =>
    `${name}: {apiTypes: {group: a.example.org, version: v1, kind: ${name.toUpperCase()}}}\n`;
  assert.deepEqual(planOf(entry("b") + entry("a")).boxes.map(({ at }) => at), ["k.yaml:7:5", "k.yaml:6:5"]);
});

Deno.test("derivePlan() watches each kind of child once", () => {
  const custom = "{apiVersion: v1, kind: ConfigMap, metadata: {name: x}, data: {}}";
  const box = boxOf(
    `onCreate: {configMaps: [${config}], secrets: [{data: {a: x}}]}\nonReconcile: {custom: [${custom}]}\n`,
  );
  assert.deepEqual(box.children.map(({ kind }) => kind), ["ConfigMap", "Secret"]);
});

Deno.test("derivePlan() knows the types of custom children, or says that it guesses", () => {
  const custom = (apiVersion: string, kind: string, more = "") =>
    `{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: x${more}}}`;
  const plan = planOf(
    `a:\n  apiTypes: {group: x.example.org, version: v1, kind: A, plural: aes}\n` +
      `b:\n  apiTypes: {group: x.example.org, version: v1, kind: B, plural: bs}\n  operatorBox: {onCreate: {custom: [` +
      [
        custom("autoscaling/v1", "HorizontalPodAutoscaler"),
        custom("x.example.org/v2", "A"),
        custom("y.example.org/v1", "Policy"),
        custom("y.example.org/v1", "Zone", ", namespaced: false"),
      ].join(", ") + `]}}\n`,
  );
  assert.deepEqual(
    plan.boxes[1]!.entries.map(({ type: { version, plural, namespaced, guessed } }) =>
      `${version} ${plural} ${namespaced}${guessed ? " guessed" : ""}`
    ),
    ["v1 horizontalpodautoscalers true", "v2 aes true", "v1 policies true guessed", "v1 zones false guessed"],
  );
});

Deno.test("derivePlan() wants a finalizer only for what the garbage collector leaves behind", () => {
  const cases: [string, boolean][] = [
    [config, false],
    ["{namespace: other, data: {}}", true],
    ['{namespace: "{{ .metadata.namespace }}", data: {}}', false],
    ["{namespace: other, data: {}, deletionPolicy: Retain}", false],
  ];
  for (const [entry, expected] of cases) {
    assert.equal(boxOf(`onCreate: {configMaps: [${entry}]}\n`).finalizer, expected, entry);
  }
  const team = "  namespace: team\n";
  assert.equal(boxOf("onCreate: {configMaps: [{namespace: team, data: {}}]}\n", team).finalizer, false);
  assert.equal(boxOf("onCreate: {configMaps: [{namespace: other, data: {}}]}\n", team).finalizer, true);
  const namespace = "onCreate: {custom: [{apiVersion: v1, kind: Namespace, metadata: {name: x}}]}\n";
  assert.equal(boxOf(namespace).finalizer, true);
  assert.equal(boxOf(namespace, "  namespaced: false\n").finalizer, false);
});

Deno.test("derivePlan() leaves the status of built-in kinds to Kubernetes", () => {
  const plan = planOf('a: {apiTypes: {kind: Pod}, labelSelector: {a: "b"}}\n');
  assert.equal(plan.boxes[0]!.writesStatus, false);
  assert.equal(boxOf("{}\n").writesStatus, true);
});

Deno.test("derivePlan() knows the place of every template that is rendered, by its path", () => {
  const box = boxOf(`onReconcile:
  deployments:
  - image: "{{ .spec.a }}"
    labels: {app.kubernetes.io/part-of: "{{ .b }}"}
    args: [x, "{{ .c }}"]
    env: [{name: A, value: "{{ .d }}"}]
    probes: {liveness: {path: "{{ .e }}"}}
    nodeSelector: "{{ .f }}"
  custom:
  - apiVersion: v1
    kind: Thing
    metadata: {name: "{{ .spec.g }}"}
    spec: {list: [{deep: "{{ .h }}"}]}
`);
  let seen = 0;
  for (const { shorthand, fields, positions } of box.entries) {
    const paths = new Set<string>();
    renderEntry(shorthands.get(shorthand)!.shape, fields, (text, path) => {
      assert.match(positions[path] ?? "", /^k\.yaml:\d+:\d+$/, `${path}: ${text}`);
      paths.add(path);
      return path === "nodeSelector" ? {} : "x";
    });
    assert.deepEqual([...paths].sort(), Object.keys(positions).sort());
    seen += paths.size;
  }
  assert.equal(seen, 8);
});

Deno.test("derivePlan() gives a box an account of its own only where the Katalog says so", () => {
  const crds = "a: {apiTypes: {group: a.example.org, version: v1, kind: A}}\n";
  assert.equal(planOf(crds, "security: {identity: perBox}\n").boxes[0]!.account, "orkestra-box-a");
  assert.equal(planOf(crds).boxes[0]!.account, undefined);
});

Deno.test("derivePlan() serves no endpoints of a box that has none, and each alone where it has", () => {
  const endpoints = (text: string) => boxOf("{}\n", `  endpoints: {${text}}\n`).endpoints;
  assert.deepEqual(endpoints(""), { health: true, info: true });
  assert.deepEqual(endpoints("enabled: false"), { health: false, info: false });
  assert.deepEqual(endpoints("health: false"), { health: false, info: true });
  assert.deepEqual(endpoints("info: false"), { health: true, info: false });
});
