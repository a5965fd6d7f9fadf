import assert from "node:assert/strict";
import type { JsonMap } from "../../base/json.ts";
import { formatFinding } from "../../base/finding.ts";
import { loadKatalog } from "../../katalog/mod.ts";
import { entryOf, katalogDocuments } from "./documents.ts";

function documentsOf(...crds: string[]) {
  const files = crds.map((text, i) => ({
    path: `${i}.yaml`,
    bytes: new TextEncoder().encode(
      `apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: k${i}, author: A}\nspec:\n  crds:\n${text}`,
    ),
  }));
  const { katalog, documents, findings } = loadKatalog(files, () => undefined);
  assert.ok(katalog !== undefined && documents !== undefined, findings.map(formatFinding).join("\n"));
  return katalogDocuments(katalog, documents);
}

const entry = (name: string, more = "") =>
  `    ${name}:
      apiTypes: {group: demo.dev, version: v1, kind: K${name}}
      workers: 2
${more}      operatorBox:
        onReconcile:
          secrets: [{name: "{{ .metadata.name }}", data: {password: hunter2}}]
          deployments: [{name: "{{ .metadata.name }}", image: i, env: [{name: A, value: hunter2}]}]
`;

Deno.test("katalogDocuments() shows a Katalog as written and with its defaults, without its literals", () => {
  const { raw, enriched, metadata, sources } = documentsOf(entry("env"));
  assert.deepEqual([raw["kind"], metadata["author"]], ["Katalog", "A"]);
  assert.deepEqual((entryOf(raw, "env") as JsonMap)["workers"], 2);
  const written = (entryOf(enriched, "env") as { operatorBox: { reconciler: JsonMap } }).operatorBox.reconciler;
  assert.deepEqual([written["workers"], written["resync"]], [2, "30s"]);
  assert.deepEqual(sources, { env: { workers: "configured", resync: "default" } });
  assert.doesNotMatch(JSON.stringify([raw, enriched]), /hunter2/);
  assert.match(JSON.stringify(raw), /"password":"<redacted>"/);
});

Deno.test("katalogDocuments() has the schemas of the types, but for those without endpoints", () => {
  const schema = "{type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}";
  const typed = (name: string, more = "") =>
    `    ${name}:\n      apiTypes: {group: demo.dev, version: v1, kind: K${name}, plural: k${name}s, schema: ${schema}}\n` +
    `${more}      operatorBox: {}\n`;
  const { schemas } = documentsOf(typed("a"), typed("b", "      endpoints: {info: false}\n"), entry("c"));
  assert.deepEqual(Object.keys(schemas ?? {}), ["a"]);
  assert.match(JSON.stringify(schemas), /"size":{"type":"integer"}/);
});

Deno.test("katalogDocuments() shows several files as a List, and nothing of an entry without endpoints", () => {
  const { raw, enriched } = documentsOf(entry("a"), entry("b", "      endpoints: {enabled: false}\n"));
  assert.equal(raw["kind"], "List");
  assert.ok(entryOf(raw, "a") !== undefined && entryOf(enriched, "a") !== undefined);
  assert.equal(entryOf(raw, "b"), undefined);
  assert.equal(entryOf(enriched, "b"), undefined);
});
