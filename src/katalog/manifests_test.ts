import assert from "node:assert/strict";
import { readManifests } from "./manifests.ts";

function read(text: string) {
  return readManifests({ path: "a.yaml", bytes: new TextEncoder().encode(text) });
}

Deno.test("readManifests() gives every object of every document with its place, the items of a List one by one", () => {
  const { manifests, findings } = read(`apiVersion: v1
kind: ConfigMap
metadata: { name: a }
---
apiVersion: v1
kind: List
items:
  - { apiVersion: v1, kind: Secret, metadata: { name: b } }
  - { apiVersion: v1, kind: Secret, metadata: { name: c } }
`);
  assert.deepEqual(findings, []);
  assert.deepEqual(manifests.map(({ object, at }) => [object.kind, object.metadata.name, at.line]), [
    ["ConfigMap", "a", 1],
    ["Secret", "b", 5],
    ["Secret", "c", 5],
  ]);
});

Deno.test("readManifests() says where an object lacks what every object has", () => {
  const cases: [string, string, RegExp][] = [
    ["kind: A\nmetadata: { name: a }", "apiVersion", /no apiVersion/],
    ["apiVersion: v1\nmetadata: { name: a }", "kind", /no kind/],
    ["apiVersion: v1\nkind: A", "metadata.name", /no metadata\.name/],
    ["apiVersion: v1\nkind: A\nmetadata: { name: 7 }", "metadata.name", /no metadata\.name/],
    ["- 1", "", /no Kubernetes object/],
  ];
  for (const [text, path, message] of cases) {
    const { manifests, findings } = read(text);
    assert.equal(manifests.length, 0);
    assert.equal(findings[0]?.path, path);
    assert.match(findings[0]!.message, message);
  }
  assert.match(read("a: [").findings[0]!.message, /./);
});
