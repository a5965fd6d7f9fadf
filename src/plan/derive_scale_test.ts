import assert from "node:assert/strict";
import { planOf } from "../../tests/support/plans.ts";
import type { ScalePlan } from "./gateway.ts";

const security = "gateway: {}\nsecurity: {webhooks: {admission: {enabled: true}}}\n";

interface Rules {
  readonly validation?: string;
  readonly mutation?: string;
  /** Further keys of the entry. */
  readonly more?: string;
  readonly path?: string;
}

function scaleOf({ validation = "", mutation = "", more = "", path = ".spec.replicas" }: Rules): ScalePlan | undefined {
  const types = `{group: shop.example.org, version: v1, kind: Shop, plural: shops${
    path === "" ? "" : `, specReplicasPath: ${path}`
  }}`;
  const always = "{field: spec.other, exists: true}";
  const plan = planOf(
    `shop:\n  apiTypes: ${types}\n  validation: {rules: [${[validation, always].filter(Boolean).join(", ")}]}\n` +
      `  mutation: {rules: [${mutation}]}\n${more}  operatorBox: {}\n`,
    security,
  );
  return plan.gateway!.admission!.kinds[0]?.scale;
}

const atMost = "{field: spec.replicas, max: 5, message: at most 5}";

Deno.test("a rule about the replicas judges a scale where it reads nothing else", () => {
  const judged = [
    atMost,
    "{field: .spec.replicas, max: 5, when: [{field: spec.replicas, exists: true}]}",
    "{field: spec.replicas, max: 5, or: [{field: '{{ .spec.replicas }}', greaterThan: 1}, {time: {after: '08:00'}}]}",
    "{field: spec.replicas, max: '{{ if eq .metadata.namespace \"prod\" }}9{{ else }}2{{ end }}'}",
    "{field: spec.replicas, max: 5, message: '{{ .spec.tier }} has at most 5'}",
  ];
  for (const validation of judged) assert.equal(scaleOf({ validation })?.validation.length, 1, validation);
  const left = [
    "",
    "{field: spec.size, max: 5}",
    "{field: '{{ .spec.replicas }}', max: 5}",
    "{field: spec.replicas, max: '{{ .spec.limit }}'}",
    "{field: spec.replicas, max: 5, when: [{field: spec.tier, equals: gold}]}",
    "{field: spec.replicas, max: 5, or: [{field: '{{ .metadata.labels.tier }}', equals: gold}]}",
    "{field: spec.replicas, max: '{{ with . }}{{ .spec.replicas }}{{ end }}'}",
  ];
  for (const validation of left) assert.equal(scaleOf({ validation }), undefined, validation);
  const { path, mutates, validation } = scaleOf({ validation: `${atMost}, ${left[1]}` })!;
  assert.deepEqual([path, mutates, validation.length], [["spec", "replicas"], false, 1]);
});

Deno.test("none judges a scale where something unknown decides what comes of the replicas", () => {
  const table: Rules[] = [
    { path: "" },
    { path: ".spec.count" },
    { more: "  labelSelector: {team: a}\n" },
    { more: "  fieldSelector: {metadata.name: a}\n" },
    { more: '  normalize: {spec: {replicas: "{{ .spec.size }}"}}\n' },
    { more: "  webhooks: {operations: [CREATE]}\n" },
    { more: "  webhooks: {validation: false}\n" },
    { mutation: '{field: spec.replicas, override: "{{ .spec.size }}"}' },
    { mutation: "{field: spec.replicas, override: 3, when: [{field: spec.tier, equals: x}]}" },
    { mutation: "{field: spec, override: {}}" },
    { mutation: '{field: "spec.{{ .spec.x }}", override: 3}' },
  ];
  for (const rules of table) assert.equal(scaleOf({ validation: atMost, ...rules }), undefined, JSON.stringify(rules));
  const others = '{field: spec.size, override: "{{ .spec.x }}"}, {field: "spec.more.{{ .spec.x }}", override: 3}, ' +
    "{field: spec.replicas, default: 2}";
  assert.deepEqual(scaleOf({ validation: atMost, mutation: others })?.mutation, []);
});

Deno.test("an override of the replicas is applied to a scale, and to what its rules judge", () => {
  const mutation = "{field: spec.replicas, override: 5, when: [{field: spec.replicas, greaterThan: 5}]}";
  const both = scaleOf({ validation: atMost, mutation })!;
  assert.deepEqual([both.mutates, both.mutation.length, both.validation.length], [true, 1, 1]);
  assert.equal(scaleOf({ mutation })!.validation.length, 0);
  const left = scaleOf({ validation: atMost, mutation, more: "  webhooks: {mutation: false}\n" })!;
  assert.deepEqual([left.mutates, left.mutation.length, left.validation.length], [false, 1, 1]);
});
