import assert from "node:assert/strict";
import { conversionOf, shop, type SpecSchemas } from "../../tests/support/conversions.ts";
import { type JsonMap, parseJson } from "../base/json.ts";
import type { KubeObject } from "../k8s/object.ts";
import { carriedAnnotation } from "./convert_carried.ts";
import { compileConversion, ConversionError, convert } from "./convert.ts";

const object = (properties: JsonMap): JsonMap => ({ type: "object", properties });
const text = { type: "string" };
const integer = { type: "integer", format: "int64" };

const specs: SpecSchemas = {
  v1alpha1: object({ size: integer, image: text, legacy: text, both: integer }),
  v1: object({ replicas: integer, image: text, tls: object({ host: text, secret: text }), both: text }),
};
const paths = [
  "{from: v1alpha1, to: v1, spec: {replicas: '{{ .spec.size }}'}}",
  "{from: v1, to: v1alpha1, spec: {size: '{{ .spec.replicas }}'}}",
];

function converter(lines: readonly string[] = paths, schemas: SpecSchemas = specs) {
  const compiled = compileConversion(conversionOf(lines, schemas));
  return (object: KubeObject, version: string): KubeObject => convert(compiled, object, `example.org/${version}`);
}

const carriedBy = ({ metadata }: KubeObject) => metadata.annotations?.[carriedAnnotation];

Deno.test("convert() makes spec by the path, copies what is alike and carries the rest", () => {
  const to = converter();
  const old = shop("v1alpha1", { size: 3, image: "web", legacy: "x" }, { status: { ready: true } });
  assert.deepEqual(to(old, "v1"), {
    apiVersion: "example.org/v1",
    kind: "Shop",
    metadata: {
      ...old.metadata,
      annotations: { [carriedAnnotation]: '{"v1alpha1":{"spec":{"legacy":"x"}}}' },
    },
    spec: { replicas: 3, image: "web" },
    status: { ready: true },
  });
  assert.deepEqual(to(to(old, "v1"), "v1alpha1"), old);
  assert.deepEqual(old.metadata, { name: "one", namespace: "team", uid: "u1" }, "the object given is not changed");
});

Deno.test("convert() returns an object that has the version already as it is", () => {
  const there = shop("v1", { replicas: 1 });
  assert.equal(converter()(there, "v1"), there);
});

Deno.test("convert() lets an edit in the other version win over what is carried", () => {
  const to = converter();
  const stored = to(shop("v1alpha1", { size: 3, both: 4, legacy: "x" }), "v1");
  assert.deepEqual(stored["spec"], { replicas: 3 });
  const back = to({ ...stored, spec: { replicas: 5, both: "text of the new kind" } }, "v1alpha1");
  assert.deepEqual(back["spec"], { size: 5, both: 4, legacy: "x" });
  assert.equal(carriedBy(back), '{"v1":{"spec":{"both":"text of the new kind"}}}');
  // Removed in the version that has it, it is gone.
  const again = to({ ...back, spec: { both: 4 } }, "v1");
  assert.deepEqual(again["spec"], { both: "text of the new kind" });
  assert.equal(carriedBy(again), '{"v1alpha1":{"spec":{"both":4}}}');
});

