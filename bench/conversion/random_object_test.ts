import assert from "node:assert/strict";
import { admits, compileSchema } from "../../src/admission/convert.ts";
import { stringifyJson } from "../../src/base/json.ts";
import { randomNumbers } from "../../tests/chaos/random.ts";
import { randomObject } from "./random_object.ts";

const schema = {
  type: "object",
  required: ["image"],
  properties: {
    image: { type: "string", pattern: "^[a-z0-9./-]+:[a-z0-9]+$" },
    size: { type: "integer", minimum: 0, maximum: 20 },
    mode: { type: "string", enum: ["a", "b"] },
    hosts: { type: "array", items: { type: "string" } },
    tls: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
  },
};

Deno.test("randomObject() makes many objects, all of which the schema admits", () => {
  const random = randomNumbers(1);
  const field = compileSchema(schema);
  const seen = new Set<string>();
  for (let n = 0; n < 500; n++) {
    const object = randomObject(schema, random)!;
    assert.ok(admits(field, object), stringifyJson(object));
    assert.ok("image" in object, "what is required is there");
    seen.add(stringifyJson(object));
  }
  assert.ok(seen.size > 450, `${seen.size} are different`);
});

Deno.test("randomObject() returns nothing where it finds no value for what is required", () => {
  const impossible = {
    type: "object",
    required: ["x"],
    properties: { x: { type: "string", pattern: "^never-made$" } },
  };
  assert.equal(randomObject(impossible, randomNumbers(1)), undefined);
});
