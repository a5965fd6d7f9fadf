import assert from "node:assert/strict";
import { childOf, memoryOf, observed, webOf } from "../../tests/support/decision.ts";
import { planOf } from "../../tests/support/plans.ts";
import { templateData } from "../input/mod.ts";
import { compileBox } from "./compile.ts";
import { type Desired, desiredChildren, entryOf } from "./desired.ts";
import type { ObservedChild } from "./observed.ts";
import type { SourceState } from "./memory.ts";

const found = (data: Record<string, string>): SourceState => ({ state: "found", content: { data, binaryData: {} } });

/** What is desired for a CR `web` in `shop` with these entries of `configMaps`, as the sources are. */
function desire(
  entries: string,
  sources: Readonly<Record<string, SourceState>>,
  { spec = {}, more = "", block = "onReconcile", children = [] }: {
    spec?: Record<string, unknown>;
    more?: string;
    block?: string;
    children?: readonly ObservedChild[];
  } = {},
): Desired {
  const [plan] = planOf(`web:
  apiTypes: { group: demo.dev, version: v1, kind: Web, plural: webs }
${more}  operatorBox:
    ${block}:
      configMaps:
${entries.trim().replace(/^(?=.)/gm, "      ")}\n`).boxes;
  const cr = webOf({}, { spec });
  const memory = {
    ...memoryOf(children),
    source: (_: unknown, key: string) => sources[key] ?? { state: "absent" } as const,
  };
  return desiredChildren(compileBox(plan!), cr, templateData(cr, [], new Set()), 0, memory);
}

const told = ({ children, problems }: Desired): string[] => [
  ...children.map(({ key, object }) => `${key} ${JSON.stringify(object["data"])}`),
  ...problems.map(({ state, message }) => `${state}: ${message.replace(/k\.yaml:\d+:\d+/, "AT")}`),
];
const kept = ({ kept: { names, kinds } }: Desired): string[] => [...names, ...kinds].sort();

Deno.test("an entry waits for its source, or fails with the reason, and its children stay", () => {
  const entry = "- {name: copy, fromConfigMap: s, toNamespaces: [a, b]}";
  const cases: [SourceState, string][] = [
    [
      { state: "absent" },
      "waiting: onReconcile.configMaps[0]: waiting for ConfigMap shop/s, the source, which does not exist",
    ],
    [{ state: "pending" }, "waiting: onReconcile.configMaps[0]: waiting for ConfigMap shop/s, the source, to be read"],
    [
      { state: "pending", why: "no" },
      "waiting: onReconcile.configMaps[0]: waiting for ConfigMap shop/s, the source, to be read: no",
    ],
    [
      { state: "unreadable", why: "no" },
      "failed: onReconcile.configMaps[0]: AT: cannot read ConfigMap shop/s, the source: no",
    ],
  ];
  for (const [state, expected] of cases) {
    const desired = desire(entry, { "shop/s": state });
    assert.deepEqual(told(desired), [expected]);
    assert.deepEqual(kept(desired), ["ConfigMap/a/copy", "ConfigMap/b/copy"]);
    assert.deepEqual(desired.sources.map(({ key }) => key), ["shop/s"]);
  }
});

Deno.test("the same content gives the same digest, another one another", () => {
  const digest = (data: Record<string, string>) =>
    desire("- {name: copy, fromConfigMap: s}", { "shop/s": found(data) }).children[0]!.digest;
  assert.equal(digest({ a: "1", b: "2" }), digest({ b: "2", a: "1" }));
  assert.notEqual(digest({ a: "1" }), digest({ a: "2" }));
});

Deno.test("a source that renders to nothing is an error, and the copy stays", () => {
  const desired = desire("- {name: copy, fromConfigMap: '{{ .spec.from }}'}", {});
  assert.match(told(desired)[0]!, /^failed: .*Cannot do without fromConfigMap: it rendered to nothing$/);
  assert.deepEqual([kept(desired), desired.sources], [["ConfigMap/shop/copy"], []]);
});