Deno.test("convert() carries the part of a map that no template reads, and a list as one value", () => {
  const schemas: SpecSchemas = {
    v1alpha1: object({ host: text, mode: text, ports: { type: "array", items: object({ port: integer }) } }),
    v1: object({
      tls: object({ host: text, secret: text }),
      mode: { type: "string", enum: ["a", "b"] },
      ports: { type: "array", items: object({ port: integer, name: text }) },
    }),
  };
  const to = converter([
    "{from: v1alpha1, to: v1, spec: {tls: {host: '{{ .spec.host }}'}}}",
    "{from: v1, to: v1alpha1, spec: {host: '{{ .spec.tls.host }}'}}",
  ], schemas);
  const stored = shop("v1", { tls: { host: "h", secret: "s" }, mode: "a", ports: [{ port: 80, name: "web" }] });
  const old = to(stored, "v1alpha1");
  assert.deepEqual(old["spec"], { host: "h", mode: "a" });
  assert.equal(carriedBy(old), '{"v1":{"spec":{"ports":[{"name":"web","port":80}],"tls":{"secret":"s"}}}}');
  assert.deepEqual(to(old, "v1"), stored);
  // A value that the enum does not have cannot be copied.
  assert.deepEqual(to(shop("v1alpha1", { mode: "c", ports: [{ port: 1 }] }), "v1")["spec"], { ports: [{ port: 1 }] });
  // Absent values make no map.
  assert.deepEqual(to(shop("v1alpha1", { mode: "b" }), "v1")["spec"], { mode: "b" });
});

Deno.test("convert() keeps spec, however little of it the target has", () => {
  const to = converter();
  assert.deepEqual(to(shop("v1alpha1", { legacy: "x" }), "v1")["spec"], {});
  assert.deepEqual(to(shop("v1alpha1", {}), "v1")["spec"], {});
  assert.equal("spec" in to(shop("v1alpha1", undefined), "v1"), false);
});

Deno.test("convert() reads a field only where a template uses its value", () => {
  const schemas: SpecSchemas = {
    v1alpha1: object({ tls: object({ host: text, secret: text }), premium: { type: "boolean" } }),
    v1: object({ host: text, tier: text }),
  };
  const to = converter([
    "{from: v1alpha1, to: v1, spec: {host: '{{ with .spec.tls }}{{ .host }}{{ end }}', " +
    "tier: '{{ if .spec.premium }}gold{{ else }}basic{{ end }}'}}",
    "{from: v1, to: v1alpha1, spec: {tls: {host: '{{ .spec.host }}'}, premium: '{{ eq .spec.tier \"gold\" }}'}}",
  ], schemas);
  const old = shop("v1alpha1", { tls: { host: "h", secret: "s" }, premium: true });
  const stored = to(old, "v1");
  assert.deepEqual(stored["spec"], { host: "h", tier: "gold" });
  assert.equal(carriedBy(stored), '{"v1alpha1":{"spec":{"tls":{"secret":"s"}}}}');
  assert.deepEqual(to(stored, "v1alpha1"), old);
});

Deno.test("convert() gives values the type of their field, exactly", () => {
  const schemas: SpecSchemas = {
    v1alpha1: object({
      a: text,
      n: integer,
      f: text,
      list: text,
      any: { "x-kubernetes-preserve-unknown-fields": true },
    }),
    v1: object({
      b: text,
      n: text,
      big: integer,
      flag: { type: "boolean" },
      ratio: { type: "number" },
      hosts: { type: "array", items: text },
      port: { "x-kubernetes-int-or-string": true },
      open: { "x-kubernetes-preserve-unknown-fields": true },
    }),
  };
  const forward = "{from: v1alpha1, to: v1, spec: {b: '{{ .spec.a }}', n: '{{ .spec.n }}', big: '{{ .spec.n }}', " +
    "flag: 'tr{{ \"ue\" }}', ratio: '{{ .spec.f }}', hosts: '{{ .spec.list }}', port: '{{ .spec.n }}', " +
    "open: '{{ .spec.any }}'}}";
  const to = converter([forward, "{from: v1, to: v1alpha1, spec: {a: '{{ .spec.b }}'}}"], schemas);
  const spec = parseJson(
    '{"a": "123", "n": 9223372036854775807, "f": "2.5", "list": "[\\"x\\", 1]", "any": {"k": [1, null]}}',
  ) as JsonMap;
  assert.deepEqual(to(shop("v1alpha1", spec), "v1")["spec"], {
    b: "123",
    n: "9223372036854775807",
    big: 9223372036854775807n,
    flag: true,
    ratio: 2.5,
    hosts: ["x", "1"],
    port: 9223372036854775807n,
    open: { k: [1, null] },
  });
});

