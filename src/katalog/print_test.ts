import assert from "node:assert/strict";
import { type Json, stringifyJson } from "../base/json.ts";
import { loadKatalog } from "./load.ts";
import type { Katalog } from "./model.ts";
import { printKatalog } from "./print.ts";

const root = new URL("../../", import.meta.url);

function load(path: string, bytes: Uint8Array): Katalog {
  const { katalog, findings } = loadKatalog([{ path, bytes }], (file) => Deno.readFileSync(new URL(file, root)));
  assert.ok(katalog !== undefined, JSON.stringify(findings));
  return katalog;
}

function files(): string[] {
  const good = [...Deno.readDirSync(new URL("tests/golden/katalog/good/", root))]
    .filter(({ name }) => name.endsWith(".yaml") && !name.endsWith(".crd.yaml"))
    .map(({ name }) => `tests/golden/katalog/good/${name}`);
  const examples = [...Deno.readDirSync(new URL("katalogs/", root))].filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => `katalogs/${name}/katalog.yaml`);
  return [...good, ...examples];
}

/** Without the places, and without the text that is printed. */
function plain(katalog: Katalog): Json {
  return JSON.parse(stringifyJson(katalog), (key, value) => {
    return key === "at" || key === "positions" || key === "written" ? undefined : value;
  });
}

Deno.test("printKatalog() gives a document that loads to the same Katalog", () => {
  assert.ok(files().length >= 5);
  for (const file of files()) {
    const katalog = load(file, Deno.readFileSync(new URL(file, root)));
    const printed = printKatalog(katalog);
    const again = load(file, new TextEncoder().encode(stringifyJson(printed)));
    assert.deepEqual(plain(again), plain(katalog), file);
    assert.deepEqual(printKatalog(again), printed, file);
  }
});

Deno.test("printKatalog() writes the Gateway out, and no operatorBox for an entry that only describes a version", () => {
  const types = (version: string): string => `apiTypes: {group: a.example.org, version: ${version}, kind: Policy}`;
  const conversion =
    "conversion: {storageVersion: v1, paths: [{from: v1, to: v2, spec: {}}, {from: v2, to: v1, spec: {}}]}";
  const text = "apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: k}\n" +
    "gateway: {endpoint: 'http://gateway'}\nsecurity: {certManager: {validFor: 2y}, conversion: {enabled: true}}\n" +
    `spec: {crds: {a: {${types("v1")}, operatorBox: {}}, b: {${types("v2")}, ${conversion}}}}`;
  const katalog = load("k.yaml", new TextEncoder().encode(text));
  const printed = printKatalog(katalog);
  const again = load("k.yaml", new TextEncoder().encode(stringifyJson(printed)));
  assert.deepEqual(plain(again), plain(katalog));
  const { crds } = printed["spec"] as { crds: Record<string, Record<string, Json>> };
  assert.deepEqual(Object.keys(crds["b"]!).includes("operatorBox"), false);
  assert.deepEqual(again.crds.map(({ versionOnly }) => versionOnly), [false, true]);
});

Deno.test("printKatalog() keeps crossAccess: true apart from an absent one", () => {
  const text = (top: string, more: string) =>
    `apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: k}\n${top}\nspec: {crds: {a: ` +
    `{${more}apiTypes: {group: a.example.org, version: v1, kind: Policy}}}}`;
  const table: [top: string, more: string, access: boolean | undefined][] = [
    ["", "", undefined],
    ["", "crossAccess: true, ", true],
    ["", "crossAccess: false, ", false],
    ["crossAccess: true", "", true],
    ["crossAccess: true", "crossAccess: false, ", false],
  ];
  for (const [top, more, access] of table) {
    const katalog = load("k.yaml", new TextEncoder().encode(text(top, more)));
    const printed = printKatalog(katalog);
    const { crds } = printed["spec"] as { crds: Record<string, Record<string, Json>> };
    assert.equal(crds["a"]!["crossAccess"], access);
    assert.equal(katalog.crds[0]!.crossServed, access === true);
    assert.deepEqual(
      load("k.yaml", new TextEncoder().encode(stringifyJson(printed))).crds[0]!.crossServed,
      access === true,
    );
  }
});

Deno.test("printKatalog() writes out what was left away", () => {
  const text =
    "apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: k, version: 1.0}\nspec: {crds: {a: " +
    "{workers: 4, apiTypes: {group: a.example.org, version: v1, kind: Policy}}}}";
  assert.deepEqual(printKatalog(load("k.yaml", new TextEncoder().encode(text))), {
    apiVersion: "orkestra.orkspace.io/v1",
    kind: "Katalog",
    metadata: { name: "k", version: "1.0" },
    spec: {
      crds: {
        a: {
          apiTypes: { group: "a.example.org", version: "v1", kind: "Policy" },
          enabled: true,
          namespaced: true,
          forceConflict: true,
          endpoints: { enabled: true, health: true, info: true },
          operatorBox: { reconciler: { workers: 4, resync: "30s", queue: { failureThreshold: 5 } } },
        },
      },
    },
  });
});
