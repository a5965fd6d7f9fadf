import assert from "node:assert/strict";
import { planOf } from "../../tests/support/plans.ts";
import type { JsonMap } from "../base/json.ts";
import type { KubeObject } from "../k8s/object.ts";
import {
  compileReview,
  isReviewed,
  type ReviewedKind,
  reviewMutation,
  reviewMutations,
  reviewValidation,
} from "./review.ts";

const security = "gateway: {}\nsecurity: {webhooks: {admission: {enabled: true}}}\n";

/** The kind Shop as it is reviewed; each text is of the entry of `spec.crds`. */
function kindOf(...more: string[]): ReviewedKind {
  const types = "apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}";
  const lines = [types, ...more, "operatorBox: {}"].map((line) => line.replace(/^(?=.)/gm, "  ")).join("\n");
  return compileReview(planOf(`shop:\n${lines}\n`, security).gateway!.admission!.kinds[0]!);
}

function shop(spec: JsonMap, metadata: Partial<KubeObject["metadata"]> = {}): KubeObject {
  return {
    apiVersion: "shop.example.org/v1",
    kind: "Shop",
    metadata: { name: "one", namespace: "team", ...metadata },
    spec,
  };
}

const atMost = "validation: {rules: [{field: spec.size, max: 3, message: at most 3}]}";
const mutation = (rules: string) => `mutation: {rules: [${rules}]}`;
const denied = (kind: ReviewedKind, object: KubeObject) =>
  reviewValidation(kind, object, 0).denials.map(({ text }) => text);

Deno.test("isReviewed(): what the box takes care of, and is not on its way out", () => {
  const kind = kindOf(atMost, "namespace: team", "labelSelector: {tier: gold}");
  const gold = { labels: { tier: "gold" } };
  assert.equal(isReviewed(kind, shop({}, gold)), true);
  assert.equal(isReviewed(kind, shop({})), false, "not selected");
  assert.equal(isReviewed(kind, shop({}, { ...gold, namespace: "other" })), false, "elsewhere");
  assert.equal(isReviewed(kind, shop({}, { ...gold, deletionTimestamp: "2026-01-01T00:00:00Z" })), false);
  assert.equal(isReviewed(kindOf(atMost), shop({}, { namespace: "anywhere" })), true);
});

Deno.test("reviewMutation() sets on the object as it was sent what the rules make of the normalized one", () => {
  const kind = kindOf(
    'normalize: {spec: {host: "{{ .spec.host | toLower }}"}}',
    mutation('{field: spec.url, override: "http://{{ .spec.host }}"}'),
  );
  const { object, warnings } = reviewMutation(kind, shop({ host: "A.Example" }), 0);
  assert.deepEqual(object["spec"], { host: "A.Example", url: "http://a.example" });
  assert.deepEqual(warnings, []);
});

Deno.test("reviewMutation() returns the very object where nothing changes, also where rules set back what they set", () => {
  const sent = shop({ size: 3 });
  assert.equal(reviewMutation(kindOf(mutation("{field: spec.size, override: 3}")), sent, 0).object, sent);
  const back = kindOf(mutation("{field: spec.size, override: 4}, {field: spec.size, override: 3}"));
  assert.equal(reviewMutation(back, sent, 0).object, sent);
});

Deno.test("reviewMutation() never refuses: a rule that fails changes nothing, and says why", () => {
  const kind = kindOf(mutation('{field: spec.a, override: x}, {field: spec.b, override: "{{ .spec.text.deep }}"}'));
  const sent = shop({ text: "t" });
  const { object, warnings } = reviewMutation(kind, sent, 0);
  assert.equal(object, sent);
  assert.match(warnings.join(), /^mutation is skipped: k\.yaml:\d+:\d+: Cannot read field "deep"/);
});

Deno.test("reviewMutation() leaves out a field that has no place in the object as it was sent", () => {
  const kind = kindOf(
    'normalize: {spec: {port: "{{ .spec.ports }}"}}',
    mutation("{field: spec.port.number, override: 80}, {field: spec.a, override: x}"),
  );
  const { object } = reviewMutation(kind, shop({ port: "http", ports: { name: "http" } }), 0);
  assert.deepEqual(object["spec"], { port: "http", ports: { name: "http" }, a: "x" });
});

Deno.test("reviewMutations() lets each kind see what those before it made, and gathers the warnings", () => {
  const first = kindOf(mutation("{field: spec.a, default: x}"));
  const fails = kindOf(mutation('{field: spec.b, override: "{{ .spec.text.deep }}"}'));
  const last = kindOf(mutation('{field: spec.c, default: "{{ .spec.a }}y"}'));
  const { object, warnings } = reviewMutations([fails, first, fails, last], shop({ text: "t" }), 0);
  assert.deepEqual(object["spec"], { text: "t", a: "x", c: "xy" });
  assert.equal(warnings.length, 2);
});

Deno.test("reviewValidation() judges the object normalized and mutated, as a box does", () => {
  const kind = kindOf(
    'normalize: {spec: {size: "{{ .spec.size | default 9 }}"}}',
    mutation("{field: spec.size, override: 3, when: [{field: spec.small, equals: 'true'}]}"),
    atMost,
  );
  assert.deepEqual(denied(kind, shop({ size: 2 })), []);
  assert.deepEqual(denied(kind, shop({})), ["spec.size: at most 3"], "as it is normalized");
  assert.deepEqual(denied(kind, shop({ small: true })), [], "as it is mutated");
});

