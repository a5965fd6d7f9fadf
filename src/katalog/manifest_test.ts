import assert from "node:assert/strict";
import { readManifests } from "./manifest.ts";

function read(text: string) {
  return readManifests({ path: "cr.yaml", bytes: new TextEncoder().encode(text) });
}

function complaints(text: string): string[] {
  const { manifests, findings } = read(text);
  assert.deepEqual(manifests, []);
  return findings.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

const head = "apiVersion: shop.example.org/v1\nkind: Shop\nmetadata: {name: acme}\n";

Deno.test("readManifests() reads several documents and lists, each with its place", () => {
  const list = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: a}}\n" +
    "- {apiVersion: v1, kind: Secret, metadata: {generateName: b-}}\n";
  const { manifests, findings } = read(`---\n${head}---\n# nothing\n---\n${list}`);
  assert.deepEqual(findings, []);
  assert.deepEqual(manifests.map(({ object, at }) => `${object["kind"]} ${at.line}`), [
    "Shop 2",
    "Secret 11",
    "Secret 12",
  ]);
});

Deno.test("readManifests() reads numbers as the API server stores them", () => {
  const { manifests } = read(`${head}spec: {a: 1.0, b: 1e3, c: 012, d: 9007199254740993, e: 0.5, f: "1.0", g: yes}\n`);
  const { spec } = manifests[0]!.object;
  assert.deepEqual(spec, { a: 1, b: 1000, c: 10, d: 9007199254740993n, e: 0.5, f: "1.0", g: true });
});

Deno.test("readManifests() reads JSON", () => {
  const text = '{\n\t"apiVersion": "v1",\n\t"kind": "Secret",\n\t"metadata": {\n\t\t"name": "a\\u00e9"\n\t}\n}\n';
  assert.deepEqual(read(text).findings, []);
  assert.deepEqual(read(text).manifests[0]!.object["metadata"], { name: "aé" });
});

Deno.test("readManifests() says what is not an object", () => {
  assert.deepEqual(complaints(""), ["1:1 The file is empty"]);
  assert.deepEqual(complaints("- 1\n"), ["1:1 Expected an object of Kubernetes, found a list"]);
  assert.deepEqual(complaints(`${head}---\nkind: Shop\n`), [
    '5:1 "apiVersion" is missing',
    '5:1 "metadata.name" is missing',
  ]);
  assert.deepEqual(complaints("a: [\n"), ["1:4 A bracket is not closed"]);
});
