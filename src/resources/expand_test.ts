import assert from "node:assert/strict";
import fc from "fast-check";
import type { Json, JsonMap } from "../base/json.ts";
import { isMap } from "../base/json.ts";
import type { RecordShape, Shape } from "../base/shape.ts";
import { desiredDigest, EntryError, renderEntry, type Shorthand, shorthands, staticErrors } from "./mod.ts";

/** Values that mostly fit a shape, and sometimes anything. */
function valueFor(shape: Shape): fc.Arbitrary<Json> {
  const noise = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;
  const template = fc.constantFrom("{{ .spec.x }}", "a{{ .spec.x }}");
  return fc.oneof({ weight: 12, arbitrary: fitting(shape) }, { weight: 1, arbitrary: noise }, {
    weight: 1,
    arbitrary: template,
  });
}

const samples: Readonly<Record<string, readonly Json[]>> = {
  "": ["a", "b", "/x", 7, false, ""],
  integer: ["1", 2],
  port: ["80", 8080],
  boolean: ["true", false],
  intOrPercent: ["25%", 1],
  quantity: ["1Gi", 0.5],
  duration: ["5m"],
  lifetime: ["1y"],
  cron: ["* * * * *"],
};

function fitting(shape: Shape): fc.Arbitrary<Json> {
  switch (shape.type) {
    case "text":
      return fc.constantFrom<Json>(...(shape.oneOf ?? samples[shape.format ?? ""] ?? ["a", "web", "b-1"]));
    case "number":
    case "duration":
      return fc.constantFrom<Json>(1, "5m");
    case "flag":
      return fc.boolean();
    case "list":
      return fc.array(valueFor(shape.items), { maxLength: 3 });
    case "map":
      return fc.dictionary(fc.constantFrom("a", "b", "__proto__", "constructor"), valueFor(shape.values), {
        maxKeys: 3,
      });
    case "record":
      return recordOf(shape);
    case "tree":
    case "union":
      return fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
  }
}

/** The required fields and a few others, so that most records keep the rules between their fields. */
function recordOf({ fields, required = [], oneOfFields = [] }: RecordShape): fc.Arbitrary<Json> {
  const keys = Object.keys(fields);
  return fc.subarray(keys, { maxLength: Math.min(4, keys.length) }).chain((some) =>
    fc.record(
      Object.fromEntries([
        ...new Set([
          ...some,
          ...required,
          ...oneOfFields.map(([first]) => first!),
        ]),
      ].map((key) => [key, valueFor(fields[key]!)])),
    )
  ) as fc.Arbitrary<Json>;
}

const owner = { apiVersion: "example.org/v1", kind: "Shop", name: "acme", namespace: "retail", uid: "u" };
const context = { box: "shops", owner, workloads: [{ name: "web", namespace: "retail", shorthand: "deployments" }] };

/** The object, or the error that says why there is none; everything else is thrown. */
function made(shorthand: Shorthand, entry: JsonMap, rendered: Json): { digest: string } | EntryError {
  try {
    const fields = renderEntry(shorthand.shape, entry, () => rendered);
    return { digest: desiredDigest(shorthand.expand({ name: "web", namespace: "retail", fields }, context)) };
  } catch (error) {
    if (error instanceof EntryError) return error;
    throw error;
  }
}

for (const [kind, shorthand] of shorthands) {
  Deno.test(`${kind}: whatever an entry says becomes an object or an EntryError, always the same, and changes nothing`, () => {
    let objects = 0;
    const property = fc.property(
      fitting(shorthand.shape),
      fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
      (entry, rendered) => {
        if (!isMap(entry)) return;
        const before = JSON.stringify(entry);
        const first = made(shorthand, entry, rendered);
        assert.deepEqual(made(shorthand, entry, rendered), first);
        staticErrors(shorthand, entry);
        assert.equal(JSON.stringify(entry), before);
        if (!(first instanceof EntryError)) objects++;
      },
    );
    // A failure prints its seed and its smallest counterexample.
    fc.assert(property, { numRuns: 600 });
    assert.ok(objects > 4, `only ${objects} entries became an object`);
  });
}