Deno.test("convert() fails with the place of the template and the name of the object", () => {
  const schemas: SpecSchemas = { v1alpha1: object({ size: text }), v1: object({ replicas: integer }) };
  const to = converter(paths, schemas);
  const message = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      if (error instanceof ConversionError) return error.message;
      throw error;
    }
    return "";
  };
  assert.equal(
    message(() => to(shop("v1alpha1", { size: "big" }), "v1")),
    "Cannot convert Shop team/one from v1alpha1 to v1: k.yaml:11:55: spec.replicas: " +
      'expected a whole number, found "big"',
  );
  assert.match(message(() => to(shop("v1alpha1", { size: "9223372036854775808" }), "v1")), /a whole number of 64 bits/);
  assert.match(message(() => to(shop("v9", {}), "v1")), /"v9" is no version that the Katalog knows/);
  assert.match(
    message(() => to({ ...shop("v1", {}), kind: "Store" }, "v1alpha1")),
    /these paths are for Shop\.example/,
  );
  const compiled = compileConversion(conversionOf(paths, specs));
  assert.match(message(() => convert(compiled, shop("v1", {}), "other.org/v1alpha1")), /not of the group example\.org/);
});

Deno.test("convert() refuses to carry more than annotations hold", () => {
  const to = converter();
  const annotations = { note: "n".repeat(1000) };
  const big = (length: number): KubeObject => {
    const object = shop("v1alpha1", { legacy: "x".repeat(length) });
    return { ...object, metadata: { ...object.metadata, annotations } };
  };
  assert.doesNotThrow(() => to(big(260_000), "v1"));
  assert.throws(() => to(big(262_000), "v1"), /fields that v1 does not have, the annotations come to 26\d{4} bytes/);
});

Deno.test("convert() takes an annotation that is not its own for none, and puts back only what the version has", () => {
  const to = converter();
  const carrying = (carried: string): KubeObject => {
    const object = shop("v1", { replicas: 1 });
    return { ...object, metadata: { ...object.metadata, annotations: { [carriedAnnotation]: carried } } };
  };
  for (
    const bad of ["{", "7", '{"v1alpha1":3}', '{"v1alpha1":{"metadata":{"name":"x"},"spec":{"nope":1,"legacy":2}}}']
  ) {
    const old = to(carrying(bad), "v1alpha1");
    assert.deepEqual(old["spec"], { size: 1 }, bad);
    assert.deepEqual(old.metadata, shop("v1", {}).metadata, bad);
  }
});

Deno.test("convert() refuses an object that is nested too deeply to be printed", () => {
  const schemas: SpecSchemas = {
    v1alpha1: object({ old: { type: "object", "x-kubernetes-preserve-unknown-fields": true } }),
    v1: object({}),
  };
  const to = converter(["{from: v1alpha1, to: v1, spec: {}}", "{from: v1, to: v1alpha1, spec: {}}"], schemas);
  const nested = (levels: number): JsonMap => {
    let value: JsonMap = {};
    for (let i = 0; i < levels; i++) value = { a: value };
    return value;
  };
  const old = shop("v1alpha1", { old: nested(1000) });
  assert.deepEqual(to(to(old, "v1"), "v1alpha1"), old);
  assert.throws(() => to(shop("v1alpha1", { old: nested(100_000) }), "v1"), /nested too deeply/);
});

