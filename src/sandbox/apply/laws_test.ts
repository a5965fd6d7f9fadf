import assert from "node:assert/strict";
import fc from "fast-check";
import { equalJson, type Json, type JsonMap } from "../../base/json.ts";
import { Models, type Schema } from "../schema/schema.ts";
import { FieldSet, fromFieldsV1, toFieldsV1 } from "./field_set.ts";
import { type Managers, printManagers, readManagers } from "./managers.ts";
import { compareTyped, fieldSetOf } from "./typed.ts";
import { applyConfiguration, trackUpdate, type Workflow } from "./updater.ts";

const text = { type: "string" };
const schema: Schema = new Models({}).node({
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        a: text,
        b: { type: "integer" },
        free: { type: "object", additionalProperties: text },
        atomicMap: { type: "object", "x-kubernetes-map-type": "atomic", additionalProperties: text },
        atomicList: { type: "array", items: text },
        set: { type: "array", "x-kubernetes-list-type": "set", items: text },
        keyed: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name", "zone"],
          items: {
            type: "object",
            properties: {
              name: text,
              zone: { type: "string", default: "z" },
              value: text,
              deep: { type: "object", additionalProperties: text },
            },
          },
        },
      },
    },
  },
});

const flow: Workflow = {
  schema,
  apiVersion: "v1",
  convert: (object, apiVersion) => apiVersion === "v1" ? { schema, object } : undefined,
  ignored: new FieldSet(),
};

const word = fc.constantFrom("p", "q", "r");
const someText = fc.constantFrom("1", "2");
const freeMap = fc.dictionary(word, someText, { minKeys: 1, maxKeys: 3 });
const distinct = { maxLength: 3, selector: (item: string) => item };
const keyed = fc.uniqueArray(
  fc.record({ name: word, zone: fc.constantFrom("z", "y"), value: someText, deep: freeMap }, {
    requiredKeys: ["name"],
  }),
  { maxLength: 4, selector: ({ name, zone = "z" }) => `${name}/${zone}` },
);
/**
 * A configuration of the schema above. No map and no list in it is empty: where everything of one goes, null is left
 * in its place, as with the API server.
 */
const configuration = fc.record({
  a: someText,
  b: fc.integer({ min: 0, max: 2 }),
  free: freeMap,
  atomicMap: freeMap,
  atomicList: fc.array(someText, { minLength: 1, maxLength: 3 }),
  set: fc.uniqueArray(word, { ...distinct, minLength: 1 }),
  keyed: keyed.filter((items) => items.length > 0),
}, { requiredKeys: ["a"] }).map((spec) => ({ spec }) as unknown as JsonMap);

/** What an applier gets when no other manager conflicts. */
function apply(live: JsonMap, config: JsonMap, managers: Managers, manager: string): JsonMap {
  const result = applyConfiguration(live, config, managers, { manager, subresource: "" }, flow, true);
  assert.ok(!("conflicts" in result));
  return result.object ?? live;
}

const stored = (managers: Managers) => readManagers(printManagers(managers) as never)!;
const runs = { numRuns: 300 };

Deno.test("applyConfiguration() twice is applying once", () => {
  fc.assert(
    fc.property(configuration, configuration, (before, config) => {
      const managers: Managers = new Map();
      const live = apply({ spec: {} }, before, managers, "other");
      const once = apply(live, config, managers, "me");
      const owners = printManagers(managers);
      const again = applyConfiguration(once, config, managers, { manager: "me", subresource: "" }, flow, true);
      assert.ok("object" in again && again.object === undefined, "the second apply changes nothing");
      assert.deepEqual(printManagers(managers), owners);
    }),
    runs,
  );
});

Deno.test("applyConfiguration() leaves nothing of a lone applier's earlier configuration", () => {
  fc.assert(
    fc.property(configuration, configuration, (first, second) => {
      const managers: Managers = new Map();
      const live = apply({}, first, managers, "me");
      const changed = apply(live, second, managers, "me");
      const fresh = apply({}, second, new Map(), "me");
      const same = compareTyped(schema, fresh, changed);
      const differs = [same.added, same.removed, same.modified].some((set) => !set.empty);
      assert.ok(!differs, `${JSON.stringify(changed)} is not ${JSON.stringify(fresh)}`);
    }),
    runs,
  );
});

