import assert from "node:assert/strict";
import { boxOf, describeEffect } from "../../tests/support/plans.ts";
import { callsOfPasses, needsOfCalls } from "./external.ts";

const call = (name: string, more = "") => `{name: ${name}, url: "https://${name}.example.org"${more}}`;
const auth = (name: string) => `, auth: {secretRef: {name: ${name}, key: token, namespace: keys}}`;

const box = boxOf(
  `onReconcile: {external: [${call("c", auth("third"))}], configMaps: [{data: {a: "{{ .external.c.body }}"}}]}\n`,
  `  mutation: {external: [${
    call("a", auth("first"))
  }], rules: [{field: spec.a, default: "{{ .external.a.body }}"}]}\n` +
    `  validation:\n    external: [${call("b")}, ${call("g", `${auth("second")}, fires: {reconcile: false}`)}]\n` +
    `    rules: [{field: external.b.ok, equals: "true"}, {field: external.g.ok, equals: "true", fires: {reconcile: false}}]\n`,
);

Deno.test("callsOfPasses() are those of all blocks in their order, without those of the Gateway alone", () => {
  assert.deepEqual(callsOfPasses(box.external).map(({ name }) => name), ["a", "b", "c"]);
});

Deno.test("needsOfCalls() are the Secrets of calls that have credentials, by name and namespace, with their lines", () => {
  const needs = needsOfCalls(callsOfPasses(box.external));
  const described = needs.map((need) =>
    describeEffect({ ...need, subresource: undefined, names: need.name === undefined ? undefined : [need.name] })
  );
  assert.deepEqual(described, ["get secrets in keys of first", "get secrets in keys of third"]);
  assert.ok(needs.every(({ reasons }) => /^k\.yaml:\d+$/.test(reasons.join())));
});
