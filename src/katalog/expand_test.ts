import assert from "node:assert/strict";
import { type Json, type JsonMap, parseJson, stringifyJson } from "../base/json.ts";
import { derivePlan } from "../plan/mod.ts";
import { loadKatalog } from "./load.ts";
import { expandKatalog, portableKatalog } from "./expand.ts";
import type { Katalog } from "./model.ts";

const root = new URL("../../", import.meta.url);
const bytes = (text: string) => new TextEncoder().encode(text);

function load(path: string, text: Uint8Array, readFile: (path: string) => Uint8Array | undefined) {
  const { katalog, findings } = loadKatalog([{ path, bytes: text }], readFile);
  assert.ok(katalog !== undefined, JSON.stringify(findings));
  return { katalog, findings };
}

/** The Plan without places, and without the file that is left away. */
function planOf(katalog: Katalog): Json {
  return JSON.parse(
    stringifyJson(derivePlan(katalog) as unknown as Json),
    (key, value) => ["at", "positions", "reasons", "crdFile"].includes(key) ? undefined : value,
  );
}

const files = [
  ...[...Deno.readDirSync(new URL("katalogs/", root))].filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => `katalogs/${name}/katalog.yaml`),
  ...[...Deno.readDirSync(new URL("tests/golden/katalog/good/", root))]
    .filter(({ name }) => name.endsWith(".yaml") && !name.endsWith(".crd.yaml"))
    .map(({ name }) => `tests/golden/katalog/good/${name}`),
];

Deno.test("expandKatalog() gives a document that comes to the same Plan without any other file", () => {
  assert.ok(files.length >= 9);
  for (const file of files) {
    const { katalog } = load(
      file,
      Deno.readFileSync(new URL(file, root)),
      (path) => Deno.readFileSync(new URL(path, root)),
    );
    const text = stringifyJson(expandKatalog(katalog));
    assert.ok(!/"cr(?:d)?Files?":/.test(text), file);
    const alone = load("katalog.yaml", bytes(text), () => undefined);
    assert.deepEqual(planOf(alone.katalog), planOf(katalog), file);
    assert.deepEqual(expandKatalog(alone.katalog), expandKatalog(katalog), file);
  }
});

const head = "apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: demo}\nspec:\n  crds:\n    shop:\n";

function crdOf(spec: string, kind = "Shop", scope = "Namespaced"): string {
  const plural = `${kind.toLowerCase()}s`;
  return "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n" +
    `metadata: {name: ${plural}.test.example}\nspec:\n  group: test.example\n  scope: ${scope}\n` +
    `  names: {kind: ${kind}, plural: ${plural}}\n  versions:\n${spec}`;
}

function expandedEntry(crd: string, more = ""): JsonMap {
  const { katalog } = load(
    "k.yaml",
    bytes(`${head}      crdFile: crd.yaml\n${more}      operatorBox: {}\n`),
    () => bytes(crd),
  );
  return (expandKatalog(katalog)["spec"] as { crds: Record<string, JsonMap> }).crds["shop"]!;
}

Deno.test("portableKatalog() leaves out what the Katalog leaves out of a reconciler, and comes to the same Plan", () => {
  const written = (reconciler: string) => {
    const text =
      `apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: k}\nspec:\n  crds:\n    shop:\n` +
      "      apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}\n" +
      `      operatorBox: {${reconciler}adopt: true}\n`;
    const { katalog } = loadKatalog([{ path: "k.yaml", bytes: new TextEncoder().encode(text) }], () => undefined);
    return katalog!;
  };
  const boxOf = (document: JsonMap) =>
    (document["spec"] as { crds: { shop: { operatorBox: JsonMap } } }).crds.shop.operatorBox;
  assert.deepEqual(boxOf(portableKatalog(written(""))), { adopt: true });
  const own = written("reconciler: {workers: 3, queue: {failureThreshold: 5}}, ");
  assert.deepEqual(boxOf(portableKatalog(own)), {
    reconciler: { workers: 3, queue: { failureThreshold: 5 } },
    adopt: true,
  });
  // What is compared has every default, so that one that is written out is no difference.
  assert.deepEqual(boxOf(expandKatalog(own)), boxOf(expandKatalog(written(""))));
});