Deno.test("convert() treats names of prototypes as names", () => {
  const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const schemas: SpecSchemas = { v1alpha1: object({ labels: open, old: open }), v1: object({ labels: open }) };
  const to = converter([
    "{from: v1alpha1, to: v1, spec: {}}",
    "{from: v1, to: v1alpha1, spec: {}}",
  ], schemas);
  const text = '{"labels": {"__proto__": {"a": 1}, "constructor": "c"}, "old": {"__proto__": {"polluted": true}}}';
  const old = shop("v1alpha1", parseJson(text) as JsonMap);
  const stored = to(old, "v1");
  assert.equal(JSON.stringify(stored["spec"]), '{"labels":{"__proto__":{"a":1},"constructor":"c"}}');
  assert.equal(JSON.stringify(to(stored, "v1alpha1")), JSON.stringify(old));
  assert.equal("polluted" in {}, false);
});

Deno.test("convert() goes by way of the storage version where there is no direct path", () => {
  const schemas: SpecSchemas = {
    v1alpha1: object({ size: integer, a: text }),
    v1beta1: object({ count: integer, b: text }),
    v1: object({ replicas: integer, c: text }),
  };
  const lines = [
    ...paths,
    "{from: v1beta1, to: v1, spec: {replicas: '{{ .spec.count }}'}}",
    "{from: v1, to: v1beta1, spec: {count: '{{ .spec.replicas }}'}}",
  ];
  const to = converter(lines, schemas);
  const old = shop("v1alpha1", { size: 2, a: "x" });
  const beta = to(old, "v1beta1");
  assert.deepEqual(beta["spec"], { count: 2 });
  assert.equal(carriedBy(beta), '{"v1alpha1":{"spec":{"a":"x"}}}');
  assert.deepEqual(to(beta, "v1alpha1"), old);
  assert.deepEqual(to(to(beta, "v1"), "v1alpha1"), old);
});

Deno.test("convert() makes lists of templates, without the items that are absent, and none of absent ones alone", () => {
  const schemas: SpecSchemas = {
    v1alpha1: object({ host: text, more: text }),
    v1: object({ hosts: { type: "array", items: text }, ports: { type: "array", items: object({ port: integer }) } }),
  };
  const to = converter([
    "{from: v1alpha1, to: v1, spec: {hosts: ['{{ .spec.host }}', '{{ .spec.more }}'], ports: [{port: '{{ .spec.port }}'}]}}",
    "{from: v1, to: v1alpha1, spec: {host: '{{ index .spec.hosts 0 }}'}}",
  ], { ...schemas, v1alpha1: object({ host: text, more: text, port: text }) });
  assert.deepEqual(to(shop("v1alpha1", { host: "a", more: "b", port: "80" }), "v1")["spec"], {
    hosts: ["a", "b"],
    ports: [{ port: 80 }],
  });
  assert.equal(carriedBy(to(shop("v1alpha1", { host: "a", more: "b", port: "80" }), "v1")), undefined, "all is read");
  assert.deepEqual(to(shop("v1alpha1", { more: "b" }), "v1")["spec"], { hosts: ["b"] });
  assert.deepEqual(to(shop("v1alpha1", {}), "v1")["spec"], {});
  assert.throws(() => to(shop("v1alpha1", { port: "many" }), "v1"), {
    message: /: k\.yaml:11:\d+: spec\.ports\[0\]\.port: expected a whole number, found "many"$/,
  });
});

Deno.test("convert() trims a text of several expressions, and takes an empty one for absent; one alone stays as it is", () => {
  const schemas: SpecSchemas = { v1alpha1: object({ a: text, b: text }), v1: object({ both: text, one: text }) };
  const to = converter([
    "{from: v1alpha1, to: v1, spec: {both: '{{ .spec.a }} {{ .spec.b }}', one: ' {{ .spec.a }} '}}",
    "{from: v1, to: v1alpha1, spec: {a: '{{ .spec.one }}'}}",
  ], schemas);
  assert.deepEqual(to(shop("v1alpha1", { a: " x ", b: "y " }), "v1")["spec"], { both: "x  y", one: " x " });
  assert.deepEqual(to(shop("v1alpha1", {}), "v1")["spec"], {});
});

