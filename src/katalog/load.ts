import { buildGateway } from "./build_gateway.ts";
import { conversionHasAGateway } from "./check_conversion_set.ts";
import { admissionOnlyRulesHaveAGateway, checkGateway } from "./check_gateway.ts";
import type { JsonMap } from "../base/json.ts";
import type { Finding, Position } from "../base/finding.ts";
import { applyMoves } from "./apply_moves.ts";
import { buildCrd, buildNamespaces, crossAccessOf } from "./build.ts";
import { isKatalog } from "./check_document.ts";
import { buildSecurity } from "./build_security.ts";
import { checkSecurity } from "./check_security.ts";
import { compose, type Composed } from "./compose.ts";
import { komposed } from "./komposer.ts";
import { Parts } from "./read_part.ts";
import { checkLifecycle } from "./check_lifecycle.ts";
import { checkShape } from "./check_shape.ts";
import { checkCrds } from "./checks.ts";
import { externalCallsFitTheGateway } from "./check_external.ts";
import { declaredChildren } from "./crd_context.ts";
import { katalogLimits } from "./decode.ts";
import { withVariables } from "./environment.ts";
import { freeze } from "../base/freeze.ts";
import { emptyEnvironment, type Environment } from "../base/variables.ts";
import type { CrdEntry, Katalog } from "./model.ts";
import { childOf, entriesOf, keyPath, type MapEntry, type Node, nodeAt, textOf, toJson } from "./node.ts";
import { type BuiltInSchemas, noBuiltInSchemas } from "./open_api.ts";
import { type DeclaredProfiles, declaredProfiles, expandProfiles, profilesForTemplates } from "./expand_profiles.ts";
import { Report } from "./report.ts";
import { katalogShape } from "./schema.ts";
import type { SourceFile } from "./source.ts";
import { CrdTypes } from "./crd_types.ts";
import type { ReadFile } from "./crd_file.ts";
import { valueOf } from "./value.ts";
import { readYaml } from "./yaml.ts";

export interface LoadResult {
  /** Sorted by place; warnings do not stop a Katalog. */
  readonly findings: readonly Finding[];
  /** Only where there is no error. */
  readonly katalog?: Katalog;
  /** The document of each file as it is written, in the order of the files; only where there is no error. */
  readonly documents?: readonly JsonMap[];
}

/**
 * Reads Katalogs: text to a checked model, or to everything that is wrong with it. Several files are one set of CRDs.
 * `readFile` gives the bytes of the files that they name (`crdFile`), `undefined` where there is none.
 * `builtIn` has the schemas of Kubernetes' own kinds; without it only their names and scopes are known. `environment` has
 * the values of what the files leave out (`katalogVariables`). Never throws, whatever the bytes.
 */
export function loadKatalog(
  files: readonly SourceFile[],
  readFile: ReadFile,
  builtIn: BuiltInSchemas = noBuiltInSchemas,
  environment: Environment = emptyEnvironment,
): LoadResult {
  const report = new Report();
  const moved: Node[] = [];
  const documents: JsonMap[] = [];
  const parts = new Parts(readFile, report);
  const profileHomes: Composed["profiles"][] = [];
  const profiles = new Map<Node, DeclaredProfiles>();
  for (const file of files) {
    const document = readDocument(file, report);
    if (document === undefined || !isKatalog(document, report)) continue;
    documents.push(toJson(document) as JsonMap);
    for (const root of documentsOf(document, parts, report)) {
      const composed = compose(root, parts, report);
      moved.push(composed.root);
      profileHomes.push(composed.profiles);
    }
  }
  const roots = withVariables(moved, environment, report).map(withEmptySpec).map((root, i) => {
    checkShape(root, katalogShape, "", report);
    checkLifecycle(root, report);
    const declared = declaredProfiles(profileHomes[i]!, report);
    const expanded = expandProfiles(root, declared, report);
    profiles.set(expanded, declared);
    return expanded;
  });
  const crds = mergeCrds(roots, report);
  const types = new CrdTypes(crds, readFile, builtIn, report);
  const protections = roots.map(namespaceProtection);
  const security = buildSecurity(roots);
  checkSecurity(roots, security, report);
  const contexts = [...crds].map(([name, { keyAt, value: entry }]) => {
    const known = types.of(name);
    const path = keyPath("spec.crds", name);
    const children = declaredChildren(entry, path, types);
    const namespaces = buildNamespaces([...protections, entry]);
    const crossAccess = crossAccessOf(entry, rootOf(roots, keyAt)).inProcess;
    return { name, keyAt, entry, path, known, children, types, namespaces, security, crossAccess, report };
  });
  checkGateway(roots, report);
  checkCrds(contexts);
  admissionOnlyRulesHaveAGateway(contexts, roots);
  const { declared, admission } = buildGateway(roots);
  externalCallsFitTheGateway(contexts, { ...admission, serves: declared && admission.enabled });
  conversionHasAGateway(contexts, roots);
  if (report.failed || moved.length < files.length) return { findings: report.findings() };
  const katalog = buildKatalog(roots, crds, types, profiles);
  return { findings: report.findings(), katalog: freeze(katalog), documents: freeze(documents) };
}