Deno.test("expandKatalog() writes what the CRD says beside its schema, and no prose", () => {
  const entry = expandedEntry(crdOf(
    "  - name: v1\n    served: true\n    storage: false\n    selectableFields: [{jsonPath: .spec.description}]\n" +
      "    schema: {openAPIV3Schema: {type: object, description: words, properties: {spec: {type: object, description: " +
      "more, properties: {description: {type: string}}}}}}\n" +
      "  - {name: v2, served: false, storage: true, schema: {openAPIV3Schema: {type: object}}}\n",
  ));
  assert.deepEqual(entry["apiTypes"], {
    group: "test.example",
    version: "v1",
    kind: "Shop",
    plural: "shops",
    hasStatus: false,
    selectableFields: ["spec.description"],
    schema: {
      type: "object",
      properties: { spec: { type: "object", properties: { description: { type: "string" } } } },
    },
    versions: [{ name: "v2", served: false, storage: true, hasStatus: false }],
  });
});

Deno.test("expandKatalog() says of custom children of a kind in a file that they are cluster-scoped", () => {
  const version = "  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}\n";
  const crds = `${crdOf(version)}---\n${crdOf(version, "Zone", "Cluster")}`;
  const custom = "custom: [{apiVersion: test.example/v1, kind: Zone, metadata: {name: '{{ .metadata.name }}'}}]";
  const { katalog } = load(
    "k.yaml",
    bytes(`${head}      crdFile: crd.yaml\n      operatorBox: {onCreate: {${custom}}, onDelete: {${custom}}}\n`),
    () => bytes(crds),
  );
  const { crds: { shop } } = expandKatalog(katalog)["spec"] as { crds: Record<string, JsonMap> };
  for (const block of ["onCreate", "onDelete"]) {
    const written = (shop!["operatorBox"] as JsonMap)[block] as { custom: { metadata: JsonMap }[] };
    assert.deepEqual(written.custom[0]!.metadata, { name: "{{ .metadata.name }}", namespaced: false }, block);
  }
});

Deno.test("loadKatalog() checks by apiTypes.schema as by a file, and uses the file where there are both", () => {
  const types = "group: test.example, version: v1, kind: Shop, plural: shops";
  const schema = "schema: {type: object, properties: {status: {type: object, properties: {n: {type: integer}}}}}";
  const findingsOf = (entry: string, readFile: (path: string) => Uint8Array | undefined = () => undefined) =>
    loadKatalog([{ path: "k.yaml", bytes: bytes(`${head}${entry}`) }], readFile).findings
      .map(({ severity, line, path, message }) => `${severity} ${line} ${path}: ${message}`);
  assert.deepEqual(
    findingsOf(
      `      apiTypes: {${types}, ${schema}}\n      operatorBox: {status: {fields: [{path: n, value: many}]}}\n`,
    ).map((text) => text.split(":")[0]),
    ["error 8 spec.crds.shop.operatorBox.status.fields[0].value"],
  );
  const file = crdOf("  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}\n");
  assert.deepEqual(
    findingsOf(`      crdFile: crd.yaml\n      apiTypes: {${types}, ${schema}}\n`, () => bytes(file)),
    ["warning 8 spec.crds.shop.apiTypes.schema: The CRD in crd.yaml has the schema, and this one is not used"],
  );
  assert.match(
    findingsOf(`      apiTypes: {group: test.example, version: v1, kind: Shop, ${schema}}\n`).join("\n"),
    /^error 7 spec\.crds\.shop\.apiTypes.*plural/,
  );
  assert.deepEqual(findingsOf(`      apiTypes: {${types}, schema: text}\n`), [
    'error 7 spec.crds.shop.apiTypes.schema: Expected a map, found "text"',
  ]);
  assert.deepEqual(
    parseJson(stringifyJson(
      load("k.yaml", bytes(`${head}      apiTypes: {${types}, ${schema}}\n`), () => undefined)
        .katalog.crds[0]!.definition!.served as unknown as Json,
    )),
    ["v1"],
  );
});
