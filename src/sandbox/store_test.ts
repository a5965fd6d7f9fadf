import assert from "node:assert/strict";
import fc from "fast-check";
import type { KubeObject } from "../k8s/object.ts";
import { objectKey } from "../k8s/object.ts";
import { listPage } from "./http/list.ts";
import { type Collection, Store } from "./store.ts";

function object(name: string, namespace: string, value: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace, uid: `${namespace}/${name}/${value}` },
    value,
  };
}

/** Carries out a list of small writes; impossible ones are left out. */
interface Write {
  readonly verb: "put" | "remove";
  readonly name: string;
  readonly namespace: string;
  readonly value: string;
}

const write: fc.Arbitrary<Write> = fc.record({
  verb: fc.constantFrom("put", "put", "remove"),
  name: fc.constantFrom("a", "b", "c", "d-x", "d.x"),
  namespace: fc.constantFrom("one", "one-two", "two"),
  value: fc.constantFrom("1", "2", "3"),
});

function carryOut(collection: Collection, { verb, name, namespace, value }: Write): void {
  const current = collection.get(`${namespace}/${name}`);
  const next = object(name, namespace, value);
  if (verb === "remove") {
    if (current !== undefined) collection.remove(current);
  } else if (current === undefined) collection.create(next);
  else collection.replace(current, { ...next, metadata: { ...next.metadata, uid: current.metadata.uid! } });
}

const state = (objects: readonly KubeObject[]) =>
  objects.map(({ metadata, value }) => `${objectKey(metadata)}=${value}@${metadata.resourceVersion}`);

Deno.test("Collection.listAt() gives every state that there was", () => {
  fc.assert(fc.property(fc.array(write, { maxLength: 30 }), (writes) => {
    const store = new Store(100);
    const collection = store.collection("configmaps.");
    const states = new Map([[store.revision, state(collection.list())]]);
    for (const each of writes) {
      carryOut(collection, each);
      states.set(store.revision, state(collection.list()));
    }
    for (const [revision, expected] of states) assert.deepEqual(state(collection.listAt(revision)!), expected);
  }));
});

Deno.test("Collection.changesAfter() replays any past state to the present one", () => {
  fc.assert(fc.property(fc.array(write, { maxLength: 30 }), fc.nat(), (writes, start) => {
    const store = new Store(100);
    const collection = store.collection("configmaps.");
    const revisions = [store.revision];
    for (const each of writes) {
      carryOut(collection, each);
      revisions.push(store.revision);
    }
    const from = revisions[start % revisions.length]!;
    const replayed = new Map(collection.listAt(from)!.map((item) => [objectKey(item.metadata), item]));
    for (const { type, object } of collection.changesAfter(from)!) {
      if (type === "DELETED") replayed.delete(objectKey(object.metadata));
      else replayed.set(objectKey(object.metadata), object);
    }
    assert.deepEqual(new Set(state([...replayed.values()])), new Set(state(collection.list())));
  }));
});

Deno.test("listPage() in pages of any size is the whole list, whatever is written in between", () => {
  fc.assert(
    fc.property(
      fc.array(write, { maxLength: 20 }),
      fc.array(write, { maxLength: 10 }),
      fc.integer({ min: 1, max: 5 }),
      (before, between, limit) => {
        const collection = new Store(100).collection("configmaps.");
        for (const each of before) carryOut(collection, each);
        const whole = listPage(collection, undefined, new URLSearchParams(), undefined);
        const items: KubeObject[] = [];
        let token = "";
        const later = [...between];
        do {
          const query = new URLSearchParams({ limit: String(limit), continue: token });
          const page = listPage(collection, undefined, query, undefined);
          assert.equal(page.metadata["resourceVersion"], whole.metadata["resourceVersion"]);
          items.push(...page.items);
          token = String(page.metadata["continue"] ?? "");
          const next = later.shift();
          if (next !== undefined) carryOut(collection, next);
        } while (token !== "");
        assert.deepEqual(state(items), state(whole.items));
      },
    ),
  );
});

Deno.test("Collection forgets changes beyond the history, and says so", () => {
  const store = new Store(4);
  const collection = store.collection("configmaps.");
  const first = store.revision;
  for (let i = 0; i < 20; i++) collection.create(object(`m-${i}`, "one", "1"));
  assert.equal(collection.changesAfter(first), undefined);
  assert.equal(collection.listAt(first), undefined);
  assert.ok(collection.changesAfter(collection.floor)!.length >= 4);
  assert.equal(collection.listAt(collection.floor)!.length, 20 - collection.changesAfter(collection.floor)!.length);
});

Deno.test("Collection.replace() and remove() refuse a state that is not the stored one", () => {
  const collection = new Store(10).collection("configmaps.");
  const stale = collection.create(object("a", "one", "1"));
  const fresh = collection.replace(stale, object("a", "one", "2"))!;
  assert.equal(collection.replace(stale, object("a", "one", "3")), undefined);
  assert.equal(collection.remove(stale), undefined);
  assert.equal(collection.get("one/a"), fresh);
});

Deno.test("Store.dependentsOf() follows owner references as they come and go", () => {
  const store = new Store(10);
  const collection = store.collection("configmaps.");
  const owner = { apiVersion: "v1", kind: "ConfigMap", name: "o", uid: "owner" };
  const owned = object("a", "one", "1");
  const first = collection.create({ ...owned, metadata: { ...owned.metadata, ownerReferences: [owner] } });
  assert.deepEqual(store.dependentsOf("owner").map(({ key }) => key), ["one/a"]);
  const second = collection.replace(first, owned)!;
  assert.deepEqual(store.dependentsOf("owner"), []);
  const third = collection.replace(second, { ...owned, metadata: { ...owned.metadata, ownerReferences: [owner] } })!;
  collection.remove(third);
  assert.deepEqual(store.dependentsOf("owner"), []);
});
