import { conversionOf, shop, type SpecSchemas } from "../../tests/support/conversions.ts";
import type { JsonMap } from "../base/json.ts";
import { compileConversion, convert } from "./convert.ts";

const object = (properties: JsonMap): JsonMap => ({ type: "object", properties });
const text = { type: "string" };
const ports = { type: "array", items: object({ name: text, port: { type: "integer" } }) };
const labels = { type: "object", additionalProperties: text };
const specs: SpecSchemas = {
  v1alpha1: object({ size: { type: "integer" }, image: text, ports, labels, old: text, hosts: text }),
  v1: object({ replicas: { type: "integer" }, image: object({ name: text, tag: text }), ports, labels, tls: text }),
};
const conversion = compileConversion(conversionOf([
  "{from: v1alpha1, to: v1, spec: {replicas: '{{ .spec.size }}', " +
  "image: {name: '{{ index (split .spec.image \":\") 0 }}', tag: '{{ index (split .spec.image \":\") 1 }}'}}}",
  "{from: v1, to: v1alpha1, spec: {size: '{{ .spec.replicas }}', image: '{{ .spec.image.name }}:{{ .spec.image.tag }}'}}",
], specs));

/** About 4 KiB each. */
const list = Array.from({ length: 500 }, (_, i) =>
  shop("v1alpha1", {
    size: i,
    image: "example.org/web:1.2",
    ports: Array.from({ length: 40 }, (_, j) => ({ name: `port-${j}`, port: 8000 + j })),
    labels: Object.fromEntries(Array.from({ length: 40 }, (_, j) => [`label-${j}`, `value ${j} of ${i}`])),
    old: "x".repeat(500),
    hosts: "a.example.org,b.example.org",
  }));
const stored = list.map((each) => convert(conversion, each, "example.org/v1"));

Deno.bench("convert() of 500 objects to the storage version", () => {
  for (const each of list) convert(conversion, each, "example.org/v1");
});
Deno.bench("convert() of 500 objects from the storage version", () => {
  for (const each of stored) convert(conversion, each, "example.org/v1alpha1");
});
Deno.bench(
  "convert() of one object to the storage version",
  () => void convert(conversion, list[7]!, "example.org/v1"),
);
