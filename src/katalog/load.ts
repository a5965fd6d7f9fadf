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
import { checkShape } from "./check_shape.ts";
import { checkCrds } from "./checks.ts";
import { externalCallsFitTheGateway } from "./check_external.ts";
import { declaredChildren } from "./crd_context.ts";
import { katalogLimits } from "./decode.ts";
import { freeze } from "../base/freeze.ts";
import type { Katalog } from "./model.ts";
import { childOf, entriesOf, keyPath, type MapEntry, type Node, nodeAt, textOf, toJson } from "./node.ts";
import { type BuiltInSchemas, noBuiltInSchemas } from "./open_api.ts";
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
 * `builtIn` has the schemas of Kubernetes' own kinds; without it only their names and scopes are known. Never throws,
 * whatever the bytes.
 */
export function loadKatalog(
  files: readonly SourceFile[],
  readFile: ReadFile,
  builtIn: BuiltInSchemas = noBuiltInSchemas,
): LoadResult {
  const report = new Report();
  const roots: Node[] = [];
  const documents: JsonMap[] = [];
  for (const file of files) {
    const document = readDocument(file, report);
    if (document === undefined || !isKatalog(document, report)) continue;
    documents.push(toJson(document) as JsonMap);
    const root = applyMoves(document, report);
    checkShape(root, katalogShape, "", report);
    roots.push(root);
  }
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
  if (report.failed || roots.length < files.length) return { findings: report.findings() };
  const katalog = buildKatalog(roots, crds, types);
  return { findings: report.findings(), katalog: freeze(katalog), documents: freeze(documents) };
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

function buildKatalog(roots: readonly Node[], crds: ReadonlyMap<string, MapEntry>, types: CrdTypes): Katalog {
  const names = roots.map((root) => textOf(nodeAt(root, "metadata", "name")) ?? "");
  const [first] = roots;
  const metadata = childOf(first, "metadata");
  const nodes = new Map([...crds].map(([name, { value }]) => [name, value]));
  const entries = [...crds].map(([name, entry]) =>
    buildCrd(name, entry, types, nodes, crossAccessOf(entry.value, rootOf(roots, entry.keyAt)))
  );
  return {
    name: [...new Set(names)].join(", "),
    version: textOf(childOf(metadata, "version")),
    description: textOf(childOf(metadata, "description")),
    metadata: metadata === undefined ? {} : valueOf(metadata, katalogShape.fields["metadata"]!) as JsonMap,
    namespaces: buildNamespaces(roots.map(namespaceProtection)),
    gateway: buildGateway(roots),
    security: buildSecurity(roots),
    crds: entries.filter((entry) => entry !== undefined),
  };
}

/** The document of the file that a position is in. */
function rootOf(roots: readonly Node[], { file }: Position): Node | undefined {
  return roots.find(({ at }) => at.file === file);
}

function namespaceProtection(root: Node): Node | undefined {
  return nodeAt(root, "security", "namespaceProtection");
}
