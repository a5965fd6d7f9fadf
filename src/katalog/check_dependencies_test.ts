import assert from "node:assert/strict";
import fc from "fast-check";
import { loadKatalog, type LoadResult } from "./load.ts";

/** A Katalog of these boxes; the text of each is what follows its name: `dependsOn: [db]`. */
function load(boxes: Readonly<Record<string, string>>): LoadResult {
  const entries = Object.entries(boxes).map(([name, more], i) => {
    const types = `apiTypes: {group: shop.example.org, version: v1, kind: Kind${i}, plural: kind${i}s}`;
    return `    ${name}:\n      ${types}\n      ${more.replaceAll("\n", "\n      ")}\n`;
  });
  const text = `apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: k}\nspec:\n  crds:\n${
    entries.join("")
  }`;
  return loadKatalog([{ path: "k.yaml", bytes: new TextEncoder().encode(text) }], () => undefined);
}

/** `line:column path: message (hint)` of each error. */
function errors(boxes: Readonly<Record<string, string>>): string[] {
  return load(boxes).findings.filter(({ severity }) => severity === "error").map((finding) =>
    `${finding.line}:${finding.column} ${finding.path.replace("spec.crds.", "")}: ${finding.message}` +
    (finding.hint === undefined ? "" : ` (${finding.hint})`)
  );
}

function dependencies(dependsOn: string): string[] {
  const { katalog, findings } = load({ api: dependsOn, db: "", mail: "" });
  assert.deepEqual(findings, []);
  return katalog!.crds[0]!.dependsOn.map(({ box, condition }) => `${box} ${condition}`);
}

Deno.test("loadKatalog() reads each form of dependsOn, healthy being the default, sorted by name", () => {
  assert.deepEqual(dependencies(""), []);
  assert.deepEqual(dependencies("dependsOn: []"), []);
  assert.deepEqual(dependencies("dependsOn: [mail, db]"), ["db healthy", "mail healthy"]);
  assert.deepEqual(dependencies("dependsOn: {mail: started, db: ready}"), ["db healthy", "mail started"]);
  assert.deepEqual(dependencies("dependsOn: {mail: {condition: started}, db: {}}"), ["db healthy", "mail started"]);
  assert.deepEqual(dependencies('dependsOn:\n  db:\n  mail: ""'), ["db healthy", "mail healthy"]);
});

Deno.test("loadKatalog() refuses a name that is no box, and suggests the nearest", () => {
  assert.deepEqual(errors({ api: "dependsOn: [databse]", database: "", mail: "" }), [
    '8:19 api.dependsOn[0]: "databse" is no entry of spec.crds (did you mean "database"?)',
  ]);
  assert.deepEqual(errors({ api: "dependsOn: {queue: healthy}", db: "", mail: "" }), [
    '8:19 api.dependsOn.queue: "queue" is no entry of spec.crds (known here: db, mail)',
  ]);
});

Deno.test("loadKatalog() refuses a box that depends on itself, twice on one, or on a disabled one", () => {
  assert.deepEqual(errors({ api: "dependsOn: [db, api, db]", db: "" }), [
    '8:23 api.dependsOn[1]: "api" depends on itself (remove it)',
    '8:28 api.dependsOn[2]: "db" is already listed (keep one of them)',
  ]);
  assert.deepEqual(errors({ api: "dependsOn: [db]", db: "enabled: false" }), [
    '8:19 api.dependsOn[0]: "db" is disabled (k.yaml, line 9): "api" would wait for ever ' +
    "(enable it, or remove the dependency)",
  ]);
  assert.deepEqual(errors({ api: "enabled: false\ndependsOn: [db]", db: "enabled: false" }), []);
});

Deno.test("loadKatalog() refuses an unknown condition, and what is neither a list nor a map", () => {
  assert.deepEqual(errors({ api: "dependsOn: {db: degraded}", db: "" }), [
    '8:23 api.dependsOn.db: Expected "started", "healthy" or "ready", found "degraded"',
  ]);
  assert.deepEqual(errors({ api: "dependsOn: {db: {condition: up}}", db: "" }), [
    '8:35 api.dependsOn.db.condition: Expected "started", "healthy" or "ready", found "up"',
  ]);
  assert.deepEqual(errors({ api: "dependsOn: db", db: "" }), [
    '8:18 api.dependsOn: Expected a list or a map, found "db"',
  ]);
});

Deno.test("loadKatalog() names the path of a cycle, once for each", () => {
  const hint = " (remove one of these dependencies)";
  assert.deepEqual(errors({ a: "dependsOn: [b]", b: "dependsOn: {c: started}", c: "dependsOn: [a, d]", d: "" }), [
    `8:19 a.dependsOn[0]: Boxes wait for each other: a → b → c → a${hint}`,
  ]);
  assert.deepEqual(
    errors({ x: "dependsOn: [a]", a: "dependsOn: [b]", b: "dependsOn: [a]", c: "dependsOn: [d]", d: "dependsOn: [c]" }),
    [
      `11:19 a.dependsOn[0]: Boxes wait for each other: a → b → a${hint}`,
      `17:19 c.dependsOn[0]: Boxes wait for each other: c → d → c${hint}`,
    ],
  );
  assert.deepEqual(errors({ a: "enabled: false\ndependsOn: [b]", b: "enabled: false\ndependsOn: [a]" }), []);
});

Deno.test("loadKatalog() shortens the path of a long cycle, and is not overwhelmed by a long chain", () => {
  const ring = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`b${i}`, `dependsOn: [b${(i + 1) % count}]`]));
  assert.match(errors(ring(30))[0]!, /: b0 → b1 → b2 → b3 → b4 → … 21 more … → b26 → b27 → b28 → b29 → b0 \(/);
  const chain = ring(800);
  chain["b799"] = "";
  assert.deepEqual(errors(chain), []);
});

/** For each of `count` boxes the numbers of those that it depends on. */
function graphs(count: number, isEdge: (from: number, to: number) => boolean): fc.Arbitrary<number[][]> {
  return fc.array(fc.array(fc.boolean(), { minLength: count, maxLength: count }), {
    minLength: count,
    maxLength: count,
  }).map((rows) => rows.map((row, from) => row.flatMap((is, to) => is && isEdge(from, to) ? [to] : [])));
}

function boxesOf(graph: readonly (readonly number[])[]): Record<string, string> {
  return Object.fromEntries(
    graph.map((row, i) => [`b${i}`, `dependsOn: [${row.map((to) => `b${to}`).join(", ")}]`]),
  );
}

/** By removing, again and again, what depends on nothing that is left. */
function hasCycle(graph: readonly (readonly number[])[]): boolean {
  const left = new Set(graph.keys());
  for (let before = -1; before !== left.size;) {
    before = left.size;
    for (const i of left) if (!graph[i]!.some((to) => left.has(to))) left.delete(i);
  }
  return left.size > 0;
}

Deno.test("loadKatalog() reports cycles, and only where there are some, for any graph", () => {
  fc.assert(fc.property(graphs(6, (from, to) => from !== to), (graph) => {
    const found = errors(boxesOf(graph));
    assert.equal(found.length > 0, hasCycle(graph));
    for (const error of found) {
      const path = /other: (.*) \(/.exec(error)![1]!.split(" → ").map((name) => Number(name.slice(1)));
      assert.equal(path[0], path.at(-1));
      for (let i = 1; i < path.length; i++) assert.ok(graph[path[i - 1]!]!.includes(path[i]!), error);
    }
  }));
});