/** Where the Gateway is alone, a Katalog may say nothing of CRDs. */
function withEmptySpec(root: Node): Node {
  const standalone = nodeAt(root, "gateway", "standalone");
  if (root.type !== "map" || standalone?.type !== "scalar" || standalone.value !== true) return root;
  const spec = childOf(root, "spec");
  if (spec !== undefined && (spec.type !== "map" || childOf(spec, "crds") !== undefined)) return root;
  const empty: Node = { type: "map", at: standalone.at, entries: new Map() };
  const before = spec?.type === "map" ? spec.entries : new Map<string, MapEntry>();
  const value: Node = { ...empty, entries: new Map(before).set("crds", { keyAt: standalone.at, value: empty }) };
  const entries = new Map(root.entries).set("spec", { keyAt: root.entries.get("spec")?.keyAt ?? standalone.at, value });
  return { ...root, entries };
}

/** A Komposer is several Katalogs. */
function documentsOf(document: Node, parts: Parts, report: Report): Node[] {
  if (document.type === "map" && textOf(childOf(document, "kind")) === "Komposer") {
    return komposed(document, parts, report);
  }
  return [applyMoves(document, report)];
}

/** The one document of a file. */
function readDocument(file: SourceFile, report: Report): Node | undefined {
  const { documents, findings } = readYaml(file, katalogLimits);
  for (const finding of findings) report.add(finding);
  const start = { file: file.path, line: 1, column: 1 };
  const [root, second] = documents;
  if (root === undefined) {
    if (findings.length === 0) report.error(start, "", "The file is empty", "begin with apiVersion and kind: Katalog");
    return undefined;
  }
  if (second !== undefined) {
    report.error(second.at, "", "A file holds one Katalog, and here begins another document", "use one file for each");
  }
  return root;
}

function mergeCrds(roots: readonly Node[], report: Report): Map<string, MapEntry> {
  const crds = new Map<string, MapEntry>();
  for (const root of roots) {
    for (const [name, entry] of entriesOf(nodeAt(root, "spec", "crds"))) {
      const first = crds.get(name);
      if (first === undefined) crds.set(name, entry);
      else {
        report.error(
          entry.keyAt,
          keyPath("spec.crds", name),
          `The CRD "${name}" is already declared in ${first.keyAt.file}`,
          "give one of them another name",
        );
      }
    }
  }
  return crds;
}

function buildKatalog(
  roots: readonly Node[],
  crds: ReadonlyMap<string, MapEntry>,
  types: CrdTypes,
  profiles: ReadonlyMap<Node, DeclaredProfiles>,
): Katalog {
  const names = roots.map((root) => textOf(nodeAt(root, "metadata", "name")) ?? "");
  const [first] = roots;
  const metadata = childOf(first, "metadata");
  const nodes = new Map([...crds].map(([name, { value }]) => [name, value]));
  const entries = [...crds].map(([name, entry]) =>
    buildCrd(
      name,
      entry,
      types,
      nodes,
      crossAccessOf(entry.value, rootOf(roots, entry.keyAt)),
      nodeAt(rootOf(roots, entry.keyAt), "spec", "finalizers"),
    )
  ).filter((entry) => entry !== undefined);
  const withProfiles = (crd: CrdEntry): CrdEntry => {
    const { value, keyAt } = crds.get(crd.name)!;
    const declared = profiles.get(rootOf(roots, keyAt)!)!;
    const needed = profilesForTemplates(value, declared, (node) => toJson(node) as JsonMap);
    return needed === undefined ? crd : { ...crd, profiles: needed };
  };
  return {
    name: [...new Set(names)].join(", "),
    version: textOf(childOf(metadata, "version")),
    description: textOf(childOf(metadata, "description")),
    metadata: metadata === undefined ? {} : valueOf(metadata, katalogShape.fields["metadata"]!) as JsonMap,
    namespaces: buildNamespaces(roots.map(namespaceProtection)),
    gateway: buildGateway(roots),
    security: buildSecurity(roots),
    crds: entries.map(withProfiles),
  };
}

/** The document of the file that a position is in. */
function rootOf(roots: readonly Node[], { file }: Position): Node | undefined {
  return roots.find(({ at }) => at.file === file);
}

function namespaceProtection(root: Node): Node | undefined {
  return nodeAt(root, "security", "namespaceProtection");
}