Deno.test("convert() keeps the order of the keys, and adds those that the source has not at the end", () => {
  const to = converter([
    "{from: v1alpha1, to: v1, spec: {image: '{{ .metadata.name }}'}}",
    "{from: v1, to: v1alpha1, spec: {image: '{{ .spec.image }}'}}",
  ]);
  const status = { ready: true };
  const sorted = { status, ...shop("v1alpha1", { size: 1 }) };
  assert.deepEqual(Object.keys(to(sorted, "v1")), ["status", "apiVersion", "kind", "metadata", "spec"]);
  const bare = to({ ...shop("v1alpha1", undefined), status }, "v1");
  assert.deepEqual(Object.keys(bare), ["apiVersion", "kind", "metadata", "status", "spec"]);
  assert.deepEqual(bare["spec"], { image: "one" });
});

Deno.test("convert() says which path is missing, and by which version it could have gone", () => {
  const schemas: SpecSchemas = { v1alpha1: specs["v1alpha1"]!, v1beta1: specs["v1alpha1"]!, v1: specs["v1"]! };
  const known = compileConversion({
    ...conversionOf(paths, specs),
    paths: [],
    versions: Object.keys(schemas).map((name) => ({ name, schema: schemas[name] })),
  } as never);
  const said = (from: string, to: string) => {
    try {
      convert(known, shop(from, {}), `example.org/${to}`);
    } catch (error) {
      assert.ok(error instanceof ConversionError);
      assert.equal(error.name, "ConversionError");
      return error.message;
    }
    return "";
  };
  const head = (from: string, to: string) => `Cannot convert Shop team/one from ${from} to ${to}: `;
  assert.equal(
    said("v1alpha1", "v1beta1"),
    `${
      head("v1alpha1", "v1beta1")
    }no path leads there, nor by way of v1; add one: {from: v1alpha1, to: v1beta1, spec: {…}}`,
  );
  assert.equal(
    said("v1alpha1", "v1"),
    `${head("v1alpha1", "v1")}no path leads there; add one: {from: v1alpha1, to: v1, spec: {…}}`,
  );
  assert.equal(
    said("v1", "v1alpha1"),
    `${head("v1", "v1alpha1")}no path leads there; add one: {from: v1, to: v1alpha1, spec: {…}}`,
  );
  assert.equal(said("v1", "v2"), `${head("v1", "v2")}"v2" is no version that the Katalog knows`);
  assert.equal(said("v3", "v2"), `${head("v3", "v2")}"v3" is no version that the Katalog knows`);
});

Deno.test("convert() does not carry a map that a template reads with everything in it", () => {
  const to = converter([
    "{from: v1alpha1, to: v1, spec: {net: '{{ .spec.tls }}'}}",
    "{from: v1, to: v1alpha1, spec: {tls: '{{ .spec.net }}'}}",
  ], { v1alpha1: object({ tls: object({ host: text }) }), v1: object({ net: object({ host: text }) }) });
  const converted = to(shop("v1alpha1", { tls: { host: "h" } }), "v1");
  assert.deepEqual([converted["spec"], carriedBy(converted)], [{ net: { host: "h" } }, undefined]);
});

Deno.test("convert() does not copy to where a template writes, also where that gives nothing", () => {
  const to = converter([
    "{from: v1alpha1, to: v1, spec: {image: '{{ .spec.legacy }}', tls: {host: '{{ .spec.legacy }}'}}}",
    "{from: v1, to: v1alpha1, spec: {legacy: '{{ .spec.image }}'}}",
  ], { ...specs, v1alpha1: object({ legacy: text, image: text, tls: object({ host: text, secret: text }) }) });
  const converted = to(shop("v1alpha1", { image: "web", tls: { host: "h", secret: "s" } }), "v1");
  assert.deepEqual(converted["spec"], { tls: { secret: "s" } });
  assert.equal(carriedBy(converted), '{"v1alpha1":{"spec":{"image":"web","tls":{"host":"h"}}}}');
});
