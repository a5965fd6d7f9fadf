import assert from "node:assert/strict";
import fc from "fast-check";
import { compareAge, heldText } from "../../admission/mod.ts";
import type { Json } from "../../base/json.ts";
import { type KubeObject, type ObjectKey, objectKey } from "../../k8s/object.ts";
import { UniqueIndex } from "./unique_index.ts";

const fields = [
  { name: "spec.a", path: ["spec", "a"] },
  { name: "spec.b", path: ["spec", "b"] },
];

/** Seconds of creation; the uid decides between equal ones. */
function cr(name: string, second: number, spec: Json, uid = `uid-${name}`): KubeObject {
  const creationTimestamp = `2026-01-01T00:00:0${second}Z`;
  return { apiVersion: "a.dev/v1", kind: "A", metadata: { name, namespace: "n", uid, creationTimestamp }, spec };
}

function indexOf() {
  const crs = new Map<ObjectKey, KubeObject>();
  const reported: string[] = [];
  const index = new UniqueIndex({
    fields,
    cr: (key) => crs.get(key),
    changed: (key, cause) => reported.push(`${key} because of ${cause}`),
  });
  return {
    index,
    crs,
    put(object: KubeObject): string[] {
      crs.set(objectKey(object.metadata), object);
      index.changed(objectKey(object.metadata));
      return reported.splice(0);
    },
    remove(name: string): string[] {
      crs.delete(`n/${name}`);
      index.changed(`n/${name}`);
      return reported.splice(0);
    },
    holder: (name: string, value: string, field = "spec.a") => {
      const holder = index.viewOf(`n/${name}`).holderOf(field, value);
      return holder === undefined || "unknown" in holder ? holder : holder.name;
    },
  };
}

Deno.test("UniqueIndex refuses the younger of two, and reports it when the older one goes or changes", () => {
  const { put, remove, holder } = indexOf();
  assert.deepEqual(put(cr("old", 1, { a: "x" })), []);
  assert.deepEqual(put(cr("young", 2, { a: "x" })), []);
  assert.deepEqual([holder("old", "x"), holder("young", "x")], [undefined, "old"]);
  assert.deepEqual(remove("old"), ["n/young because of n/old"]);
  assert.equal(holder("young", "x"), undefined);
  assert.deepEqual(put(cr("old", 1, { a: "x" }, "uid-new")), ["n/young because of n/old"]);
  assert.deepEqual(put(cr("old", 1, { a: "y" }, "uid-new")), ["n/young because of n/old"]);
  assert.equal(holder("young", "x"), undefined);
});

Deno.test("UniqueIndex says of two that were created in the same second the same, whichever is seen first", () => {
  for (const order of [["a", "b"], ["b", "a"]]) {
    const { put, holder } = indexOf();
    for (const name of order) put(cr(name, 1, { a: "x" }));
    assert.deepEqual([holder("a", "x"), holder("b", "x")], [undefined, "a"]);
  }
});

Deno.test("UniqueIndex reports nothing for changes that concern no other CR", () => {
  const { put, remove, index } = indexOf();
  put(cr("old", 1, { a: "x" }));
  put(cr("young", 2, { a: "x" }));
  const version = index.versionOf("n/young");
  assert.deepEqual(put(cr("old", 1, { a: "x", other: 1 })), []);
  assert.deepEqual(put(cr("third", 3, { a: "x" })), []);
  assert.deepEqual(put(cr("third", 3, { a: "z", b: "x" })), []);
  assert.deepEqual(remove("third"), []);
  assert.equal(index.versionOf("n/young"), version);
  remove("old");
  assert.notEqual(index.versionOf("n/young"), version);
});

Deno.test("UniqueIndex enqueues a bounded number of CRs, the one whose verdict changes among them", () => {
  const { put, remove } = indexOf();
  // The oldest comes last, so that it is not found by being the first.
  for (let i = 499; i >= 0; i--) put(cr(`c${i}`, 5, { a: "x" }, `uid-${1000 + i}`));
  for (const reported of [put(cr("first", 1, { a: "x" })), remove("first")]) {
    assert.ok(reported.length > 10 && reported.length <= 100, `${reported.length}`);
    assert.ok(reported.includes("n/c0 because of n/first"));
  }
});

Deno.test("UniqueIndex lists the holders of a value, the oldest first", () => {
  const { put, index } = indexOf();
  put(cr("young", 2, { a: 8 }));
  put(cr("old", 1, { a: "8" }));
  put(cr("middle", 1, { a: "8", b: "x" }, "uid-young"));
  assert.deepEqual(index.holders("spec.a", "8", 2), { keys: ["n/old", "n/middle"], total: 3 });
  assert.deepEqual(index.holders("spec.b", "8", 2), { keys: [], total: 0 });
  assert.deepEqual(index.holders("spec.c", "8", 2), { keys: [], total: 0 });
});

const names = ["a", "b", "c", "d"];
const values = fc.constantFrom<Json>("x", "y", "", 1, null);
const steps = fc.array(
  fc.record({
    name: fc.constantFrom(...names),
    gone: fc.boolean(),
    a: values,
    b: values,
    uid: fc.constantFrom("1", "2"),
  }),
  { maxLength: 30 },
);

Deno.test("UniqueIndex agrees with a search through all CRs, and reports every CR whose verdict changes", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const { index, crs, put, remove } = indexOf();
      const verdict = (name: string, field: typeof fields[number]): string => {
        const own = crs.get(`n/${name}`);
        const value = own === undefined ? undefined : heldText(own as Json, field.path);
        if (own === undefined || value === undefined) return "";
        const oldest = [...crs.values()].filter((one) => heldText(one as Json, field.path) === value)
          .sort((a, b) => compareAge(a.metadata, b.metadata))[0]!;
        const expected = oldest === own ? undefined : { name: oldest.metadata.name, namespace: "n" };
        assert.deepEqual(index.viewOf(`n/${name}`).holderOf(field.name, value), expected);
        return `${value} ${oldest.metadata.uid}`;
      };
      const all = () => new Map(names.map((name) => [name, fields.map((field) => verdict(name, field)).join()]));
      let before = all();
      for (const { name, gone, a, b, uid } of list) {
        // A uid has one time of creation; two CRs share each.
        const second = uid === "2" ? 2 : name < "c" ? 1 : 0;
        const reported = gone ? remove(name) : put(cr(name, second, { a, b }, `${name}${uid}`));
        const after = all();
        for (const other of names.filter((one) => one !== name && after.get(one) !== before.get(one))) {
          assert.ok(reported.includes(`n/${other} because of n/${name}`), `${other} is not reported`);
        }
        before = after;
      }
    }),
    { numRuns: 500 },
  );
});
