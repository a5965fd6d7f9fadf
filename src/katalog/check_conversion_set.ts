import { groupKind } from "../k8s/object.ts";
import { buildGateway } from "./build_gateway.ts";
import { isVersionOnly, versionsOf } from "./conversion.ts";
import type { CrdContext } from "./crd_context.ts";
import { declaredCross } from "./cross.ts";
import { namedDependencies } from "./dependencies.ts";
import { childOf, itemPath, itemsOf, keyPath, type Node, placeOf, textOf } from "./node.ts";

/** The conversion of one kind: all entries that declare some. */
interface Kind {
  readonly name: string;
  readonly crds: readonly (CrdContext & { readonly node: Node })[];
  readonly paths: readonly Path[];
}

interface Path {
  readonly from: string;
  readonly to: string;
  readonly node: Node;
  readonly path: string;
  readonly crd: CrdContext;
}

/** What the entries of one kind say of its conversion must fit together. */
export function conversionsAreWhole(crds: readonly CrdContext[]): void {
  for (const kind of kindsOf(crds)) {
    storageVersionsAgree(kind);
    pathsAreThere(kind);
    if (kind.paths.length === 0) continue;
    pathsAreDistinct(kind);
    pathsLeadBack(kind);
    versionsAreReached(kind);
    schemasAreKnown(kind);
  }
}

function kindsOf(crds: readonly CrdContext[]): Kind[] {
  const kinds = new Map<string, (CrdContext & { readonly node: Node })[]>();
  for (const crd of crds) {
    const node = childOf(crd.entry, "conversion");
    if (node?.type !== "map" || crd.known === undefined || crd.known.builtIn || !isEnabled(crd.entry)) continue;
    const name = groupKind(crd.known.type);
    kinds.set(name, [...kinds.get(name) ?? [], { ...crd, node }]);
  }
  return [...kinds].map(([name, members]) => ({ name, crds: members, paths: members.flatMap(pathsOf) }));
}

/** The paths of an entry; those of versions that the CRD does not have are reported as such. */
function pathsOf(crd: CrdContext & { readonly node: Node }): Path[] {
  const versions = crd.types.versionsOf(crd.known!.type)?.versions.map(({ name }) => name);
  const isKnown = (version: string): boolean => versions?.includes(version) ?? true;
  return itemsOf(childOf(crd.node, "paths")).flatMap((node, i) => {
    const [from, to] = [textOf(childOf(node, "from")), textOf(childOf(node, "to"))];
    const path = itemPath(keyPath(crd.path, "conversion", "paths"), i);
    if (from === undefined || to === undefined || from === to) return [];
    return isKnown(from) && isKnown(to) ? [{ from, to, node, path, crd }] : [];
  });
}

function storageVersionsAgree({ crds }: Kind): void {
  for (const key of ["storageVersion", "updateCRD"]) {
    const [first, ...others] = crds.flatMap(({ node, name, path, report }) => {
      const value = childOf(node, key);
      return value === undefined ? [] : [{ value, name, path: keyPath(path, "conversion", key), report }];
    });
    for (const other of others) {
      if (textOf(other.value) === textOf(first!.value)) continue;
      other.report.error(
        other.value.at,
        other.path,
        `"${first!.name}", the same kind, says ${textOf(first!.value)} (${placeOf(first!.value.at)})`,
        key === "updateCRD" ? "say it once" : "a CRD stores one version",
      );
    }
  }
}

function pathsAreThere({ crds, paths }: Kind): void {
  if (paths.length > 0 || crds.some(({ node }) => itemsOf(childOf(node, "paths")).length > 0)) return;
  const { node, path, report } = crds[0]!;
  report.error(
    node.at,
    keyPath(path, "conversion"),
    "There are no paths, here or in another entry of the kind",
    "add paths: [{from: v1alpha1, to: v1, spec: {…}}], and one for the way back",
  );
}

function pathsAreDistinct({ paths }: Kind): void {
  const seen = new Map<string, Path>();
  for (const path of paths) {
    const key = `${path.from}/${path.to}`;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, path);
    else {
      path.crd.report.error(
        path.node.at,
        path.path,
        `A path from ${path.from} to ${path.to} is already declared (${placeOf(first.node.at)})`,
        "keep one of them",
      );
    }
  }
}

