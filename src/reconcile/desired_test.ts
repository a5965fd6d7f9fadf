import assert from "node:assert/strict";
import { webOf } from "../../tests/support/decision.ts";
import { desire, keptOf, keysOf, saidBy } from "../../tests/support/desire.ts";
import type { ResourceType } from "../k8s/object.ts";
import { describeNotServed } from "./desired.ts";
import type { PassMemory } from "./memory.ts";

Deno.test("describeNotServed() advises to install a CRD only for kinds that have one", () => {
  const type = (group: string, kind: string): ResourceType => ({
    group,
    version: "v1",
    kind,
    plural: "x",
    namespaced: true,
  });
  assert.equal(
    describeNotServed(type("demo.dev", "Monitor")),
    "the API server does not serve Monitor of demo.dev/v1; install its CRD",
  );
  assert.equal(describeNotServed(type("apps", "Deployment")), "the API server does not serve Deployment of apps/v1");
});

Deno.test("an entry whose kind is not served waits, which is reported, and the others are rendered", () => {
  const desired = desire(
    "onReconcile:\n  custom: [{ apiVersion: a.dev/v1, kind: Zone, metadata: { name: z } }]\n" +
      "  configMaps: [{ name: one, data: { a: b } }]",
    { memory: { served: (type) => type.kind === "Zone" ? undefined : type } },
  );
  assert.deepEqual(keysOf(desired), ["ConfigMap shop/one"]);
  assert.deepEqual(desired.problems, [{
    entry: "onReconcile.custom[0]",
    state: "waiting",
    reason: "Waiting",
    message: "onReconcile.custom[0]: the API server does not serve Zone of a.dev/v1; install its CRD",
    warns: true,
  }]);
});

Deno.test("an entry whose kind cannot be read fails, and its children stay", () => {
  const unseen = (type: ResourceType) => type.kind === "ConfigMap" ? "ConfigMaps are forbidden" : undefined;
  const desired = desire(
    "onReconcile:\n  configMaps: [{ name: one, data: { a: b } }]\n  secrets: [{ name: two, data: { a: b } }]",
    { memory: { unseen } },
  );
  assert.deepEqual(keysOf(desired), ["Secret shop/two"]);
  assert.deepEqual(saidBy(desired), ["onReconcile.configMaps[0]: ConfigMaps are forbidden"]);
  assert.deepEqual(keptOf(desired), ["ConfigMap/shop/one"]);
});

Deno.test("an entry that reads a kind that cannot be read fails too: it is not absent", () => {
  const unseen = (type: ResourceType) => type.kind === "Secret" ? "Secrets are forbidden" : undefined;
  const desired = desire(
    "onReconcile:\n  secrets: [{ name: s, data: { a: b } }]\n" +
      '  configMaps: [{ name: one, data: { a: "{{ .children.secret.metadata.name }}" } }]',
    { memory: { unseen } },
  );
  assert.deepEqual([keysOf(desired), saidBy(desired).length], [[], 2]);
});

const blocks: [what: string, condition: string, kept: string[], off: string[], said: RegExp | undefined][] = [
  ["is false", "{ field: spec.on, equals: never }", [], ["ConfigMap/shop/one"], undefined],
  [
    "cannot be evaluated",
    '{ field: "{{ .spec.text.deeper }}", equals: x }',
    ["ConfigMap/shop/one"],
    [],
    /^onReconcile\.configMaps\[0\]: k\.yaml:11:\d+: the condition cannot be evaluated: /,
  ],
  [
    "waits for a child",
    '{ field: "{{ (index .children.secret.items 0) }}", equals: x }',
    ["ConfigMap/shop/one"],
    [],
    /^onReconcile\.configMaps\[0\]: waiting for \.children\.secret\.items$/,
  ],
];

for (const [what, condition, kept, off, said] of blocks) {
  Deno.test(`the condition of a block ${what}: its entries are ${kept.length > 0 ? "kept" : "off"}`, () => {
    const desired = desire(
      `onReconcile:\n  when: [${condition}]\n  configMaps: [{ name: one, data: { a: b } }]`,
      { spec: { text: "t" } },
    );
    assert.deepEqual([keysOf(desired), keptOf(desired), [...desired.off().keys()]], [[], kept, off]);
    assert.equal(saidBy(desired).length, said === undefined ? 0 : 1);
    if (said !== undefined) assert.match(desired.problems[0]!.message, said);
  });
}

