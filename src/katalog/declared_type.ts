import { isDnsLabel } from "../k8s/names.ts";
import { builtInType, guessPlural } from "../k8s/resource_types.ts";
import type { CrdFiles, CrdManifest, CrdVersion } from "./crd_file.ts";
import { childOf, keyPath, type MapEntry, type Node, textOf } from "./node.ts";
import { resolvePath } from "./paths.ts";
import type { Report } from "./report.ts";
import { alternatives, shown } from "./check_shape.ts";
import type { JsonMap } from "../base/json.ts";
import type { ResourceType } from "../k8s/object.ts";

/** What is known about the type of one CRD entry. */
export interface KnownType {
  readonly type: ResourceType;
  /** One of Kubernetes' own kinds. */
  readonly builtIn: boolean;
  readonly hasStatus: boolean;
  /** The field that `/scale` sets, such as `spec.replicas`; absent: there is none, or it is not known. */
  readonly specReplicasPath?: string | undefined;
  readonly crdFile?: string | undefined;
  /** Fields that the CRD offers for field selectors, such as `spec.color`. */
  readonly selectableFields: readonly string[];
  /** The OpenAPI schema of the version, where a `crdFile` gives one. */
  readonly schema?: JsonMap | undefined;
}

/** The path of the manifest that an entry names, as seen from where the loader was started. */
export function crdPathOf(entry: Node): string | undefined {
  const node = childOf(entry, "crdFile");
  const written = textOf(node);
  return node === undefined || written === undefined || isUrl(written) ? undefined : resolvePath(node.at.file, written);
}

function isUrl(text: string): boolean {
  return /^[a-z]+:\/\//i.test(text);
}

/**
 * The type of one CRD entry, from `apiTypes`, from the manifest that `crdFile` names, or from both, which must agree.
 */
export function readDeclaredType(
  name: string,
  { keyAt, value: entry }: MapEntry,
  path: string,
  files: CrdFiles,
  report: Report,
): KnownType | undefined {
  const apiTypes = childOf(entry, "apiTypes");
  const crdFile = childOf(entry, "crdFile");
  const crdPath = keyPath(path, "crdFile");
  const typesPath = keyPath(path, "apiTypes");
  if (crdFile !== undefined && !isOptional(crdFile, apiTypes, crdPath, files, report)) {
    const found = findManifest(name, crdFile, apiTypes, crdPath, files, report);
    if (found === undefined) return undefined;
    const schema = childOf(apiTypes, "schema");
    if (schema !== undefined) {
      const message = `The CRD in ${found.file} has the schema, and this one is not used`;
      report.warn(schema.at, keyPath(typesPath, "schema"), message, "remove schema, or crdFile");
    }
    return fromManifest(found.crd, { entry, apiTypes, at: crdFile, file: found.file, typesPath, path }, report);
  }
  if (apiTypes === undefined) {
    report.error(
      keyAt,
      path,
      "The kind of object to watch is not declared",
      "add apiTypes with group, version and kind, or crdFile with the manifest of the CRD",
    );
    return undefined;
  }
  // Another entry may have named the manifest of this kind.
  const [group, kind] = [textOf(childOf(apiTypes, "group")), textOf(childOf(apiTypes, "kind"))];
  const other = group === undefined || kind === undefined ? undefined : files.find(group, kind);
  if (other === undefined) return fromApiTypes(apiTypes, entry, typesPath, report);
  const { crd, file } = other;
  if (!other.inline) return fromManifest(crd, { entry, apiTypes, at: apiTypes, file, typesPath, path }, report);
  checkNames(apiTypes, typesPath, report);
  const schema = childOf(apiTypes, "schema");
  if (schema !== undefined && schema.type !== "map") {
    report.error(
      schema.at,
      keyPath(typesPath, "schema"),
      `Expected a map, found ${shown(schema)}`,
      "write an OpenAPI v3 schema",
    );
  }
  const known = fromManifest(crd, { entry, apiTypes, at: apiTypes, file, typesPath, path }, report);
  // The file is the Katalog: there is no manifest of the CRD.
  return known === undefined ? undefined : { ...known, crdFile: undefined };
}