function pathsLeadBack({ paths }: Kind): void {
  for (const { from, to, node, path, crd } of paths) {
    if (paths.some((other) => other.from === to && other.to === from)) continue;
    crd.report.error(
      node.at,
      path,
      `There is a path from ${from} to ${to}, and none back: objects are converted both ways`,
      `add {from: ${to}, to: ${from}, spec: {…}}`,
    );
  }
}

/** An object can be requested in every version that is served, whatever version it was written in. */
function versionsAreReached({ crds, paths }: Kind): void {
  const [{ known, types, node, path, report }] = crds as [Kind["crds"][number]];
  const storage = textOf(childOf(node, "storageVersion"));
  if (storage === undefined) return;
  const reached = new Set([storage]);
  for (const version of reached) for (const each of paths) if (each.from === version) reached.add(each.to);
  for (const { name, served } of versionsOf(known!, types)) {
    if (reached.has(name) || !served) continue;
    report.error(
      node.at,
      keyPath(path, "conversion"),
      `The CRD serves ${name}, and no path leads there from ${storage}, the storage version`,
      `add {from: ${storage}, to: ${name}, spec: {…}} and its way back; spec: {} copies what is alike`,
    );
  }
  const unreached = paths.find((each) => !reached.has(each.to));
  if (
    unreached === undefined || versionsOf(known!, types).some(({ name, served }) => served && name === unreached.to)
  ) return;
  unreached.crd.report.error(
    unreached.node.at,
    unreached.path,
    `No path leads to ${unreached.to} from ${storage}, the storage version`,
    `add {from: ${storage}, to: ${unreached.to}, spec: {…}} and its way back`,
  );
}

/** Without the schema of the target nothing says which fields it has: all are copied, and the API server drops some. */
function schemasAreKnown({ crds, paths }: Kind): void {
  const known = new Set(
    crds.flatMap((crd) => versionsOf(crd.known!, crd.types)).filter(({ schema }) => schema !== undefined)
      .map(({ name }) => name),
  );
  for (const version of new Set(paths.map(({ to }) => to))) {
    if (known.has(version)) continue;
    const { node, path, crd } = paths.find(({ to }) => to === version)!;
    crd.report.warn(
      node.at,
      path,
      `The schema of ${version} is not known: fields that no template reads are copied, and the API server drops ` +
        "those that it does not know",
      "name the manifest of the CRD with crdFile",
    );
  }
}

/** Entries that only describe a version have no box to wait for. */
export function dependenciesAreOperated(crds: readonly CrdContext[]): void {
  const described = new Set(crds.filter((crd) => isVersionOnly(crd, crds)).map(({ name }) => name));
  if (described.size === 0) return;
  for (const crd of crds) {
    for (const { name, at, path } of namedDependencies(crd.entry)) {
      if (!described.has(name)) continue;
      crd.report.error(
        at,
        `${crd.path}.${path}`,
        `"${name}" only describes a version: it has no operator to wait for`,
        "name the entry of that kind that has operatorBox",
      );
    }
    for (const { crd: source, path } of declaredCross(crd.entry)) {
      if (source === undefined || !described.has(source.name)) continue;
      crd.report.error(
        source.at,
        `${crd.path}.${path}.crd`,
        `"${source.name}" only describes a version: no operator has its objects`,
        "name the entry of that kind that has operatorBox",
      );
    }
  }
}

/** Paths that only a Gateway serves are served by nobody where there is none. */
export function conversionHasAGateway(crds: readonly CrdContext[], roots: readonly Node[]): void {
  const { declared, conversion } = buildGateway(roots);
  if (declared && conversion.enabled) return;
  for (const { crds: [first] } of kindsOf(crds)) {
    const { node, path, report } = first!;
    report.warn(
      node.at,
      keyPath(path, "conversion"),
      "Only the Gateway converts, and its conversion is not switched on",
      declared
        ? "set security.conversion.enabled: true"
        : "set security.conversion.enabled: true and add a block gateway",
    );
  }
}

function isEnabled(entry: Node): boolean {
  const enabled = childOf(entry, "enabled");
  return !(enabled?.type === "scalar" && enabled.value === false);
}