const each = 'forEach: { field: spec.teams, as: team }, name: "{{ .team }}", data: { a: b }';

Deno.test("forEach over what is no collection fails, and nothing of the kind is pruned", () => {
  const desired = desire(`onReconcile:\n  configMaps: [{ ${each} }]`, { spec: { teams: "a" } });
  assert.deepEqual(saidBy(desired), [
    'onReconcile.configMaps[0]: AT: forEach.field "spec.teams" is neither a list nor a map',
  ]);
  assert.deepEqual(keptOf(desired), ["ConfigMap"]);
});

Deno.test("each element of forEach is rendered, off, waiting or failed by itself", () => {
  const desired = desire(
    `onReconcile:
  configMaps:
    - forEach: { field: spec.teams, as: team }
      name: "{{ .team.name }}"
      when: [{ field: "{{ .team.on.value }}", equals: "yes" }]
      data: { a: "{{ .team.text.value }}" }`,
    {
      spec: {
        teams: [
          { name: "good", on: { value: "yes" }, text: { value: "x" } },
          { name: "off", on: { value: "no" } },
          { name: "unknown", on: "scalar" },
          { name: "failed", on: { value: "yes" }, text: "scalar" },
        ],
      },
    },
  );
  assert.deepEqual(desired.children.map(({ key, entry }) => [key, entry]), [
    ["shop/good", "onReconcile.configMaps[0][0]"],
  ]);
  assert.deepEqual(keptOf(desired), ["ConfigMap/shop/unknown", "ConfigMap/shop/failed"]);
  assert.deepEqual(desired.problems.map(({ entry, state }) => [entry, state]), [
    ["onReconcile.configMaps[0][2]", "failed"],
    ["onReconcile.configMaps[0][3]", "failed"],
  ]);
  assert.deepEqual([...desired.off()], [["ConfigMap/shop/off", "onReconcile.configMaps[0]"]]);
});

Deno.test("off() knows the children of every element when the block is off, and none of those without a name", () => {
  const off = (teams: unknown, name = "{{ .team }}") => [
    ...desire(
      `onReconcile:\n  when: [{ field: spec.on, equals: "yes" }]\n` +
        `  configMaps: [{ forEach: { field: spec.teams, as: team }, name: "${name}", data: { a: b } }]`,
      { spec: { teams } },
    ).off().keys(),
  ];
  assert.deepEqual(off(["a", "b"]), ["ConfigMap/shop/a", "ConfigMap/shop/b"]);
  assert.deepEqual(off("no collection"), []);
  assert.deepEqual(off(["a"], "{{ .team.deeper }}"), []);
});

Deno.test("a Job whose condition is false is kept by name, or with its kind where no name can be rendered", () => {
  const kept = (name: string) =>
    keptOf(desire(
      `onReconcile:\n  jobs: [{ name: "${name}", image: x, when: [{ field: spec.on, equals: "yes" }] }]`,
      { spec: { text: "t" } },
    ));
  assert.deepEqual(kept("j"), ["Job.batch/shop/j"]);
  assert.deepEqual(kept("{{ .spec.text.deeper }}"), ["Job.batch"]);
});

const renamed: [what: string, fields: string, isRenamed: boolean][] = [
  ["a name that is written out", "name: one", false],
  ["a name from that of the object", 'name: "{{ .metadata.name }}-x"', false],
  ["a namespace from that of the object", 'name: one, namespace: "{{ .metadata.namespace }}"', false],
  ["a name from the spec", 'name: "{{ .spec.a }}"', true],
  ["a name from a label of the object", 'name: "{{ .metadata.labels.a }}"', true],
  ["a name from both", 'name: "{{ .metadata.name }}-{{ .spec.a }}"', true],
  ["a namespace from the spec", 'name: one, namespace: "{{ .spec.a }}"', true],
  ["target namespaces from the spec", 'name: one, toNamespaces: ["{{ .spec.a }}"]', true],
];

