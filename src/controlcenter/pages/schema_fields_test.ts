import assert from "node:assert/strict";
import { schema } from "../../../tests/support/runtime_double.ts";
import { exampleOf, fieldsOf } from "./schema_fields.ts";

Deno.test("fieldsOf() has the fields of a schema, parents first, with what they take", () => {
  const { fields, more } = fieldsOf(schema, "spec");
  assert.equal(more, 0);
  assert.deepEqual(fields.map(({ path, depth, type, isRequired, bounds }) => [path, depth, type, isRequired, bounds]), [
    ["spec.image", 0, "text", true, "characters ≥ 1"],
    ["spec.replicas", 0, "integer", false, "≥ 0, ≤ 10"],
    ["spec.parts[]", 0, "list of object", false, ""],
    ["spec.parts[].name", 1, "text", false, 'one of "a", "b"'],
  ]);
  assert.equal(fields[1]!.fallback, "2");
});

Deno.test("fieldsOf() bounds a schema that is too wide, too deep, or none", () => {
  const wide = {
    properties: { spec: { properties: Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`f${n}`, {}])) } },
  };
  assert.deepEqual([fieldsOf(wide, "spec").fields.length, fieldsOf(wide, "spec").more], [1000, 4000]);
  let deep: Record<string, unknown> = { type: "string" };
  for (let n = 0; n < 500; n++) deep = { type: "object", properties: { a: deep } };
  assert.equal(fieldsOf({ properties: { spec: deep } }, "spec").fields.length, 13);
  for (
    const none of [undefined, null, "x", [], { properties: 5 }, { properties: { spec: { properties: { a: 1 } } } }]
  ) {
    assert.deepEqual(fieldsOf(none, "spec"), { fields: [], more: 0 });
  }
});

Deno.test("exampleOf() makes an object with what is required, and defaults, enumerations and minima", () => {
  const type = { group: "web.example.com", version: "v1", kind: "Website", plural: "websites", namespaced: true };
  assert.deepEqual(exampleOf({ ...type, schema }), {
    ...{ apiVersion: "web.example.com/v1", kind: "Website", metadata: { name: "example", namespace: "default" } },
    spec: { image: "text" },
  });
  const spec = {
    type: "object",
    required: ["size", "mode", "tags", "nested", "on", "gone"],
    properties: {
      size: { type: "integer", minimum: 3 },
      mode: { type: "string", enum: ["fast", "slow"] },
      tags: { type: "array", items: { type: "string" } },
      nested: { type: "object", required: ["a"], properties: { a: { type: "string", default: "d" } } },
      on: { type: "boolean" },
    },
  };
  assert.deepEqual(exampleOf({ ...type, group: "", namespaced: false, schema: { properties: { spec } } }), {
    ...{ apiVersion: "v1", kind: "Website", metadata: { name: "example" } },
    spec: { size: 3, mode: "fast", tags: ["text"], nested: { a: "d" }, on: false, gone: {} },
  });
});