Deno.test("applyConfiguration() keeps what another manager applied without a conflict", () => {
  fc.assert(
    fc.property(configuration, configuration, configuration, (theirs, mine, later) => {
      const managers: Managers = new Map();
      let live = apply({}, theirs, managers, "they");
      live = apply(live, mine, managers, "me");
      live = apply(live, later, managers, "me");
      const owner = managers.get([...managers.keys()].find((id) => id.includes("they")) ?? "");
      const present = fieldSetOf(schema, live);
      for (const path of owner?.set.paths() ?? []) assert.ok(present.has(path), `${path.join()} is owned and gone`);
    }),
    runs,
  );
});

Deno.test("applyConfiguration() without force reports exactly the fields that force would take", () => {
  fc.assert(
    fc.property(configuration, configuration, (theirs, mine) => {
      const managers: Managers = new Map();
      const live = apply({}, theirs, managers, "they");
      const before = [...managers.values()].find(({ manager }) => manager === "they")!.set;
      const refused = applyConfiguration(live, mine, stored(managers), { manager: "me", subresource: "" }, flow, false);
      const forced = stored(managers);
      apply(live, mine, forced, "me");
      const after = [...forced.values()].find(({ manager }) => manager === "they")?.set ?? new FieldSet();
      const taken = new Set([...before.difference(after).paths()].map((path) => path.join()));
      const conflicts = new Set("conflicts" in refused ? refused.conflicts.map(({ path }) => path.join()) : []);
      assert.deepEqual(conflicts, taken);
    }),
    runs,
  );
});

Deno.test("trackUpdate() gives every present leaf that changed to the writer and takes it from all others", () => {
  fc.assert(
    fc.property(configuration, configuration, (before, after) => {
      const managers: Managers = new Map();
      const live = apply({}, before, managers, "applier");
      trackUpdate(live, after, managers, { manager: "writer", subresource: "", time: "" }, flow);
      const { added, modified, removed } = compareTyped(schema, live, after);
      const changed = added.union(modified);
      for (const { manager, set } of managers.values()) {
        if (manager === "writer") assert.deepEqual([...changed.difference(set).paths()], []);
        else assert.deepEqual([...set.intersection(changed.union(removed)).paths()], []);
      }
    }),
    runs,
  );
});

Deno.test("fieldsV1 of a set reads as the same set", () => {
  fc.assert(
    fc.property(configuration, (config) => {
      const set = fieldSetOf(schema, config);
      const read = fromFieldsV1(JSON.parse(JSON.stringify(toFieldsV1(set))));
      assert.deepEqual([...read!.paths()], [...set.paths()]);
    }),
    runs,
  );
});

Deno.test("FieldSet obeys the laws of sets", () => {
  const set = configuration.map((config) => fieldSetOf(schema, config));
  const paths = (value: FieldSet) => [...value.paths()].map((path) => path.join(" "));
  fc.assert(
    fc.property(set, set, (a, b) => {
      assert.deepEqual(paths(a.union(b)), paths(b.union(a)));
      assert.deepEqual(paths(a.intersection(b)), paths(b.intersection(a)));
      assert.deepEqual(new Set(paths(a.difference(b).union(a.intersection(b)))), new Set(paths(a)));
      assert.ok(a.difference(a).empty);
      const inBoth = paths(a).filter((path) => paths(b).includes(path));
      assert.deepEqual(paths(a.intersection(b)), inBoth);
    }),
    runs,
  );
});

Deno.test("compareTyped() finds no difference between equal values, and is mirrored when swapped", () => {
  const paths = (value: FieldSet) => [...value.paths()].map((path) => path.join(" "));
  fc.assert(
    fc.property(configuration, configuration, (a, b) => {
      const there = compareTyped(schema, a, b);
      const back = compareTyped(schema, b, a);
      assert.deepEqual(paths(there.added), paths(back.removed));
      assert.deepEqual(paths(there.modified), paths(back.modified));
      if (equalJson(a as Json, b as Json)) assert.ok(there.added.empty && there.removed.empty && there.modified.empty);
    }),
    runs,
  );
});
