import type { JsonMap } from "../base/json.ts";
import { nearest } from "../base/suggest.ts";
import { references } from "../template/mod.ts";
import { missing } from "./check_references.ts";
import { alternatives } from "./check_shape.ts";
import { type DeclaredVersion, versionsOf } from "./conversion.ts";
import type { CrdContext } from "./crd_context.ts";
import { childOf, entriesOf, itemPath, itemsOf, keyPath, type Node, nodeAt, textOf, toJson } from "./node.ts";
import { OpenApi } from "./open_api.ts";
import { positionIn } from "./scalar_position.ts";

/** Conversion is of versions that the CRD has, by paths that lead from one to another. */
export function conversionIsOfTheCrd(crd: CrdContext): void {
  const { entry, path, known, types, report } = crd;
  const node = childOf(entry, "conversion");
  if (node === undefined || known === undefined) return;
  const at = keyPath(path, "conversion");
  if (known.builtIn) {
    return report.error(node.at, at, `${known.type.kind} is built in: Kubernetes converts it itself`, "remove it");
  }
  const found = types.versionsOf(known.type);
  const storage = childOf(node, "storageVersion");
  const stored = found?.versions.find((version) => version.storage)?.name;
  const isKnown = checkVersion(storage, keyPath(at, "storageVersion"), found, crd);
  if (storage !== undefined && isKnown && stored !== undefined && textOf(storage) !== stored) {
    report.error(
      storage.at,
      keyPath(at, "storageVersion"),
      `The CRD in ${found!.file} stores ${stored}, not ${textOf(storage)}`,
      `write ${stored}, or change storage in the CRD`,
    );
  }
  const paths = childOf(node, "paths");
  const participant = childOf(node, "participant");
  if (participant?.type === "scalar" && participant.value === true && itemsOf(paths).length > 0) {
    report.error(
      participant.at,
      keyPath(at, "participant"),
      "A participant has no paths of its own, and here are some",
      "remove participant, or move the paths to the other entry of the kind",
    );
  }
  itemsOf(paths).forEach((item, i) => {
    const place = itemPath(keyPath(at, "paths"), i);
    for (const key of ["from", "to"]) checkVersion(childOf(item, key), keyPath(place, key), found, crd);
    const to = childOf(item, "to");
    if (to !== undefined && textOf(childOf(item, "from")) === textOf(to)) {
      report.error(to.at, keyPath(place, "to"), `A path from ${textOf(to)} to itself converts nothing`, "remove it");
    }
  });
}

/** False where the CRD is known, and has no such version. */
function checkVersion(
  node: Node | undefined,
  path: string,
  found: { readonly file: string; readonly versions: readonly DeclaredVersion[] } | undefined,
  { report }: CrdContext,
): boolean {
  const name = textOf(node);
  if (node === undefined || name === undefined || found === undefined) return true;
  const names = found.versions.map((version) => version.name);
  if (names.includes(name)) return true;
  const near = nearest(name, names);
  const hint = near !== undefined
    ? `did you mean "${near}"?`
    : names.length > 0
    ? `write ${alternatives(names)}`
    : undefined;
  report.error(node.at, path, `The CRD in ${found.file} has no version "${name}"`, hint);
  return false;
}

/** Templates of paths read fields of the source, and write fields of the target. */
export function conversionFieldsAreInTheSchemas(crd: CrdContext): void {
  const { entry, path, known, types, report } = crd;
  if (known === undefined || known.builtIn) return;
  const versions = versionsOf(known, types);
  const schemaOf = (version: Node | undefined): JsonMap | undefined =>
    versions.find(({ name }) => name === textOf(version))?.schema;
  const base = keyPath(path, "conversion", "paths");
  itemsOf(nodeAt(entry, "conversion", "paths")).forEach((item, i) => {
    const place = keyPath(itemPath(base, i), "spec");
    const spec = childOf(item, "spec");
    if (spec === undefined) return;
    if (spec.type !== "map") {
      report.error(spec.at, place, "Expected a map of fields, as spec is one", "write {} to copy what is alike");
      return;
    }
    checkReads(crd, place, schemaOf(childOf(item, "from")), textOf(childOf(item, "from")) ?? "");
    const target = schemaOf(childOf(item, "to"));
    if (target !== undefined) checkWrites(crd, spec, place, target, ["spec"], textOf(childOf(item, "to")) ?? "");
  });
}

const objectRoots = ["metadata", "spec", "status", "apiVersion", "kind"];

function checkReads({ report }: CrdContext, place: string, schema: JsonMap | undefined, version: string): void {
  for (const { template, node, path } of report.templates) {
    if (path !== place && !path.startsWith(`${place}.`) && !path.startsWith(`${place}[`)) continue;
    for (const reference of references(template)) {
      const [root] = reference.path;
      if (root === undefined) continue;
      const written = node.text.indexOf(`.${reference.path.join(".")}`);
      const at = written < 0 ? node.at : positionIn(node, written);
      const lost = schema === undefined ? undefined : missing(schema, reference.path);
      if (!objectRoots.includes(root) && (schema === undefined || lost !== undefined)) {
        const near = nearest(root, objectRoots);
        const hint = near === undefined ? "paths read the object: .spec, .metadata, .status" : `did you mean .${near}?`;
        report.error(at, path, `.${root} is always empty: nothing provides it`, hint);
      } else if ((root === "spec" || root === "status") && lost !== undefined) {
        report.error(at, path, `${version}: ${lost[0]}`, lost[1]);
      }
    }
  }
}

/** The API server would drop a field that the version does not have, and refuse a literal that does not fit. */
function checkWrites(
  crd: CrdContext,
  node: Node,
  path: string,
  schema: JsonMap,
  target: readonly string[],
  version: string,
): void {
  const { report, types } = crd;
  const lost = missing(schema, target);
  if (lost !== undefined) return report.error(node.at, path, `${version}: ${lost[0]}`, lost[1]);
  if (node.type === "map") {
    for (const [key, { value }] of entriesOf(node)) {
      checkWrites(crd, value, keyPath(path, key), schema, [...target, key], version);
    }
    return;
  }
  if (node.type !== "scalar" || node.text.includes("{{")) return;
  const api = new OpenApi(types.builtIn);
  const field = api.at(schema, target);
  const expected = field === undefined || field === "open" ? undefined : api.expected(field, toJson(node));
  if (expected !== undefined) {
    report.error(node.at, path, `${target.join(".")} of ${version} takes ${expected}, found ${node.text}`);
  }
}
