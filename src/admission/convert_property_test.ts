import assert from "node:assert/strict";
import fc from "fast-check";
import { conversionOf, shop, type SpecSchemas } from "../../tests/support/conversions.ts";
import type { JsonMap } from "../base/json.ts";
import { setOwn } from "../base/json.ts";
import { compileConversion, convert } from "./convert.ts";

const object = (properties: JsonMap): JsonMap => ({ type: "object", properties });
const text: JsonMap = { type: "string" };
const integer: JsonMap = { type: "integer", format: "int64" };
const open: JsonMap = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

const specs: SpecSchemas = {
  v1alpha1: object({ size: integer, host: text, mode: integer, old: open, labels: open, image: text }),
  v1beta1: object({ count: integer, tls: object({ host: text, beta: text }), mode: text, image: text }),
  v1: object({ replicas: integer, tls: object({ host: text, secret: text }), mode: text, labels: open, image: text }),
};
const conversion = compileConversion(conversionOf([
  "{from: v1alpha1, to: v1, spec: {replicas: '{{ .spec.size }}', tls: {host: '{{ .spec.host }}'}}}",
  "{from: v1, to: v1alpha1, spec: {size: '{{ .spec.replicas }}', host: '{{ .spec.tls.host }}'}}",
  "{from: v1beta1, to: v1, spec: {replicas: '{{ .spec.count }}'}}",
  "{from: v1, to: v1beta1, spec: {count: '{{ .spec.replicas }}'}}",
], specs));

const names = fc.oneof(
  fc.constantFrom("a", "b", "__proto__", "constructor", "toString", "hasOwnProperty", "0", ""),
  fc.string({ maxLength: 5 }),
);
const anyText = fc.oneof(fc.constantFrom("", "1", "true", "null", "{{ .x }}", " a ", "a\n"), fc.string());
const anyInteger = fc.oneof(
  fc.integer(),
  fc.bigInt(2n ** 53n, 2n ** 63n - 1n),
  fc.bigInt(-(2n ** 63n), -(2n ** 53n)),
);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    anyText,
    anyInteger,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("json"), { maxLength: 3 }),
    fc.array(fc.tuple(names, tie("json")), { maxLength: 3 }).map(mapOf),
  ),
}));
const openMap = fc.array(fc.tuple(names, json), { maxLength: 4 }).map(mapOf);

/** Own keys only, whatever their names. */
function mapOf(entries: readonly (readonly [string, unknown])[]): JsonMap {
  const map: JsonMap = {};
  for (const [key, value] of entries) setOwn(map, key, value as JsonMap);
  return map;
}

const record = (fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record(fields, { requiredKeys: [], noNullPrototype: true });
const anySpec: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  v1alpha1: record({
    size: anyInteger,
    host: anyText,
    mode: anyInteger,
    old: openMap,
    labels: openMap,
    image: anyText,
  }),
  v1beta1: record({ count: anyInteger, tls: record({ host: anyText, beta: anyText }), mode: anyText, image: anyText }),
  v1: record({
    replicas: anyInteger,
    tls: record({ host: anyText, secret: anyText }),
    mode: anyText,
    labels: openMap,
    image: anyText,
  }),
};
const versions = ["v1alpha1", "v1beta1", "v1"];

/** Prints the seed, so that a failure can be repeated. */
function runs(): { seed: number; numRuns: number } {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.log(`SEED=${seed}`);
  return { seed, numRuns: 500 };
}

Deno.test("convert() loses no field on the way through any versions and back", () => {
  for (const from of versions) {
    fc.assert(
      fc.property(
        anySpec[from]!,
        fc.array(fc.constantFrom(...versions), { minLength: 1, maxLength: 4 }),
        (spec, route) => {
          const before = shop(from, spec as JsonMap, { status: { at: 1 } });
          let there = before;
          for (const version of [...route, from]) there = convert(conversion, there, `example.org/${version}`);
          assert.deepStrictEqual(there, before);
        },
      ),
      runs(),
    );
  }
});

Deno.test("convert() lets any edit of a mapped field through, whatever is carried", () => {
  fc.assert(
    fc.property(anySpec["v1alpha1"]!, anyInteger, anyText, (spec, replicas, host) => {
      const stored = convert(conversion, shop("v1alpha1", spec as JsonMap), "example.org/v1");
      const edited = { ...stored, spec: { ...stored["spec"], replicas, tls: { host } } };
      const back = convert(conversion, edited, "example.org/v1alpha1");
      assert.deepStrictEqual(back["spec"], { ...(spec as JsonMap), size: replicas, host });
    }),
    runs(),
  );
});

Deno.test("convert() leaves metadata as it is, but for its annotation", () => {
  const annotations = fc.dictionary(names.filter((name) => name !== "__proto__"), anyText, {
    minKeys: 1,
    noNullPrototype: true,
  });
  fc.assert(
    fc.property(anySpec["v1"]!, annotations, (spec, annotations) => {
      const object = shop("v1", spec as JsonMap);
      const metadata = { ...object.metadata, annotations: { ...annotations }, labels: { a: "b" } };
      const { annotations: after, ...rest } =
        convert(conversion, { ...object, metadata }, "example.org/v1alpha1").metadata;
      const { "orkestra.orkspace.io/carried": _carried, ...others } = after ?? {};
      const { annotations: _before, ...restBefore } = metadata;
      assert.deepStrictEqual(rest, restBefore);
      assert.deepStrictEqual(others, metadata.annotations);
    }),
    runs(),
  );
});
