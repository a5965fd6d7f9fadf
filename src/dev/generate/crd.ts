import { compareText } from "../../base/finding.ts";
import type { JsonMap } from "../../base/json.ts";
import { type FileReader, namedFiles } from "../../files/mod.ts";
import { type CrdEntry, type Katalog, readManifests } from "../../katalog/mod.ts";
import { groupKind } from "../../k8s/object.ts";
import { type CompiledKind, compileKinds, isDefinitionOf, withRules } from "../../policy/mod.ts";
import type { Terminal } from "../terminal.ts";
import { derivedCrd } from "./derived_crd.ts";
import type { GenerateOptions } from "./generate_options.ts";
import { printLeftOut } from "./left_out.ts";
import { loadKatalogs } from "./load_katalog.ts";
import { writeManifests } from "./write_manifests.ts";

/**
 * `ork generate crd`: the CRDs that a Katalog names by `crdFile`, as they are, and those of entries without one, made of
 * `apiTypes`; with the rules that fit added to the schema of `spec`. Rules that do not are listed on standard error, with
 * the reason. Exit code 1 for a Katalog with errors, and for a file without the CRD that it is named for.
 */
export async function generateCrd(
  { files: named, output }: GenerateOptions,
  terminal: Terminal,
  files: FileReader,
): Promise<number> {
  const katalog = await loadKatalogs(named, files, terminal);
  if (katalog === undefined) return 1;
  const crds = katalog.crds.filter(({ enabled }) => enabled).sort((a, b) => compareText(a.name, b.name));
  const definitions = readDefinitions(crds, files, terminal);
  if (definitions === undefined) return 1;
  const kinds = compileKinds(katalog);
  printLeftOut(rulesOf(kinds), "the CRD", terminal);
  writeManifests(
    [...definitions.values()].map((definition) => ({
      object: withKatalog(definition, crds, kinds),
      comments: [],
    })),
    output,
    terminal,
  );
  return 0;
}

function rulesOf(kinds: readonly CompiledKind[]) {
  return kinds.flatMap(({ validations, mutations }) => [
    ...validations.map(({ at, what, crd }) => ({ at, what, outcome: crd })),
    ...mutations.map(({ at, what }) => ({
      at,
      what,
      outcome: { reason: "a CRD has no mutations, only defaults without conditions" },
    })),
  ]);
}

/** The rules of all entries of the kind, each in its version. */
function withKatalog(definition: JsonMap, crds: Katalog["crds"], kinds: readonly CompiledKind[]): JsonMap {
  let result = definition;
  for (const { name, type } of crds) {
    if (!isDefinitionOf(definition, type)) continue;
    const rules = kinds.filter((kind) => kind.name === name).flatMap(({ validations }) =>
      validations.flatMap(({ crd }) => "value" in crd ? [crd.value] : [])
    );
    // Rules are compiled for the schema of that version, so it has one.
    result = rules.length === 0 ? result : withRules(result, type.version, rules) ?? result;
  }
  return result;
}

/**
 * The CRDs that entries name by `crdFile`, as they are there, one for each kind; `undefined` where a file does not have
 * the CRD, which is printed. Entries whose types are in the Katalog itself have none.
 */
export function definitionsOf(katalog: Katalog, files: FileReader, terminal: Terminal): JsonMap[] | undefined {
  const crds = katalog.crds.filter(({ enabled, crdFile }) => enabled && crdFile !== undefined)
    .sort((a, b) => compareText(a.name, b.name));
  const definitions = readDefinitions(crds, files, terminal);
  return definitions === undefined ? undefined : [...definitions.values()];
}

/**
 * `group/kind` → CRD, in the order of the entries; `undefined` where a file does not have the one that it is named for,
 * which is printed.
 */
function readDefinitions(
  crds: readonly CrdEntry[],
  files: FileReader,
  terminal: Terminal,
): Map<string, JsonMap> | undefined {
  const definitions = new Map<string, JsonMap>();
  let missing = false;
  for (const crd of crds) {
    const { name, type, at } = crd;
    const key = groupKind(type);
    if (definitions.has(key)) continue;
    // Of several entries of a kind one may name the manifest, for all of them.
    const crdFile = crds.filter((other) => groupKind(other.type) === key).map((each) => each.crdFile)
      .find((file) => file !== undefined);
    if (crdFile === undefined) {
      const derived = derivedCrd(crd, crds);
      if (derived !== undefined) definitions.set(key, derived);
      continue;
    }
    const bytes = namedFiles(files)(crdFile);
    const object = bytes === undefined
      ? undefined
      : readManifests({ path: crdFile, bytes }).manifests.map((each) => each.object).find((each) =>
        isDefinitionOf(each, type)
      );
    if (object !== undefined) definitions.set(key, object);
    else {
      missing = true;
      terminal.err(
        `${at.file}:${at.line}:${at.column}: error: spec.crds.${name}: The CRD of ${type.kind} is not known\n` +
          "  hint: name its manifest with crdFile",
      );
    }
  }
  return missing ? undefined : definitions;
}
