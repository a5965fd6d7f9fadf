import assert from "node:assert/strict";
import { childOf, observed, webOf } from "../../tests/support/decision.ts";
import { type Around, desire } from "../../tests/support/desire.ts";
import { shortenMiddle } from "../base/shorten.ts";
import { type Desired, entryOf } from "./desired.ts";
import type { ObservedChild } from "./observed.ts";
import type { SourceState } from "./memory.ts";

const found = (data: Record<string, string>): SourceState => ({ state: "found", content: { data, binaryData: {} } });

/** What is desired for a CR `web` in `shop` with these entries of `configMaps`, as the sources are. */
function desireCopies(
  entries: string,
  sources: Readonly<Record<string, SourceState>>,
  { block = "onReconcile", ...around }: Around & { block?: string } = {},
): Desired {
  const source = (_: unknown, key: string) => sources[key] ?? { state: "absent" } as const;
  return desire(`${block}:\n  configMaps:\n    ${entries}`, { ...around, memory: { source } });
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
    const desired = desireCopies(entry, { "shop/s": state });
    assert.deepEqual(told(desired), [expected]);
    assert.deepEqual(kept(desired), ["ConfigMap/a/copy", "ConfigMap/b/copy"]);
    assert.deepEqual(desired.sources.map(({ key }) => key), ["shop/s"]);
  }
});

Deno.test("the same content gives the same digest, another one another", () => {
  const digest = (data: Record<string, string>) =>
    desireCopies("- {name: copy, fromConfigMap: s}", { "shop/s": found(data) }).children[0]!.digest;
  assert.equal(digest({ a: "1", b: "2" }), digest({ b: "2", a: "1" }));
  assert.notEqual(digest({ a: "1" }), digest({ a: "2" }));
});

Deno.test("a source that renders to nothing is an error, and the copy stays", () => {
  const desired = desireCopies("- {name: copy, fromConfigMap: '{{ .spec.from }}'}", {});
  assert.match(told(desired)[0]!, /^failed: .*Cannot do without fromConfigMap: it rendered to nothing$/);
  assert.deepEqual([kept(desired), desired.sources], [["ConfigMap/shop/copy"], []]);
});

Deno.test("a source namespace that the object chooses must be allowed", () => {
  const chosen = (space: string) =>
    told(
      desireCopies("- {name: copy, fromConfigMap: s, fromNamespace: '{{ .spec.space }}'}", {
        [`${space}/s`]: found({ a: "b" }),
      }, { spec: { space }, more: "allowedNamespaces: ['team-*']" }),
    );
  assert.deepEqual(chosen("team-a"), ['shop/copy {"a":"b"}']);
  assert.deepEqual(chosen("shop"), ['shop/copy {"a":"b"}'], "its own");
  assert.match(
    chosen("kube-system")[0]!,
    /^failed: .*the source namespace "kube-system" is not allowed: the object chooses it, and allowedNamespaces does not list it; list it there, or write it out in the Katalog$/,
  );
  const restricted = told(
    desireCopies("- {name: copy, fromConfigMap: s, fromNamespace: '{{ .spec.space }}'}", {
      "team-a/s": found({ a: "b" }),
    }, { spec: { space: "team-a" }, more: "allowedNamespaces: ['team-*']", restricted: "team-a" }),
  );
  assert.match(restricted[0]!, /^failed: .*the object chooses it, and restrictedNamespaces lists it$/);
});

Deno.test("a source namespace that the Katalog writes out is its own choice", () => {
  const copied = told(
    desireCopies("- {name: copy, fromConfigMap: s, fromNamespace: far}", { "far/s": found({ a: "b" }) }, {
      more: "allowedNamespaces: [other]",
    }),
  );
  assert.deepEqual(copied, ['shop/copy {"a":"b"}']);
});

Deno.test("a source of a cluster-scoped object is in default where nothing else is said", () => {
  const cr = webOf();
  delete (cr.metadata as { namespace?: string }).namespace;
  const copied = desireCopies("- {name: copy, fromConfigMap: s}", { "default/s": found({ a: "b" }) }, { cr });
  assert.deepEqual(told(copied), ['default/copy {"a":"b"}']);
});

