import assert from "node:assert/strict";
import { loadConversions, shopEntry, type SpecSchemas } from "../../tests/support/conversions.ts";
import type { JsonMap } from "../base/json.ts";

const object = (properties: JsonMap): JsonMap => ({ type: "object", properties });
const specs: SpecSchemas = {
  v1alpha1: object({ size: { type: "integer" }, image: { type: "string" } }),
  v1: object({ replicas: { type: "integer" }, tier: { type: "string", enum: ["gold", "basic"] } }),
};
const there = "{from: v1alpha1, to: v1, spec: {replicas: '{{ .spec.size }}'}}";
const back = "{from: v1, to: v1alpha1, spec: {size: '{{ .spec.replicas }}'}}";

/** Line, path below `conversion`, message and hint of each finding. */
function found(crds: string, schemas: SpecSchemas | undefined = specs): string[] {
  return loadConversions(crds, schemas).findings.map(({ line, path, message, hint }) =>
    `${line} ${path.replace(/^spec\.crds\.(\w+)\.conversion\.?/, "")}: ${message}${
      hint === undefined ? "" : ` (${hint})`
    }`
  );
}

const paths = (...lines: string[]): string[] => found(shopEntry(lines));

Deno.test("A conversion with a path there and back has no finding", () => {
  assert.deepEqual(paths(there, back), []);
});

Deno.test("Versions of a conversion are versions of the CRD, and the storage version is that of the CRD", () => {
  assert.deepEqual(found(shopEntry([there, back], "v1alpha1")), [
    "9 storageVersion: The CRD in crd.yaml stores v1, not v1alpha1 (write v1, or change storage in the CRD)",
  ]);
  assert.deepEqual(paths(there, back, "{from: v1alpha, to: v1, spec: {}}"), [
    '13 paths[2].from: The CRD in crd.yaml has no version "v1alpha" (did you mean "v1alpha1"?)',
  ]);
});

Deno.test("Paths of a conversion are distinct, lead from one version to another, and back", () => {
  assert.deepEqual(paths(there, back, there), [
    "13 paths[2]: A path from v1alpha1 to v1 is already declared (k.yaml:11:13) (keep one of them)",
  ]);
  assert.deepEqual(paths(there, back, "{from: v1, to: v1, spec: {}}"), [
    "13 paths[2].to: A path from v1 to itself converts nothing (remove it)",
  ]);
  assert.deepEqual(paths(back), [
    "11 paths[0]: There is a path from v1 to v1alpha1, and none back: objects are converted both ways " +
    "(add {from: v1alpha1, to: v1, spec: {…}})",
  ]);
  assert.deepEqual(found("shop:\n  crdFile: crd.yaml\n  conversion: {storageVersion: v1}\n  operatorBox: {}\n"), [
    "8 : There are no paths, here or in another entry of the kind " +
    "(add paths: [{from: v1alpha1, to: v1, spec: {…}}], and one for the way back)",
  ]);
});

Deno.test("Every served version is reached from the storage version", () => {
  const three = { v1beta1: object({}), ...specs };
  assert.deepEqual(found(shopEntry([there, back]), three), [
    "9 : The CRD serves v1beta1, and no path leads there from v1, the storage version " +
    "(add {from: v1, to: v1beta1, spec: {…}} and its way back; spec: {} copies what is alike)",
  ]);
});

Deno.test("Templates of a path read fields of its source, and write fields of its target", () => {
  assert.deepEqual(paths("{from: v1alpha1, to: v1, spec: {replicas: '{{ .spec.sise }}'}}", back), [
    "11 paths[0].spec.replicas: v1alpha1: .spec.sise is not in the schema of the CRD (did you mean .spec.size?)",
  ]);
  assert.deepEqual(paths("{from: v1alpha1, to: v1, spec: {replica: '{{ .spec.size }}', tier: silver}}", back), [
    "11 paths[0].spec.replica: v1: .spec.replica is not in the schema of the CRD (did you mean .spec.replicas?)",
    '11 paths[0].spec.tier: spec.tier of v1 takes one of "gold", "basic", found silver',
  ]);
  assert.deepEqual(paths("{from: v1alpha1, to: v1, spec: {replicas: '{{ .size }}'}}", back), [
    "11 paths[0].spec.replicas: .size is always empty: nothing provides it " +
    "(paths read the object: .spec, .metadata, .status)",
  ]);
  assert.deepEqual(paths("{from: v1alpha1, to: v1, spec: {replicas: '{{ .spec.size '}}", back).length, 1);
  assert.deepEqual(paths("{from: v1alpha1, to: v1, spec: none}", back), [
    "11 paths[0].spec: Expected a map of fields, as spec is one (write {} to copy what is alike)",
  ]);
});

