import assert from "node:assert/strict";
import { admits, compileSchema } from "../../admission/convert.ts";
import { canonicalJson, type JsonMap } from "../../base/json.ts";
import { asStored } from "./as_stored.ts";
import { findLoss, shrink } from "./loss.ts";
import { sampleObjects } from "./sample_objects.ts";

const schema: JsonMap = {
  type: "object",
  required: ["spec"],
  properties: {
    spec: {
      type: "object",
      required: ["image"],
      properties: {
        image: { type: "string", pattern: "^[a-z]+:[a-z]+$" },
        size: { type: "integer", minimum: 1, maximum: 7 },
        tier: { type: "string", enum: ["gold", "free"] },
        ports: {
          type: "array",
          items: { type: "object", required: ["port"], properties: { port: { type: "integer" } } },
        },
        labels: { type: "object", additionalProperties: { type: "string" } },
        resources: {
          type: "object",
          required: ["cpu"],
          properties: { cpu: { type: "string" }, gpu: { type: "number" } },
        },
      },
    },
  },
};

Deno.test("sampleObjects() gives objects that the schema admits, each once, the smallest first", () => {
  const objects = sampleObjects(schema, 1000);
  const field = compileSchema(schema);
  for (const object of objects) assert.ok(admits(field, object), canonicalJson(object));
  const texts = objects.map(canonicalJson);
  assert.equal(new Set(texts).size, texts.length);
  assert.deepEqual(texts.map((text) => text.length), texts.map((text) => text.length).sort((a, b) => a - b));
  for (
    const expected of [
      '{"spec":{"image":"a:b"}}',
      '{"spec":{"image":"a:b","size":7}}',
      '{"spec":{"image":"a:b","tier":"free"}}',
      '{"spec":{"image":"a:b","ports":[{"port":1}]}}',
      '{"spec":{"image":"a:b","ports":[]}}',
      '{"spec":{"image":"a:b","labels":{"a":"a"}}}',
      '{"spec":{"image":"a:b","resources":{"cpu":"a","gpu":0.5}}}',
    ]
  ) assert.ok(texts.includes(expected), `${expected} is not among\n${texts.join("\n")}`);
  // Everything that is required is in every object.
  for (const text of texts) assert.match(text, /"image":"[a-z]+:[a-z]+"/);
});

Deno.test("sampleObjects() is bounded, and the same each time", () => {
  const wide: JsonMap = {
    type: "object",
    properties: Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`f${i}`, { type: "string" }])),
  };
  assert.equal(sampleObjects(wide, 50).length, 50);
  assert.deepEqual(sampleObjects(schema, 1000), sampleObjects(schema, 1000));
});

Deno.test("asStored() drops what the schema does not have and fills in defaults", () => {
  const stored = asStored({ a: { x: 1, y: 2 }, b: [{ x: 1, z: 3 }], c: 1, open: { any: 1 } }, {
    type: "object",
    properties: {
      a: { type: "object", properties: { x: {}, d: { default: "d" } } },
      b: { type: "array", items: { type: "object", properties: { x: {} } } },
      open: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      e: { type: "object", default: {}, properties: { f: { default: 1 } } },
    },
  });
  assert.deepEqual(stored, { a: { x: 1, d: "d" }, b: [{ x: 1 }], open: { any: 1 }, e: { f: 1 } });
});

Deno.test("findLoss() names the first field that is gone or changed; absent and empty are the same", () => {
  assert.equal(findLoss({ a: 1, b: { c: "" }, d: [], e: {} }, { a: 1, f: 2 }, ""), undefined);
  assert.deepEqual(findLoss({ a: { b: 0 } }, { a: {} }, ""), { path: "a.b", before: 0, after: undefined });
  assert.deepEqual(findLoss({ a: [1, 2] }, { a: [1] }, ""), { path: "a", before: [1, 2], after: [1] });
  assert.equal(findLoss({ a: "1" }, { a: 1 }, "")?.after, 1);
});

Deno.test("shrink() takes away what the defect does not need, and nothing that is required", () => {
  const large: JsonMap = { spec: { image: "a:b", size: 3, ports: [{ port: 1 }, { port: 2 }], labels: { a: "a" } } };
  const small = shrink(large, schema, (value) => canonicalJson(value).includes('"port":2'));
  assert.deepEqual(small, { spec: { image: "a:b", ports: [{ port: 2 }] } });
});