Deno.test("one child in each namespace: each once, none for an empty list, and each judged alone", () => {
  const entry = "- {name: copy, data: {a: b}, toNamespaces: [x, '{{ .spec.one }}', '{{ .spec.more }}']}";
  const more = "allowedNamespaces: ['team-*']";
  const spread = (spec: Record<string, unknown>) => desireCopies(entry, {}, { spec, more });
  const all = spread({ one: "team-a", more: ["team-b", "team-a", "other", "x"] });
  assert.deepEqual(all.children.map(({ key, entry }) => `${key} ${entry}`), [
    "x/copy onReconcile.configMaps[0][x]",
    "team-a/copy onReconcile.configMaps[0][team-a]",
    "team-b/copy onReconcile.configMaps[0][team-b]",
  ]);
  assert.match(all.problems[0]!.message, /^onReconcile\.configMaps\[0\]\[other\]: .*"other" is not allowed/);
  assert.deepEqual(kept(all), ["ConfigMap/other/copy"]);
  assert.deepEqual(spread({}).children.map(({ key }) => key), ["x/copy"]);
  const whole = desireCopies("- {name: copy, data: {a: b}, toNamespaces: '{{ .spec.more }}'}", {}, {
    more,
    spec: { more: [] },
  });
  assert.deepEqual([told(whole), kept(whole)], [[], []]);
  // What is no name of a namespace fails alone too.
  const long = "n".repeat(100);
  const unnamed = spread({ one: "Bad_Name", more: ["team-a", long] });
  assert.deepEqual(told(unnamed), [
    'x/copy {"a":"b"}',
    'team-a/copy {"a":"b"}',
    'failed: onReconcile.configMaps[0][Bad_Name]: AT: Cannot use "Bad_Name" as a namespace: expected at most 63 ' +
    "lower-case letters, digits and hyphens",
    `failed: onReconcile.configMaps[0][${shortenMiddle(long, 63)}]: AT: Cannot use "${shortenMiddle(long, 80)}" as a ` +
    "namespace: expected at most 63 lower-case letters, digits and hyphens",
  ]);
  assert.deepEqual(kept(unnamed), ["ConfigMap/Bad_Name/copy", `ConfigMap/${long}/copy`]);
  assert.equal(unnamed.kept.renamed.get("ConfigMap/Bad_Name/copy"), "onReconcile.configMaps[0][Bad_Name]");
  // What is no list, and no name: nothing of the kind is pruned.
  const broken = spread({ more: [{ a: "b" }] });
  assert.equal(broken.problems[0]!.state, "failed");
  assert.deepEqual(kept(broken), ["ConfigMap"]);
});

Deno.test("an object is not copied to itself", () => {
  const desired = desireCopies("- {name: '{{ .spec.name }}', fromConfigMap: s, toNamespaces: [shop, x], adopt: true}", {
    "shop/s": found({ a: "b" }),
  }, { spec: { name: "s" } });
  assert.deepEqual(told(desired), [
    'x/s {"a":"b"}',
    "failed: onReconcile.configMaps[0][shop]: AT: ConfigMap shop/s is copied to itself; give it a name",
  ]);
  assert.deepEqual(kept(desired), ["ConfigMap/shop/s"], "the source itself is not pruned");
});

Deno.test("what is only created needs its source until it exists", () => {
  const create = (children: readonly ObservedChild[]) =>
    desireCopies("- {name: one, fromConfigMap: s}", {}, { block: "onCreate", children });
  assert.equal(create([]).problems[0]!.state, "waiting");
  const done = create([observed(childOf())]);
  assert.deepEqual([done.problems, done.sources, done.children.length], [[], [], 1]);
});

Deno.test("what one object may copy is limited, all its children together", () => {
  const more = "allowedNamespaces: ['team-*']";
  const big = found({ a: "x".repeat(1024 * 1024) });
  const copies = (count: number) =>
    desireCopies("- {name: copy, fromConfigMap: s, toNamespaces: '{{ .spec.more }}'}", { "shop/s": big }, {
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