/** A missing manifest is not an error where `apiTypes` has all that is needed: a Runtime need not have the file. */
function isOptional(
  crdFile: Node,
  apiTypes: Node | undefined,
  path: string,
  files: CrdFiles,
  report: Report,
): boolean {
  const whole = ["group", "version", "kind", "plural"].every((key) => childOf(apiTypes, key) !== undefined);
  const file = resolvePath(crdFile.at.file, textOf(crdFile) ?? "");
  if (!whole || files.read(file).found) return false;
  report.warn(crdFile.at, path, `Cannot read ${file}: the type is taken from apiTypes alone`);
  return true;
}

function findManifest(
  name: string,
  crdFile: Node,
  apiTypes: Node | undefined,
  path: string,
  files: CrdFiles,
  report: Report,
): { readonly file: string; readonly crd: CrdManifest } | undefined {
  const written = textOf(crdFile);
  if (written === undefined) return undefined;
  if (isUrl(written)) {
    report.error(crdFile.at, path, "A URL is not supported yet", "keep a copy of the CRD beside the Katalog");
    return undefined;
  }
  const file = resolvePath(crdFile.at.file, written);
  const { found, crds, findings } = files.read(file);
  if (!found) {
    report.error(crdFile.at, path, `Cannot read ${file}`, "the path is relative to the folder of the Katalog");
    return undefined;
  }
  if (findings.length > 0) {
    for (const finding of findings) report.add(finding);
    return undefined;
  }
  const crd = chooseCrd(name, crds, apiTypes);
  if (crd === undefined && crds.length === 0) {
    report.error(crdFile.at, path, `${file} holds no CustomResourceDefinition`, "name the manifest of the CRD");
  } else if (crd === undefined) {
    const kinds = alternatives(crds.map(({ kind }) => kind));
    report.error(crdFile.at, path, `${file} holds ${crds.length} CRDs`, `name one in apiTypes.kind: ${kinds}`);
  }
  return crd === undefined ? undefined : { file, crd };
}

/** `apiTypes` says which of several, else the name of the entry: a kind, a singular or a plural (ruling 60). */
function chooseCrd(name: string, crds: readonly CrdManifest[], apiTypes: Node | undefined): CrdManifest | undefined {
  const kind = textOf(childOf(apiTypes, "kind"));
  const group = textOf(childOf(apiTypes, "group"));
  const fitting = crds.filter((crd) => (kind ?? crd.kind) === crd.kind && (group ?? crd.group) === crd.group);
  // Where none matches, the error for a single one names the mismatch with apiTypes.
  const candidates = fitting.length === 0 && crds.length === 1 ? crds : fitting;
  if (candidates.length <= 1) return candidates[0];
  const named = candidates.filter((crd) => [crd.kind.toLowerCase(), crd.singular, crd.plural].includes(name));
  return named.length === 1 ? named[0] : undefined;
}

interface Declared {
  readonly entry: Node;
  readonly apiTypes: Node | undefined;
  /** Where errors of the manifest are reported. */
  readonly at: Node;
  readonly file: string;
  readonly typesPath: string;
  readonly path: string;
}

/**
 * The type that the manifest declares; `apiTypes` and `namespaced` may repeat it, and `apiTypes` choose the version.
 */
function fromManifest(crd: CrdManifest, declared: Declared, report: Report): KnownType | undefined {
  const { entry, apiTypes, file, typesPath, path } = declared;
  for (const key of ["group", "kind", "plural"] as const) {
    const node = childOf(apiTypes, key);
    if (node === undefined || textOf(node) === crd[key]) continue;
    report.error(node.at, keyPath(typesPath, key), `The CRD in ${file} says "${crd[key]}"`, `write ${crd[key]}`);
  }
  const version = chooseVersion(crd, declared, report);
  const namespaced = childOf(entry, "namespaced");
  if (namespaced?.type === "scalar" && typeof namespaced.value === "boolean" && namespaced.value !== crd.namespaced) {
    report.error(
      namespaced.at,
      keyPath(path, "namespaced"),
      `The CRD in ${file} has the scope ${crd.namespaced ? "Namespaced" : "Cluster"}`,
      "remove this key: the CRD says it",
    );
  }
  if (version === undefined) return undefined;
  const { group, kind, plural } = crd;
  const scaled = childOf(apiTypes, "specReplicasPath");
  if (scaled !== undefined && replicasPathOf(apiTypes) !== version.specReplicasPath) {
    const found = version.specReplicasPath;
    report.error(
      scaled.at,
      keyPath(typesPath, "specReplicasPath"),
      found === undefined ? `The CRD in ${file} has no scale subresource` : `The CRD in ${file} says ".${found}"`,
      "remove this key: the CRD says it",
    );
  }
  return {
    type: { group, version: version.name, kind, plural, namespaced: crd.namespaced },
    builtIn: false,
    hasStatus: version.hasStatus,
    specReplicasPath: version.specReplicasPath,
    selectableFields: version.selectableFields,
    crdFile: file,
    schema: version.schema,
  };
}