Deno.test("a source namespace that the object chooses must be allowed", () => {
  const chosen = (space: string) =>
    told(
      desire("- {name: copy, fromConfigMap: s, fromNamespace: '{{ .spec.space }}'}", {
        [`${space}/s`]: found({ a: "b" }),
      }, { spec: { space }, more: "  allowedNamespaces: ['team-*']\n" }),
    );
  assert.deepEqual(chosen("team-a"), ['shop/copy {"a":"b"}']);
  assert.deepEqual(chosen("shop"), ['shop/copy {"a":"b"}'], "its own");
  assert.match(chosen("kube-system")[0]!, /^failed: .*the source namespace "kube-system" is not allowed/);
});

Deno.test("one child in each namespace: each once, none for an empty list, and each judged alone", () => {
  const entry = "- {name: copy, data: {a: b}, toNamespaces: [x, '{{ .spec.one }}', '{{ .spec.more }}']}";
  const more = "  allowedNamespaces: ['team-*']\n";
  const spread = (spec: Record<string, unknown>) => desire(entry, {}, { spec, more });
  const all = spread({ one: "team-a", more: ["team-b", "team-a", "other", "x"] });
  assert.deepEqual(all.children.map(({ key, entry }) => `${key} ${entry}`), [
    "x/copy onReconcile.configMaps[0][x]",
    "team-a/copy onReconcile.configMaps[0][team-a]",
    "team-b/copy onReconcile.configMaps[0][team-b]",
  ]);
  assert.match(all.problems[0]!.message, /^onReconcile\.configMaps\[0\]\[other\]: .*"other" is not allowed/);
  assert.deepEqual(kept(all), ["ConfigMap/other/copy"]);
  assert.deepEqual(spread({}).children.map(({ key }) => key), ["x/copy"]);
  const whole = desire("- {name: copy, data: {a: b}, toNamespaces: '{{ .spec.more }}'}", {}, {
    more,
    spec: { more: [] },
  });
  assert.deepEqual([told(whole), kept(whole)], [[], []]);
  // What is no list, and no name: nothing of the kind is pruned.
  const broken = spread({ more: [{ a: "b" }] });
  assert.equal(broken.problems[0]!.state, "failed");
  assert.deepEqual(kept(broken), ["ConfigMap"]);
});

Deno.test("an object is not copied to itself", () => {
  const desired = desire("- {name: '{{ .spec.name }}', fromConfigMap: s, toNamespaces: [shop, x], adopt: true}", {
    "shop/s": found({ a: "b" }),
  }, { spec: { name: "s" } });
  assert.deepEqual(told(desired), [
    'x/s {"a":"b"}',
    "failed: onReconcile.configMaps[0][shop]: AT: ConfigMap shop/s is copied to itself; give it a name",
  ]);
});

Deno.test("what is only created needs its source until it exists", () => {
  const create = (children: readonly ObservedChild[]) =>
    desire("- {name: one, fromConfigMap: s}", {}, { block: "onCreate", children });
  assert.equal(create([]).problems[0]!.state, "waiting");
  const done = create([observed(childOf())]);
  assert.deepEqual([done.problems, done.sources, done.children.length], [[], [], 1]);
});

Deno.test("what one object may copy is limited, all its children together", () => {
  const more = "  allowedNamespaces: ['team-*']\n";
  const big = found({ a: "x".repeat(1024 * 1024) });
  const copies = (count: number) =>
    desire("- {name: copy, fromConfigMap: s, toNamespaces: '{{ .spec.more }}'}", { "shop/s": big }, {
      more,
      spec: { more: Array.from({ length: count }, (_, index) => `team-${index}`) },
    });
  assert.equal(copies(31).children.length, 31);
  assert.match(copies(32).problems[0]!.message, /the copies of one object have more than 33554432 characters/);
});

Deno.test("entryOf() leaves off the element and the namespace", () => {
  for (const suffix of ["", "[2]", "[team-a]", "[2][team-a]"]) {
    assert.equal(entryOf(`onReconcile.configMaps[0]${suffix}`), "onReconcile.configMaps[0]");
  }
});
