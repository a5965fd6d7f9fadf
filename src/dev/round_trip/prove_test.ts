import assert from "node:assert/strict";
import { conversionOf, type SpecSchemas } from "../../../tests/support/conversions.ts";
import type { JsonMap } from "../../base/json.ts";
import { proveRoundTrips } from "./mod.ts";

const object = (properties: JsonMap, more: JsonMap = {}): JsonMap => ({ type: "object", properties, ...more });
const text = { type: "string" };
const integer: JsonMap = { type: "integer" };

/** What is found for two paths, in the lines 11 and 12. */
function found(there: string, back: string, specs: SpecSchemas): string[] {
  const plan = conversionOf(
    [`{from: v1alpha1, to: v1, spec: ${there}}`, `{from: v1, to: v1alpha1, spec: ${back}}`],
    specs,
  );
  return proveRoundTrips([plan]).map(({ severity, line, path, message, hint }) => {
    assert.match(path, /^spec\.crds\.shop\.conversion\.paths\[[01]\]$/);
    return `${line} ${severity}: ${message} (${hint})`;
  });
}

const specs: SpecSchemas = {
  v1alpha1: object({ size: integer, image: text, legacy: text }, { required: ["image"] }),
  v1: object({ replicas: integer, image: text, tls: object({ host: text }) }, { required: ["image"] }),
};

Deno.test("proveRoundTrips() finds nothing where every field comes back", () => {
  assert.deepEqual(found("{replicas: '{{ .spec.size }}'}", "{size: '{{ .spec.replicas }}'}", specs), []);
  assert.deepEqual(found("{}", "{}", specs), []);
});

Deno.test("proveRoundTrips() shows the smallest object that loses a field", () => {
  assert.deepEqual(found("{replicas: '{{ add .spec.size 1 }}'}", "{size: '{{ .spec.replicas }}'}", specs).slice(0, 1), [
    "11 error: From v1alpha1 to v1 and back, spec.size (0) is 1 " +
    '(the smallest object that was found: {"spec":{"image":"a","size":0}} in v1alpha1, ' +
    '{"spec":{"replicas":1,"image":"a"}} in v1; what templates read must be written again by the path from v1 to v1alpha1)',
  ]);
});

Deno.test("proveRoundTrips() finds a field that is read in one direction, and not written in the other", () => {
  const [first, ...others] = found("{replicas: '{{ .spec.size }}'}", "{}", specs);
  assert.deepEqual(others, []);
  assert.match(first!, /^11 error: From v1alpha1 to v1 and back, spec\.size \(\d+\) is gone/);
});

Deno.test("proveRoundTrips() finds two values that become one", () => {
  const enums: SpecSchemas = {
    v1alpha1: object({ tier: { type: "string", enum: ["gold", "silver", "free"] } }),
    v1: object({ paid: { type: "boolean" } }),
  };
  const [first] = found(
    "{paid: '{{ ne .spec.tier \"free\" }}'}",
    "{tier: '{{ if .spec.paid }}gold{{ else }}free{{ end }}'}",
    enums,
  );
  assert.match(first!, /spec\.tier \("silver"\) is "gold" .*\{"spec":\{"tier":"silver"\}\} in v1alpha1/);
});

Deno.test("proveRoundTrips() warns of an object that cannot be converted", () => {
  const typed: SpecSchemas = { v1alpha1: object({ size: text }), v1: object({ size: integer }) };
  const there = "{size: '{{ .spec.size }}'}";
  assert.match(found(there, there, typed)[0]!, /^11 warning: Not every object of v1alpha1 .* expected a whole number/);
  const strict: SpecSchemas = {
    ...typed,
    v1alpha1: object({ size: { type: "string", pattern: "^(0|[1-9]\\d{0,8})$" } }),
  };
  assert.deepEqual(found(there, there, strict), [], "the pattern says that it is a number");
});

Deno.test("proveRoundTrips() fills in defaults and drops unknown fields, as the API server does", () => {
  const defaults: SpecSchemas = {
    v1alpha1: object({ size: { ...integer, default: 1, minimum: 1 } }),
    v1: object({ replicas: { ...integer, default: 1, minimum: 1 } }),
  };
  assert.deepEqual(found("{replicas: '{{ default 1 .spec.size }}'}", "{size: '{{ .spec.replicas }}'}", defaults), []);
});
