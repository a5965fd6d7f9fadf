import assert from "node:assert/strict";
import { FakeClock, settle } from "../../../tests/support/clock.ts";
import { CrossTable, type CrossUpdate } from "../../box/mod.ts";
import { ObservedSource } from "./observed_source.ts";

function entry(name: string, more: { readonly status?: string; readonly bytes?: number } = {}) {
  const { status = "", bytes = 100 } = more;
  return { object: { name, namespace: "x", labels: {}, annotations: {}, spec: {}, status: { is: status } }, bytes };
}

function update(more: Partial<CrossUpdate>): CrossUpdate {
  return { source: "db", begins: false, complete: false, objects: [], gone: [], omitted: 0, ...more };
}

function sourceWith(...objects: CrossUpdate["objects"]): ObservedSource {
  const source = new ObservedSource("db", new FakeClock());
  source.publish(update({ begins: true, complete: true, objects }));
  return source;
}

/** All objects of a source, page by page. */
function namesOf(source: ObservedSource, limit: number): string[][] {
  const pages: string[][] = [];
  let after: string | undefined;
  do {
    const { items, next } = source.page(limit, after);
    pages.push(items.map(({ name }) => name));
    after = next;
  } while (after !== undefined);
  return pages;
}

Deno.test("ObservedSource has pages, sorted by key, bounded by number and size", () => {
  const source = sourceWith(...["c", "a", "e", "b", "d"].map((name) => entry(name)));
  assert.deepEqual(namesOf(source, 2), [["a", "b"], ["c", "d"], ["e"]]);
  assert.deepEqual(namesOf(source, 5), [["a", "b", "c", "d", "e"]]);
  assert.deepEqual(source.page(2, "x/bb").items.map(({ name }) => name), ["c", "d"], "after a key that is gone");
  assert.deepEqual(source.page(2, "y"), { items: [], total: 5, omitted: 0 });
  assert.deepEqual(namesOf(sourceWith(), 2), [[]]);
  const large = sourceWith(...["a", "b", "c"].map((name) => entry(name, { bytes: 600 * 1024 })));
  assert.deepEqual(namesOf(large, 500), [["a", "b"], ["c"]]);
  const many = sourceWith(...Array.from({ length: 1200 }, (_, n) => entry(`n${n}`)));
  assert.deepEqual(namesOf(many, 10_000).map((page) => page.length), [500, 500, 200]);
});

Deno.test("ObservedSource has the same version wherever the same is published, in whatever order", () => {
  const [a, b] = [entry("a"), entry("b", { status: "x" })];
  const { version } = sourceWith(a, b);
  const other = sourceWith(entry("b"), entry("c"));
  other.publish(update({ objects: [entry("b", { status: "x" }), entry("a")], gone: ["x/c"] }));
  assert.equal(other.version, version);
  const swapped = sourceWith(entry("a", { status: "x" }), entry("b"));
  assert.notEqual(swapped.version, version);
  assert.notEqual(sourceWith(a).version, version);
});

Deno.test("ObservedSource has another version after each change, and after no other update", () => {
  const source = new ObservedSource("db", new FakeClock());
  const versions: string[] = [source.version];
  const publish = (more: Partial<CrossUpdate>): boolean => {
    source.publish(update(more));
    const isNew = !versions.includes(source.version);
    versions.push(source.version);
    return isNew;
  };
  publish({ begins: true, complete: true });
  assert.equal(publish({ objects: [entry("a")] }), true);
  assert.equal(publish({ objects: [entry("a")] }), false);
  assert.equal(publish({ begins: true, complete: true, objects: [entry("a")] }), false);
  assert.equal(publish({ objects: [entry("a", { status: "new" })] }), true);
  assert.equal(publish({ omitted: 1 }), true);
  assert.equal(publish({ gone: ["x/a"], omitted: 1 }), true);
});

Deno.test("ObservedSource tells its followers that it cannot be reached, until something is known", async () => {
  const source = new ObservedSource("db", new FakeClock());
  const follow = () => {
    const updates: CrossUpdate[] = [];
    const table = new CrossTable();
    const end = source.follow((update) => {
      updates.push(update);
      table.apply(update);
      return Promise.resolve();
    });
    return { updates, table, end };
  };
  const first = follow();
  source.unreached();
  source.unreached();
  const second = follow();
  const told = [update({ unreached: true })];
  assert.deepEqual([first.updates, second.updates], [told, told]);
  source.publish(update({ begins: true, complete: true, objects: [entry("a")] }));
  await settle();
  source.unreached();
  const third = follow();
  await settle();
  for (const { table, updates } of [first, second, third]) {
    assert.deepEqual([...table.keys()], ["x/a"]);
    assert.equal(updates.at(-1)!.unreached, undefined);
  }
  third.end();
  source.publish(update({ gone: ["x/a"] }));
  await settle();
  assert.deepEqual([first, second, third].map(({ table }) => [...table.keys()].length), [0, 0, 1]);
});