function chooseVersion(crd: CrdManifest, declared: Declared, report: Report): CrdVersion | undefined {
  const { at, file, path } = declared;
  const node = childOf(declared.apiTypes, "version");
  const served = crd.versions.filter((version) => version.served);
  const wanted = textOf(node);
  const found = wanted === undefined
    ? served.find((version) => version.storage) ?? served[0]
    : served.find((version) => version.name === wanted);
  if (found === undefined && node !== undefined) {
    const names = served.map((version) => version.name);
    const hint = names.length > 0 ? `write ${alternatives(names)}` : undefined;
    report.error(
      node.at,
      keyPath(declared.typesPath, "version"),
      `The CRD in ${file} does not serve "${wanted}"`,
      hint,
    );
  } else if (found === undefined) {
    report.error(at.at, keyPath(path, "crdFile"), `The CRD in ${file} serves no version`, "set served: true");
  }
  return found;
}

function fromApiTypes(apiTypes: Node, entry: Node, path: string, report: Report): KnownType | undefined {
  if (apiTypes.type !== "map") return undefined;
  const read = (key: string): string | undefined => textOf(childOf(apiTypes, key));
  const [group, version, kind, plural] = [read("group"), read("version"), read("kind"), read("plural")];
  const builtIn = kind === undefined ? undefined : builtInType(kind, group);
  if (builtIn !== undefined) {
    return {
      type: { ...builtIn, version: version ?? builtIn.version },
      builtIn: true,
      hasStatus: false,
      selectableFields: [],
    };
  }
  for (const key of ["group", "version", "kind"]) {
    if (childOf(apiTypes, key) === undefined) {
      report.error(apiTypes.at, path, `"${key}" is missing`, "write it, or name the manifest of the CRD with crdFile");
    }
  }
  if (group === undefined || version === undefined || kind === undefined) return undefined;
  checkNames(apiTypes, path, report);
  const namespaced = childOf(entry, "namespaced");
  return {
    type: {
      group,
      version,
      kind,
      plural: plural ?? guessPlural(kind),
      namespaced: !(namespaced?.type === "scalar" && namespaced.value === false),
      ...(plural === undefined ? { guessed: true } : {}),
    },
    builtIn: false,
    hasStatus: true,
    specReplicasPath: replicasPathOf(apiTypes),
    selectableFields: [],
  };
}

function replicasPathOf(apiTypes: Node | undefined): string | undefined {
  return textOf(childOf(apiTypes, "specReplicasPath"))?.replace(/^\./, "");
}

/** The API server's rules for the names of a CRD (k8s.io/apiextensions-apiserver, validation). */
function checkNames(apiTypes: Node, path: string, report: Report): void {
  const group = childOf(apiTypes, "group");
  if (group !== undefined && textOf(group)?.includes(".") === false) {
    report.error(
      group.at,
      keyPath(path, "group"),
      `The group of a CRD is a domain, and "${textOf(group)}" has no dot`,
      `write something like ${textOf(group)}.example.org`,
    );
  }
  const kind = childOf(apiTypes, "kind");
  if (kind !== undefined && !isDnsLabel((textOf(kind) ?? "").toLowerCase())) {
    report.error(
      kind.at,
      keyPath(path, "kind"),
      `"${textOf(kind)}" is not a kind`,
      "use letters and digits, such as WebShop",
    );
  }
}