Deno.test("reviewValidation() sees what mutation sets normalized, as a box sees what a Gateway has stored", () => {
  const kind = kindOf(
    'normalize: {spec: {host: "{{ .spec.host | toLower }}"}}',
    mutation("{field: spec.host, default: A.Example}"),
    "validation: {rules: [{field: spec.host, equals: a.example, message: no}]}",
  );
  assert.deepEqual(denied(kind, shop({})), []);
});

Deno.test("reviewValidation() applies rules once that would change what they made", () => {
  const kind = kindOf(
    'normalize: {spec: {host: "{{ .spec.host | toLower }}"}}',
    mutation('{field: spec.host, override: "{{ .spec.host }}x"}'),
    "validation: {rules: [{field: spec.host, equals: ax, message: no}]}",
  );
  assert.deepEqual(denied(kind, shop({ host: "a" })), []);
});

Deno.test("reviewValidation() takes the first round where the second cannot be evaluated", () => {
  const kind = kindOf(
    'normalize: {spec: {host: "{{ .spec.from.name }}"}}',
    mutation("{field: spec.from, override: text}"),
    "validation: {rules: [{field: spec.host, equals: a, message: no}]}",
  );
  assert.deepEqual(denied(kind, shop({ from: { name: "a" } })), []);
});

Deno.test("reviewValidation() refuses an object that cannot be evaluated, without a field", () => {
  const kind = kindOf('normalize: {spec: {host: "{{ .spec.text.deep }}"}}', atMost);
  const { denials, warnings } = reviewValidation(kind, shop({ text: "t" }), 0);
  assert.deepEqual(warnings, []);
  assert.equal(denials.length, 1);
  const [{ field, message, text }] = denials as [typeof denials[number]];
  assert.deepEqual([field, message], ["", text]);
  assert.match(text, /^cannot be evaluated: k\.yaml:\d+:\d+: Cannot read field "deep"/);
});

const calls = `validation:
  external: [{name: registry, url: "https://registry.example.org"}]
  rules:
    - {field: external.registry.json.quota, equals: "1", message: no}
    - {field: "{{ .external.registry.json.name }}", equals: a, message: no}
    - {field: external.registry.ok, equals: "true", message: unreachable}
    - {field: spec.size, max: 3, message: at most 3}`;

Deno.test("a rule that needs a call that could not be made warns; one that tests the call, and all others, are checked", () => {
  const { denials, warnings } = reviewValidation(kindOf(calls), shop({ size: 9 }), 0);
  assert.deepEqual(denials.map(({ text }) => text), ["external.registry.ok: unreachable", "spec.size: at most 3"]);
  assert.deepEqual(warnings, [
    'external.registry.json.quota: a rule is not checked here: the external call "registry" failed',
    'a rule is not checked here: the external call "registry" failed',
  ]);
});

Deno.test("calls before mutation and before validation are made of the object normalized, each with its own results", () => {
  const kind = kindOf(
    'normalize: {spec: {host: "{{ .spec.host | toLower }}"}}',
    `mutation:
  external: [{name: first, url: "https://first.example.org/{{ .spec.host }}"}]
  rules: [{field: spec.quota, default: "{{ .external.first.json.quota }}"}]`,
    `validation:
  external: [{name: second, url: "https://second.example.org/{{ .spec.quota }}"}]
  rules: [{field: external.second.json.ok, equals: "yes", message: no}]`,
  );
  const asked: string[] = [];
  const external = {
    continues: true,
    find: (_: unknown, { url }: { readonly url: string }) => {
      asked.push(url);
      return { result: { error: "", json: { quota: 7, ok: url.endsWith("/7") ? "yes" : "no" } } };
    },
  };
  assert.deepEqual(reviewMutation(kind, shop({ host: "A" }), 0, external).object["spec"], { host: "A", quota: 7 });
  assert.deepEqual(asked, ["https://first.example.org/a"]);
  assert.deepEqual(reviewValidation(kind, shop({ host: "A" }), 0, undefined, external).denials, []);
  assert.deepEqual(
    reviewValidation(kind, shop({ host: "A", quota: 8 }), 0, undefined, external).denials.map(({ text }) => text),
    ["external.second.json.ok: no"],
  );
});

Deno.test("an object does not pass for the results of calls by a field of that name", () => {
  const forged = { ...shop({ size: 1 }), external: { registry: { json: { quota: "1" }, ok: "true", error: "" } } };
  assert.deepEqual(denied(kindOf(calls), forged), ["external.registry.ok: unreachable"]);
  const children = "validation: {rules: [{field: children.secret.data.a, equals: x, message: no child}]}";
  assert.deepEqual(denied(kindOf(children), { ...shop({}), children: { secret: { data: { a: "x" } } } }), [
    "children.secret.data.a: no child",
  ], "nor for its children");
  const mutates = kindOf(`mutation:
  external: [{name: registry, url: "https://registry.example.org"}]
  rules: [{field: spec.quota, default: "{{ .external.registry.json.quota }}"}, {field: spec.a, default: x}]`);
  assert.deepEqual(reviewMutation(mutates, forged, 0).object["spec"], { size: 1, a: "x" });
});
