import assert from "node:assert/strict";
import { simulate, type SimulateOptions } from "../../../src/dev/simulate/simulate.ts";
import { simulateInit } from "../../../src/dev/simulate/simulate_init.ts";
import { openLab } from "../../../src/entry/lab.ts";
import { systemFiles } from "../../../src/files/mod.ts";
import { realClock } from "../../support/clock.ts";

const katalog = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: {name: shops}
spec:
  crds:
    shop:
      apiTypes: {group: shop.example.org, version: v1, kind: Shop, plural: shops}
      validation:
        rules: [{field: spec.size, max: 3, message: at most 3}]
      operatorBox:
        cross: [{crd: region, selector: {name: "{{ .spec.region }}"}, as: region}]
        onReconcile:
          configMaps:
            - {name: "{{ .metadata.name }}-config", data: {zone: "{{ .cross.region.status.zone }}"}}
          custom:
            - {apiVersion: other.example.org/v1, kind: Thing, metadata: {name: "{{ .metadata.name }}"}, spec: {a: b}}
    region:
      apiTypes: {group: shop.example.org, version: v1, kind: Region, plural: regions}
`;
const object = (kind: string, name: string, more: string) =>
  `apiVersion: shop.example.org/v1\nkind: ${kind}\nmetadata: {name: ${name}, namespace: town}\n${more}\n`;
const crs = [
  object("Shop", "blue", "spec: {size: 1, region: north}"),
  object("Shop", "red", "spec: {size: 9, region: north}"),
  object("Region", "north", "spec: {}\nstatus: {zone: z1}"),
].join("---\n");
const document = (name: string, rest: string) =>
  `apiVersion: orkestra.orkspace.io/v1\nkind: Simulate\nmetadata: {name: ${name}}\n${rest}\n`;
const good = `spec:
  katalog: ./katalog.yaml
  cr: cr.yaml
  expect:
    noErrors: true
    crds:
      shop:
        steadyAt: 2
        ops:
          - {cycle: 1, verb: create, resource: configmaps, name: blue-config}
          - {cycle: 1, verb: create, resource: things, name: blue}
          - {cycle: 1, verb: patch, resource: status, name: blue}
        absent: [{verb: create, resource: configmaps, name: red-config}]`;

/** Runs in a folder with these files. */
async function inFolder(
  texts: Readonly<Record<string, string>>,
  work: (run: (options: Partial<SimulateOptions>) => Promise<{ code: number; out: string; err: string }>) => Promise<void>,
): Promise<void> {
  const before = Deno.cwd();
  const folder = await Deno.makeTempDir({ prefix: "ork-simulate-" });
  try {
    for (const [path, text] of Object.entries({ "katalog.yaml": katalog, "cr.yaml": crs, ...texts })) {
      if (path.includes("/")) await Deno.mkdir(`${folder}/${path.replace(/\/[^/]*$/, "")}`, { recursive: true });
      await Deno.writeTextFile(`${folder}/${path}`, text);
    }
    Deno.chdir(folder);
    await work(async (options) => {
      let [out, err] = ["", ""];
      const code = await simulate(
        { files: [], crs: [], skip: [], skipExternal: false, debugOps: false, ...options },
        {
          out: (text) => void (out += `${text}\n`),
          err: (text) => void (err += `${text}\n`),
          colour: false,
        },
        { clock: realClock, files: systemFiles(), openLab },
      );
      return { code, out: out.replaceAll(/ in \d+ms$/gm, ""), err };
    });
  } finally {
    Deno.chdir(before);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("ork simulate runs simulate.yaml: others of a kind and other kinds are there, and only the first is reconciled", () =>
  inFolder({ "simulate.yaml": document("shops", good) }, async (run) => {
    assert.deepEqual(await run({}), {
      code: 0,
      err: "",
      out: `Simulating region/north
  cycle 1
    ~ status/north
  cycles 2 to 3: nothing
✓ Steady state at cycle 2
  ✓ no errors
Simulating shop/blue
  cycle 1
    + configmaps/blue-config
    + things/blue
    ~ status/blue
  cycles 2 to 3: nothing
✓ Steady state at cycle 2
  ✓ steady at cycle 2
  ✓ create configmaps/blue-config in cycle 1
  ✓ create things/blue in cycle 1
  ✓ patch status/blue in cycle 1
  ✓ no create configmaps/red-config