const entry = (name: string, version: string, more: string): string =>
  `${name}:\n  crdFile: crd.yaml\n  apiTypes: {kind: Shop, version: ${version}}\n${more.replace(/^(?=.)/gm, "  ")}`;

Deno.test("Entries of one kind describe its versions together: the one with operatorBox has the box", () => {
  const { findings, plan } = loadConversions(
    entry("shop", "v1", "conversion: {storageVersion: v1, participant: true}\noperatorBox: {}\n") +
      entry(
        "old-shop",
        "v1alpha1",
        `conversion:\n  storageVersion: v1\n  updateCRD: true\n  paths: [${there}, ${back}]\n`,
      ),
    specs,
  );
  assert.deepEqual(findings, []);
  assert.deepEqual(plan?.boxes.map(({ name, type }) => [name, type.version]), [["shop", "v1"]]);
  const [conversion, ...others] = plan!.conversions;
  assert.equal(others.length, 0);
  assert.equal(conversion!.updateCRD, true);
  assert.deepEqual(conversion!.versions.map(({ name, schema }) => [name, schema !== undefined]), [
    ["v1", true],
    ["v1alpha1", true],
  ]);
  assert.deepEqual(conversion!.paths.map(({ from, to, path }) => `${from} ${to} ${path}`), [
    "v1alpha1 v1 spec.crds.old-shop.conversion.paths[0]",
    "v1 v1alpha1 spec.crds.old-shop.conversion.paths[1]",
  ]);
});

Deno.test("Entries of one kind that contradict each other are refused", () => {
  const both = `paths: [${there}, ${back}]`;
  const crds = entry("shop", "v1", `conversion: {storageVersion: v1, updateCRD: true}\noperatorBox: {}\n`) +
    entry("old", "v1alpha1", `conversion: {storageVersion: v1, updateCRD: false, participant: true, ${both}}\n`);
  assert.deepEqual(found(crds), [
    '14 updateCRD: "shop", the same kind, says true (k.yaml:9:51) (say it once)',
    "14 participant: A participant has no paths of its own, and here are some " +
    "(remove participant, or move the paths to the other entry of the kind)",
  ]);
});

Deno.test("Two entries of one kind with an operatorBox each are refused, and nothing depends on a version", () => {
  const conversion = `conversion: {storageVersion: v1, paths: [${there}, ${back}]}\n`;
  const two = entry("shop", "v1", `${conversion}operatorBox: {}\n`) + entry("old", "v1alpha1", "operatorBox: {}\n");
  assert.match(found(two)[0] ?? "", /already watches Shop\.example\.org .* \(an entry for another version has/);
  const waits = entry("shop", "v1", "dependsOn: [old]\noperatorBox: {}\n") + entry("old", "v1alpha1", conversion);
  assert.match(found(waits)[0] ?? "", /"old" only describes a version: it has no operator to wait for/);
});

Deno.test("A schema that is not known, and a Gateway that does not convert, are warned of", () => {
  const types = "apiTypes: {group: example.org, version: v1, kind: Shop, plural: shops}";
  const unknown =
    `shop:\n  ${types}\n  conversion: {storageVersion: v1, paths: [${there}, ${back}]}\n  operatorBox: {}\n`;
  const messages = found(unknown, undefined);
  assert.equal(messages.length, 2);
  assert.match(messages[0]!, /The schema of v1 is not known: .* \(name the manifest of the CRD with crdFile\)/);
});
