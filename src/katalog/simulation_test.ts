import assert from "node:assert/strict";
import { isSimulation, loadSimulation } from "./simulation.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const files = new Set(["sim/katalog.yaml", "sim/cr.yaml", "sim/more.yaml", "crd.yaml", "sim/other.yaml"]);

function load(text: string) {
  const file = { path: "sim/simulate.yaml", bytes: encode(text) };
  return loadSimulation(file, (path) => files.has(path) ? encode("") : undefined);
}

const head = "apiVersion: orkestra.orkspace.io/v1\nkind: Simulate\nmetadata: {name: shop}\n";
const said = (text: string) => load(text).findings.map(({ line, path, message }) => `${line} ${path} ${message}`);

Deno.test("loadSimulation() reads every field, paths relative to the file", () => {
  const { findings, simulation } = load(`${head}spec:
  katalog: ./katalog.yaml
  cr: cr.yaml
  crFiles: [more.yaml]
  crd: ../crd.yaml
  cycles: 4
  skipExternal: true
  expect:
    steadyAt: 3
    noErrors: true
    ops:
      - { cycle: 1, verb: create, resource: configmaps, name: shop-config, count: 2 }
    absent:
      - { resource: jobs }
    crds:
      store: {steady: true}
`);
  assert.deepEqual(findings, []);
  assert.ok(simulation?.kind === "simulation");
  const nothing = { steady: false, steadyAt: undefined, noErrors: false, ops: [], absent: [] };
  assert.deepEqual(simulation, {
    ...{ name: "shop", file: "sim/simulate.yaml", kind: "simulation" },
    spec: {
      katalog: "sim/katalog.yaml",
      crs: ["sim/cr.yaml", "sim/more.yaml"],
      crds: ["crd.yaml"],
      ...{ cycles: 4, skipExternal: true },
      expect: {
        ...{ steady: false, steadyAt: 3, noErrors: true },
        ops: [{
          ...{ cycle: 1, verb: "create", resource: "configmaps", name: "shop-config", count: 2 },
          at: "sim/simulate.yaml:15:9",
        }],
        absent: [{
          ...{ cycle: undefined, verb: undefined, resource: "jobs", name: undefined, count: 1 },
          at: "sim/simulate.yaml:17:9",
        }],
      },
      expectOf: { store: { ...nothing, steady: true } },
    },
  });
});

Deno.test("loadSimulation() reads a list of others, and has defaults", () => {
  assert.deepEqual(load(`${head}imports: [./other.yaml]\n`).simulation, {
    ...{ name: "shop", file: "sim/simulate.yaml", kind: "imports", imports: ["sim/other.yaml"] },
  });
  const { simulation } = load(`${head}spec: {katalog: katalog.yaml, cr: cr.yaml}\n`);
  assert.ok(simulation?.kind === "simulation");
  assert.deepEqual([simulation.spec.cycles, simulation.spec.skipExternal, simulation.spec.expect], [
    10,
    false,
    undefined,
  ]);
});

Deno.test("loadSimulation() finds everything that is wrong, with its place", () => {
  assert.deepEqual(said(head), ['1  One of "spec", "imports" is missing']);
  assert.deepEqual(said(`${head}imports: []\n`), ["4 imports Nothing is imported, so nothing would be run"]);
  assert.deepEqual(
    said(`${head}spec: {cycles: 0, expects: {}, expect: {ops: [{verb: make}], absent: [{verb: create}]}}\n`),
    [
      '4 spec "katalog" is missing',
      '4 spec One of "cr", "crFiles" is missing',
      "4 spec.cycles Expected a whole number from 1 to 1000, found 0",
      '4 spec.expects Unknown key "expects"',
      '4 spec.expect.ops[0] "resource" is missing',
      '4 spec.expect.ops[0].verb Expected "create", "apply", "update", "delete" or "patch", found "make"',
      '4 spec.expect.absent[0] "resource" is missing',
    ],
  );
  assert.deepEqual(said(`${head}spec: {katalog: none.yaml, cr: cr.yaml}\n`), [
    "4 spec.katalog Cannot read sim/none.yaml",
  ]);
  assert.deepEqual(said("kind: [\n").length > 0, true);
  assert.deepEqual(said(""), ["1  The file is empty"]);
});

Deno.test("isSimulation() looks at the kind alone", () => {
  assert.equal(isSimulation({ path: "a", bytes: encode("kind: Simulate\nspec: 1\n") }), true);
  assert.equal(isSimulation({ path: "a", bytes: encode("kind: Katalog\n") }), false);
  assert.equal(isSimulation({ path: "a", bytes: encode("- 1\n") }), false);
});