PASS shops
`,
    });
  }));

Deno.test("ork simulate fails where something is not as expected, or a pass fails and must not", () =>
  inFolder({
    "simulate.yaml": document("shops", good.replace("steadyAt: 2", "steadyAt: 1").replace("{size: 1", "{size: 9")),
    "bad.yaml": object("Shop", "big", "spec: {size: 9, region: north}"),
    "denied.yaml": document("denied", "spec: {katalog: katalog.yaml, cr: bad.yaml, cycles: 3, expect: {noErrors: true}}"),
    "allowed.yaml": document("denied", "spec: {katalog: katalog.yaml, cr: bad.yaml, cycles: 4, expect: {steady: true}}"),
  }, async (run) => {
    const late = await run({ crd: "shop" });
    assert.equal(late.code, 1);
    assert.match(late.out, /^ {2}✗ steady at cycle 1: only at cycle 2$/m);
    assert.match(late.out, /^FAIL shops$/m);
    const denied = await run({ files: ["denied.yaml"] });
    assert.equal(denied.code, 1);
    assert.match(denied.out, /^ {4}✗ spec\.size: at most 3$/m);
    assert.match(denied.out, /^ {2}✗ no errors: cycle 1: spec\.size: at most 3$/m);
    assert.equal((await run({ files: ["allowed.yaml"] })).code, 0);
  }));

Deno.test("ork simulate does not take for met what is not checked: a misspelt resource, a CRD without a CR", () =>
  inFolder({
    "misspelt.yaml": document(
      "misspelt",
      "spec: {katalog: katalog.yaml, cr: cr.yaml, expect: {absent: [{verb: create, resource: secret}]}}",
    ),
    "region.yaml": object("Region", "north", "spec: {}"),
    "missing.yaml": document(
      "missing",
      "spec: {katalog: katalog.yaml, cr: region.yaml, expect: {steady: true, crds: {shop: {noErrors: true}}}}",
    ),
  }, async (run) => {
    const misspelt = await run({ files: ["misspelt.yaml"], crd: "region" });
    assert.equal(misspelt.code, 1);
    assert.match(misspelt.out, /✗ no create secret: there is no resource of this name, did you mean "secrets"\?/);
    const missing = await run({ files: ["missing.yaml"] });
    assert.equal(missing.code, 1);
    assert.match(missing.err, /^error: expect\.crds\.shop: it is not simulated, since there is no CR of it$/m);
    assert.equal((await run({ files: ["missing.yaml"], crd: "region" })).code, 0);
  }));

Deno.test("ork simulate runs documents that import others, and all below a folder", () =>
  inFolder({
    "all.yaml": document("all", "imports: [a/simulate.yaml, b/simulate.yaml]"),
    "round.yaml": document("round", "imports: [round.yaml]"),
    "a/simulate.yaml": document("a", good.replace("./katalog.yaml", "../katalog.yaml").replace("cr.yaml", "../cr.yaml")),
    "b/simulate.yaml": document(
      "b",
      good.replace("./katalog.yaml", "../katalog.yaml").replace("cr.yaml", "../cr.yaml").replace("blue-config", "none"),
    ),
  }, async (run) => {
    const all = await run({ files: ["all.yaml"] });
    assert.equal(all.code, 1);
    assert.deepEqual(all.out.match(/^(?:PASS|FAIL) .*$/gm), ["PASS a", "FAIL b"]);
    assert.equal((await run({ files: ["./..."], skip: ["b/"] })).code, 0);
    const round = await run({ files: ["round.yaml"] });
    assert.deepEqual([round.code, round.err], [1, "round.yaml: error: round.yaml imports itself\n"]);
  }));

Deno.test("ork simulate of a Katalog prints what is done, and fails only where nothing can be simulated", () =>
  inFolder({ "bad.yaml": object("Shop", "big", "spec: {size: 9, region: north}") }, async (run) => {
    const denied = await run({ crs: ["bad.yaml"], cycles: 2 });
    assert.equal(denied.code, 0);
    assert.match(denied.err, /^note: region is not simulated: there is no CR of kind Region/);
    assert.equal((await run({ crd: "none" })).code, 1);
    assert.equal((await run({ crs: ["absent.yaml"] })).code, 1);
  }));

Deno.test("ork simulate init writes a document that passes", () =>
  inFolder({}, async (run) => {
    const terminal = { out: () => {}, err: () => {}, colour: false };
    const ports = { clock: realClock, files: systemFiles(), openLab };
    const options = { files: [], crs: [], force: false, dryRun: false };
    assert.equal(await simulateInit(options, terminal, ports), 0);
    const text = await Deno.readTextFile("simulate.yaml");
    assert.match(text, /- \{ cycle: 1, verb: create, resource: configmaps, name: "blue-config" \}/);
    const { code, out } = await run({});
    assert.equal(code, 0, out);
    // One that is there may have been changed by hand.
    assert.equal(await simulateInit(options, terminal, ports), 1);
    assert.equal(await simulateInit({ ...options, force: true }, terminal, ports), 0);
  }));
