import assert from "node:assert/strict";
import { clientOf } from "../../../tests/support/api_double.ts";
import type { JsonMap } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { derivePlan } from "../../plan/mod.ts";
import { loadKatalog } from "../../katalog/mod.ts";
import { customKinds } from "./custom_kinds.ts";
import { findDefinition, oldVersions, readDefinition } from "./definition.ts";
import { UpgradeError } from "./upgrade_error.ts";

const established = [{ type: "Established", status: "True" }];

function crd(spec: JsonMap = {}, status: JsonMap = {}, metadata: JsonMap = {}): KubeObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "shops.example.org", uid: "u", resourceVersion: "7", generation: 2, ...metadata },
    spec: {
      group: "example.org",
      scope: "Namespaced",
      names: { kind: "Shop", plural: "shops" },
      versions: [{ name: "v1", served: true, storage: false }, { name: "v2", served: true, storage: true }],
      ...spec,
    },
    status: { storedVersions: ["v1", "v2"], conditions: established, ...status },
  };
}

Deno.test("readDefinition() reads what is stored, and in which version objects are read without a conversion", () => {
  const definition = readDefinition(crd(), "v2");
  assert.deepEqual(definition, {
    name: "shops.example.org",
    uid: "u",
    resourceVersion: "7",
    generation: 2,
    storageVersion: "v2",
    storedVersions: ["v1", "v2"],
    servedVersions: ["v1", "v2"],
    type: { group: "example.org", version: "v2", kind: "Shop", plural: "shops", namespaced: true },
    obstacle: undefined,
  });
  assert.deepEqual(oldVersions(definition), ["v1"]);
  const unserved = [{ name: "v1", served: true, storage: false }, { name: "v2", served: false, storage: true }];
  assert.equal(readDefinition(crd({ versions: unserved })).type.version, "v1");
  assert.equal(readDefinition(crd({ scope: "Cluster" })).type.namespaced, false);
});

Deno.test("readDefinition() says why objects cannot be migrated at present", () => {
  const table: [object: KubeObject, obstacle: RegExp][] = [
    [crd({}, {}, { deletionTimestamp: "2026-01-01T00:00:00Z" }), /is being deleted/],
    [crd({}, { conditions: [] }), /not established: its condition NamesAccepted/],
    [crd({ versions: [{ name: "v2", served: false, storage: true }] }), /serves no version/],
    [crd({}, { storedVersions: ["v1"] }), /being changed to v2, which is not in status\.storedVersions yet/],
  ];
  for (const [object, obstacle] of table) assert.match(readDefinition(object).obstacle ?? "", obstacle);
  assert.match(
    readDefinition(crd(), "v3").obstacle!,
    /the Katalog has conversion\.storageVersion v3, and the CRD stores v2/,
  );
});

Deno.test("readDefinition() refuses what no API server has accepted", () => {
  const specs: JsonMap[] = [{ versions: [] }, { names: null }, { group: 5 }, { versions: "v1" }];
  for (const spec of specs) {
    assert.throws(() => readDefinition(crd(spec)), UpgradeError);
  }
});

const katalog = (crds: string) => {
  const text = "apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: {name: demo}\nspec:\n  crds:\n" + crds;
  const { katalog, findings } = loadKatalog(
    [{ path: "k.yaml", bytes: new TextEncoder().encode(text) }],
    () => undefined,
  );
  assert.ok(katalog !== undefined, JSON.stringify(findings));
  return derivePlan(katalog);
};

Deno.test("customKinds() are those of the Katalog that have a CRD, each once", () => {
  const plan = katalog(
    "    b: {apiTypes: {group: example.org, version: v1, kind: Shop, plural: shops}, operatorBox: {}}\n" +
      "    a: {apiTypes: {group: example.org, version: v1, kind: Fair}, operatorBox: {}}\n" +
      "    d: {apiTypes: {group: apps, version: v1, kind: Deployment}, labelSelector: {a: b}, operatorBox: {}}\n",
  );
  assert.deepEqual(customKinds(plan).map(({ group, kind }) => `${kind}.${group}`), [
    "Fair.example.org",
    "Shop.example.org",
  ]);
});

Deno.test("findDefinition() asks discovery for a plural that was guessed, and finds no CRD where there is none", async () => {
  const { api, received } = clientOf(({ path }) =>
    path === "/apis/example.org/v1"
      ? Response.json({ resources: [{ name: "fayres", kind: "Fair", namespaced: true }] })
      : Response.json({ kind: "Status", status: "Failure", code: 404, reason: "NotFound", message: "no" }, {
        status: 404,
      })
  );
  const type = { group: "example.org", version: "v1", kind: "Fair", plural: "fairs", namespaced: true };
  const found = await findDefinition(api, { group: "example.org", kind: "Fair", type: { ...type, guessed: true } });
  assert.equal(found, undefined);
  assert.deepEqual(received.map(({ path }) => path), [
    "/apis/example.org/v1",
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/fayres.example.org",
  ]);
});
