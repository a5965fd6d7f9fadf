import assert from "node:assert/strict";
import fc from "fast-check";
import { FakeClock } from "../../../tests/support/clock.ts";
import { boxOf } from "../../../tests/support/plans.ts";
import { type KubeObject, objectKey } from "../../k8s/object.ts";
import { Store } from "../cache/store.ts";
import { CrLists } from "./cr_lists.ts";
import type { CrFilter } from "./query.ts";

const { type } = boxOf("onReconcile: {configMaps: [{name: a, data: {a: b}}]}");

interface Demo {
  readonly name: string;
  readonly namespace: string;
  readonly phase: string;
  readonly ready: boolean;
}

function crOf({ name, namespace, phase, ready }: Demo, version: number): KubeObject {
  return {
    ...{ apiVersion: "shop.example.org/v1", kind: "Shop" },
    metadata: { name, namespace, uid: `${namespace}-${name}`, resourceVersion: String(version) },
    status: { phase, conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  };
}

/** A store with its lists, which counts how many CRs these have looked at. */
function counted() {
  const clock = new FakeClock();
  const work = { looks: 0 };
  const store: Store = new Store(type, (key) => lists.changed(key));
  const lists: CrLists = new CrLists({
    clock,
    *crs() {
      for (const entry of store.crs()) {
        work.looks++;
        yield entry;
      }
    },
    cr: (key) => {
      work.looks++;
      return store.cr(key);
    },
  });
  let version = 0;
  return {
    clock,
    lists,
    store,
    put: (demo: Demo) => void store.putCr(crOf(demo, ++version)),
    remove: (demo: Demo) => void store.removeCr(crOf(demo, ++version)),
    /** How many CRs were looked at meanwhile. */
    looksOf: (run: () => void): number => {
      const before = work.looks;
      run();
      return work.looks - before;
    },
  };
}

const demo = (name: string, more: Partial<Demo> = {}): Demo => ({
  ...{ name, namespace: "a", phase: "Running", ready: true },
  ...more,
});

Deno.test("CrLists look at all CRs for the first page of a list, and at none for those that follow", () => {
  const { lists, put, looksOf } = counted();
  const count = 10_000;
  for (let n = 0; n < count; n++) put(demo(`n${n}`, { ready: n % 10 > 0 }));
  const filters: (CrFilter | undefined)[] = [undefined, { ready: false }, { search: "n77" }, { namespace: "a" }];
  for (const filter of filters) {
    let after: string | undefined;
    assert.equal(looksOf(() => after = lists.page(filter, undefined, 50).keys.at(-1)), count);
    assert.equal(looksOf(() => lists.page(filter, after, 50)), 0);
    assert.equal(looksOf(() => lists.page(filter, undefined, 50)), 0);
  }
  assert.equal(looksOf(() => put(demo("n1", { ready: false }))), 1, "one change, one look, however many lists");
  assert.ok(lists.page({ ready: false }, undefined, 2).keys.includes("a/n1"));
});

Deno.test("CrLists look at nothing while nobody requests a list, and forget one that nobody requests any more", async () => {
  const { clock, lists, put, looksOf } = counted();
  assert.equal(looksOf(() => put(demo("one"))), 0);
  lists.page(undefined, undefined, 1);
  lists.page({ search: "one" }, undefined, 1);
  await clock.advance(40_000);
  lists.page(undefined, undefined, 1);
  put(demo("two"));
  assert.equal(lists.size, 2);
  await clock.advance(40_000);
  assert.equal(looksOf(() => put(demo("three"))), 1);
  assert.equal(lists.size, 1, "the one that was requested within a minute");
  await clock.advance(60_000);
  assert.equal(looksOf(() => put(demo("four"))), 1);
  assert.equal(lists.size, 0);
  assert.equal(looksOf(() => put(demo("five"))), 0);
  assert.equal(lists.page(undefined, undefined, 1).total, 5);
});

Deno.test("CrLists keep eight lists, those that were requested last", () => {
  const { lists, put, looksOf } = counted();
  put(demo("one"));
  for (let n = 0; n < 20; n++) lists.page({ search: `n${n}` }, undefined, 1);
  assert.equal(lists.size, 8);
  assert.equal(looksOf(() => lists.page({ search: "n12" }, undefined, 1)), 0);
  lists.page({ search: "other" }, undefined, 1);
  assert.equal(looksOf(() => lists.page({ search: "n12" }, undefined, 1)), 0, "it was requested after n13");
  assert.equal(looksOf(() => lists.page({ search: "n13" }, undefined, 1)), 1);
});

Deno.test("CrLists have at all times what a walk over all CRs finds", () => {
  const names = ["a", "b", "ab", "ba", "abc", "c"];
  const change = fc.record({
    remove: fc.boolean(),
    demo: fc.record({
      name: fc.constantFrom(...names),
      namespace: fc.constantFrom("x", "y"),
      phase: fc.constantFrom("Ab", "Running"),
      ready: fc.boolean(),
    }),
  });
  const filters: (CrFilter | undefined)[] = [
    undefined,
    { search: "ab" },
    { ready: true },
    { ready: false, namespace: "x" },
    { search: "b", namespace: "y" },
  ];
  fc.assert(fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
    const { lists, store, put, remove } = counted();
    for (const { remove: goes, demo } of changes) {
      if (goes) remove(demo);
      else put(demo);
      for (const filter of filters) {
        const wanted = [...store.crs()].filter(([, cr]) => fitsPlainly(cr, filter)).map(([key]) => key).sort();
        assert.deepEqual(walk(lists, filter), wanted);
      }
    }
  }));
});

/** All keys of a list, in pages of two. */
function walk(lists: CrLists, filter: CrFilter | undefined): string[] {
  const keys: string[] = [];
  for (;;) {
    const page = lists.page(filter, keys.at(-1), 2);
    keys.push(...page.keys);
    if (!page.hasMore) {
      assert.equal(page.total, keys.length);
      return keys;
    }
  }
}

function fitsPlainly(cr: KubeObject, { search = "", namespace, ready }: CrFilter = {}): boolean {
  const { phase, conditions } = cr["status"];
  return `${objectKey(cr.metadata)}\n${phase}`.toLowerCase().includes(search) &&
    (namespace ?? cr.metadata.namespace) === cr.metadata.namespace &&
    (ready === undefined || (conditions[0].status === "True") === ready);
}

Deno.test("CrLists take CRs whatever their status is: changes of it must not fail", () => {
  const { lists, store } = counted();
  const filters: CrFilter[] = [{ ready: true }, { ready: false }, { search: "x" }];
  for (const filter of filters) lists.page(filter, undefined, 1);
  const odd = [null, "x", 1, [], { conditions: "x" }, { conditions: [null, "x", { type: "Ready" }] }, {
    phase: { x: 1 },
  }];
  for (const [n, status] of odd.entries()) {
    const { metadata, ...rest } = crOf(demo("one"), n + 1);
    store.putCr({ ...rest, metadata, status } as KubeObject);
    assert.deepEqual(
      filters.map((filter) => lists.page(filter, undefined, 1).total),
      [0, 1, 0],
      JSON.stringify(status),
    );
  }
});
