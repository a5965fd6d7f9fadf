import assert from "node:assert/strict";
import { desire, keptOf, saidBy } from "../../tests/support/desire.ts";

const failures: [what: string, entry: string, said: string, line: number][] = [
  [
    "a template of a field",
    'configMaps:\n    - name: one\n      data:\n        a: "{{ .spec.a.b }}"',
    'Cannot read field "b"',
    14,
  ],
  ["a value of the wrong type", 'deployments:\n    - image: x\n      replicas: "{{ .spec.a }}"', "replicas: ", 13],
  [
    "an item of a list",
    'deployments:\n    - image: x\n      env:\n        - name: A\n          value: "{{ .spec.a.b }}"',
    'Cannot read field "b"',
    15,
  ],
];

for (const [what, entry, said, line] of failures) {
  Deno.test(`${what} that fails is reported at its own line`, () => {
    const [problem] = desire(`onReconcile:\n  ${entry}`, { spec: { a: "x" } }).problems;
    assert.equal(problem!.state, "failed");
    assert.match(problem!.message, new RegExp(`k\\.yaml:${line}:`), problem!.message);
    assert.ok(problem!.message.includes(said), problem!.message);
  });
}

Deno.test("a field that lacks what a child has to say is waited for; another field's read is not to blame", () => {
  const state = (image: string, tag: string) =>
    desire(
      `onReconcile:
  secrets: [{ name: s, data: { a: b } }]
  deployments: [{ name: a, image: "${image}", env: [{ name: T, value: "${tag}" }] }]`,
      { spec: { a: "x" } },
    ).problems.map((problem) => problem.state);
  assert.deepEqual(state("{{ .children.secret.data.image }}", "t"), ["waiting"]);
  // The field that fails reads nothing that is absent: waiting for the other would never end.
  assert.deepEqual(state("{{ .spec.image }}", "{{ .children.secret.data.tag }}"), ["failed"]);
  assert.deepEqual(state("x", "{{ .spec.a.b }}"), ["failed"]);
});

Deno.test("what an entry lacks as a whole is waited for where a template inside reads what is absent", () => {
  const problem = (data: string) =>
    desire(`onReconcile:\n  configMaps: [{ name: c, data: { a: b } }]\n  secrets: [{ name: s, data: "${data}" }]`)
      .problems[0]!;
  assert.deepEqual(
    [problem("{{ .children.configMap.data.none }}").state, problem("{{ .children.configMap.data.none }}").reason],
    ["waiting", "Waiting"],
  );
  assert.match(
    problem("{{ .spec.none }}").message,
    /^onReconcile\.secrets\[0\]: k\.yaml:12:\d+: Cannot do without all of data/,
  );
});

Deno.test("an item of a list that one template gave is waited for when that reads what is absent", () => {
  const states = (from: string) =>
    desire(
      `onReconcile:
  configMaps: [{ name: c, data: { a: b } }]
  deployments: [{ name: app, image: x, env: "{{ ${from} | default .spec.env }}" }]`,
      { spec: { env: [{ value: "v" }] } },
    ).problems.map(({ state }) => state);
  assert.deepEqual(states(".children.configMap.data.none"), ["waiting"]);
  assert.deepEqual(states(".spec.none"), ["failed"]);
});

Deno.test("a template that fails is not excused by another that reads what is absent", () => {
  const [problem] = desire(
    `onReconcile:
  secrets: [{ name: s, data: { a: b } }]
  configMaps: [{ name: one, data: { a: "{{ .children.secret.data.x }}", b: "{{ .spec.a.b }}" } }]`,
    {
      spec: { a: "x" },
    },
  ).problems;
  assert.deepEqual([problem!.state, problem!.reason], ["failed", "ReconcileError"]);
});

Deno.test("what is refused when the object is built fails its entry, whose child stays", () => {
  const ingress = (path: string) =>
    desire(
      `onReconcile:
  secrets: [{ name: s, data: { a: b } }]
  deployments: [{ name: app, image: x, port: 80 }]
  services: [{ name: app, port: 80 }]
  ingresses: [{ name: i, host: a.example.org, serviceName: app, servicePort: 80, path: "${path}" }]`,
      { spec: { path: "x" } },
    );
  assert.deepEqual(ingress("/{{ .spec.path }}").problems, []);
  const desired = ingress("{{ .spec.path }}");
  assert.match(saidBy(desired)[0]!, /^onReconcile\.ingresses\[0\]: AT: path: Cannot use the path "x"/);
  assert.deepEqual([desired.problems.length, keptOf(desired)], [1, ["Ingress.networking.k8s.io/shop/i"]]);
});

Deno.test("what the templates of one object produce is limited", () => {
  const text = "x".repeat(1024 * 1024 - 2);
  const said = (count: number) =>
    saidBy(desire(
      `onReconcile:
  configMaps: [{ forEach: { field: spec.names, as: n }, name: "{{ .n }}", data: { a: "{{ $.spec.text }}" } }]`,
      { spec: { text, names: Array.from({ length: count }, (_, index) => `n${index}`) } },
    ));
  assert.deepEqual(said(8), [], "8 times the text and a name of two letters");
  const over = said(9);
  assert.equal(over.length, 1);
  assert.match(over[0]!, /\[8\]: AT: name: The templates of one object render more than 8388608 characters/);
});

Deno.test("children of one object are limited, those of all its entries together", () => {
  const entries = (counts: number[]) =>
    desire(
      "onReconcile:\n  configMaps:\n" + counts.map((_, index) =>
        `    - { forEach: { field: spec.l${index}, as: n }, name: "c${index}-{{ .n }}", data: { a: b } }\n`
      ).join(""),
      {
        spec: Object.fromEntries(
          counts.map((count, index) => [`l${index}`, Array.from({ length: count }, (_, at) => at)]),
        ),
      },
    );
  assert.equal(entries([500, 500]).children.length, 1000);
  const over = entries([500, 501]);
  assert.equal(over.children.length, 1000);
  assert.deepEqual(saidBy(over), [
    "onReconcile.configMaps[1][500]: AT: more than 1000 children for one object",
  ]);
  assert.deepEqual(keptOf(over), ["ConfigMap"], "which child is left out is not known");
  const spread = desire(
    `onReconcile:
  configMaps:
    - { forEach: { field: spec.many, as: n }, name: "c{{ .n }}", data: { a: b } }
    - { name: wide, data: { a: b }, toNamespaces: [a, b] }`,
    { spec: { many: Array.from({ length: 999 }, (_, at) => at) } },
  );
  assert.equal(spread.children.length, 999);
  assert.deepEqual(saidBy(spread), ["onReconcile.configMaps[1]: AT: more than 1000 children for one object"]);
  assert.deepEqual(keptOf(spread), ["ConfigMap/a/wide", "ConfigMap/b/wide"]);
});

Deno.test("what one object may copy is limited over all its entries", () => {
  const big = { state: "found", content: { data: { a: "x".repeat(1024 * 1024) }, binaryData: {} } } as const;
  const targets = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => `t${from + index}`).join(", ");
  const copies = (first: number, all: number) =>
    desire(
      `onReconcile:
  configMaps:
    - { name: a, fromConfigMap: s, toNamespaces: [${targets(0, first)}] }
    - { name: b, fromConfigMap: s, toNamespaces: [${targets(first, all)}] }`,
      { memory: { source: () => big } },
    );
  assert.equal(copies(16, 31).children.length, 31);
  const over = copies(16, 32);
  assert.deepEqual([over.children.length, over.problems.map(({ entry }) => entry)], [16, [
    "onReconcile.configMaps[1]",
  ]]);
});