for (const [what, fields, isRenamed] of renamed) {
  Deno.test(`a failed entry with ${what} ${isRenamed ? "may have been" : "was never"} renamed`, () => {
    const desired = desire(`onReconcile:\n  configMaps: [{ ${fields}, data: { a: "{{ .spec.a.deeper }}" } }]`, {
      cr: webOf({ labels: { a: "x" } }, { spec: { a: "x" } }),
      more: "allowedNamespaces: ['*']",
    });
    assert.equal(desired.kept.names.size, 1);
    const entry = `onReconcile.configMaps[0]${fields.includes("toNamespaces") ? "[x]" : ""}`;
    assert.deepEqual([...desired.kept.renamed], isRenamed ? [[[...desired.kept.names][0], entry]] : []);
  });
}

Deno.test("the kind of a failed custom child without a name is kept", () => {
  const desired = desire(`onReconcile:
  custom: [{ apiVersion: a.dev/v1, kind: Zone, metadata: { name: "{{ .spec.none }}" }, spec: { a: 1 } }]`);
  assert.deepEqual(keptOf(desired), ["Zone.a.dev"]);
  assert.deepEqual(saidBy(desired), [
    "onReconcile.custom[0]: AT: metadata.name: Cannot do without name: it rendered to nothing",
  ]);
});

Deno.test("a failed entry keeps the child that it has, by the name and namespace that the object gives it", () => {
  const fails = "{{ .spec.text.deeper }}";
  const kept = (entry: string, served: PassMemory["served"] = (type) => type) =>
    keptOf(desire(`onReconcile:\n  ${entry}`, {
      spec: { text: "t", a: " far ", n: 12 },
      more: "allowedNamespaces: [far]",
      memory: { served },
    }));
  const configMap = (fields: string) => kept(`configMaps: [{ ${fields}, data: { a: "${fails}" } }]`);
  assert.deepEqual(configMap('name: one, namespace: "{{ .spec.a }}"'), ["ConfigMap/far/one"]);
  assert.deepEqual(configMap('name: " {{ .spec.a }} "'), ["ConfigMap/shop/far"]);
  assert.deepEqual(configMap('name: "{{ .spec.n }}"'), ["ConfigMap/shop/12"]);
  assert.deepEqual(configMap("labels: { a: b }"), ["ConfigMap/shop/web-config"]);
  const custom = (namespace: string) =>
    `custom: [{ apiVersion: a.dev/v1, kind: Zone, metadata: { name: z${namespace} }, spec: { a: "${fails}" } }]`;
  assert.deepEqual(kept(custom(', namespace: "{{ .spec.a }}"')), ["Zone.a.dev/far/z"]);
  assert.deepEqual(kept(custom(""), (type) => ({ ...type, namespaced: false })), ["Zone.a.dev/z"]);
});

Deno.test("a name is trimmed, and where it renders to nothing the kind's own is used", () => {
  const name = (text: string, spec: Record<string, unknown> = {}) =>
    keysOf(desire(`onReconcile:\n  configMaps: [{ name: "${text}", data: { a: b } }]`, { spec }));
  assert.deepEqual(name(" {{ .spec.a }} ", { a: "x" }), ["ConfigMap shop/x"]);
  assert.deepEqual(name("{{ .spec.a }}", { a: 12 }), ["ConfigMap shop/12"]);
  assert.deepEqual(name("{{ .spec.a }}"), ["ConfigMap shop/web-config"]);
});

Deno.test("a child of a cluster-scoped object stands in default where nothing else is said", () => {
  const cr = webOf();
  delete (cr.metadata as { namespace?: string }).namespace;
  assert.deepEqual(keysOf(desire("onReconcile:\n  configMaps: [{ name: one, data: { a: b } }]", { cr })), [
    "ConfigMap default/one",
  ]);
  const failed = desire('onReconcile:\n  configMaps: [{ name: one, data: { a: "{{ .spec.a.b }}" } }]', {
    cr: { ...cr, spec: { a: "x" } },
  });
  assert.deepEqual(keptOf(failed), ["ConfigMap/default/one"]);
});
