import type { JsonMap } from "../base/json.ts";
import { groupKind, type ResourceType, splitApiVersion } from "../k8s/object.ts";
import { builtInType, guessPlural } from "../k8s/resource_types.ts";
import { shorthands } from "../resources/mod.ts";
import { CrdFiles, type CrdVersion, type ReadFile } from "./crd_file.ts";
import { crdPathOf, type KnownType, readDeclaredType } from "./declared_type.ts";
import { readInlineCrds } from "./inline_crd.ts";
import { childOf, keyPath, type MapEntry, type Node, nodeAt, textOf } from "./node.ts";
import type { BuiltInSchemas } from "./open_api.ts";
import { resolvePath } from "./paths.ts";
import type { Report } from "./report.ts";

/** The types of a set of Katalogs: those of the CRs, and those of the children. */
export class CrdTypes {
  readonly builtIn: BuiltInSchemas;
  readonly #known = new Map<string, KnownType>();
  readonly #files: CrdFiles;

  /** Finds out the type of each entry of `spec.crds`, and reports what is wrong with how it is declared. */
  constructor(crds: ReadonlyMap<string, MapEntry>, readFile: ReadFile, builtIn: BuiltInSchemas, report: Report) {
    this.builtIn = builtIn;
    this.#files = new CrdFiles(readFile, readInlineCrds(crds));
    for (const { value: entry } of crds.values()) {
      const path = crdPathOf(entry);
      if (path !== undefined) this.#files.read(path);
    }
    for (const [name, entry] of crds) {
      const known = readDeclaredType(name, entry, keyPath("spec.crds", name), this.#files, report);
      if (known !== undefined) this.#known.set(name, known);
    }
  }

  of(name: string): KnownType | undefined {
    return this.#known.get(name);
  }

  /** The type of the child that an entry of a resource list makes; `undefined` when it does not say. */
  ofEntry(shorthand: string, entry: Node): ResourceType | undefined {
    const fixed = shorthands.get(shorthand)?.type;
    if (fixed !== undefined) return fixed;
    const apiVersion = textOf(childOf(entry, "apiVersion"));
    const kind = textOf(childOf(entry, "kind"));
    if (apiVersion === undefined || kind === undefined || `${apiVersion}${kind}`.includes("{{")) return undefined;
    const { group, version } = splitApiVersion(apiVersion);
    const known = this.#knownKind(group, kind);
    if (known !== undefined) return { ...known, version };
    const namespaced = nodeAt(entry, "metadata", "namespaced");
    return {
      group,
      version,
      kind,
      plural: guessPlural(kind),
      namespaced: !(namespaced?.type === "scalar" && namespaced.value === false),
      guessed: true,
    };
  }

  /** The schema of a kind of child: built in, or of a CRD in one of the files; `undefined` where nothing says it. */
  schemaOf(type: ResourceType): JsonMap | undefined {
    const { group, version, kind } = type;
    if (builtInType(kind, group) !== undefined) return this.builtIn.schemaOf(type);
    return this.#files.find(group, kind)?.crd.versions.find(({ name }) => name === version)?.schema;
  }

  /** The versions that the CRD of a kind serves; `undefined` where no file says it. */
  servedVersions({ group, kind }: ResourceType): { readonly file: string; readonly names: string[] } | undefined {
    const found = this.#files.find(group, kind);
    if (found === undefined) return undefined;
    const { file, crd } = found;
    return { file, names: crd.versions.filter(({ served }) => served).map(({ name }) => name) };
  }

  /** The versions of the CRD of a kind; `undefined` where no file says it. */
  versionsOf(
    { group, kind }: ResourceType,
  ): { readonly file: string; readonly versions: readonly CrdVersion[] } | undefined {
    const found = this.#files.find(group, kind);
    return found === undefined ? undefined : { file: found.file, versions: found.crd.versions };
  }

  /** The built-in kind, the CRD in one of the files, or that of an entry of these Katalogs. */
  #knownKind(group: string, kind: string): ResourceType | undefined {
    const builtIn = builtInType(kind, group);
    if (builtIn !== undefined) return builtIn;
    const found = this.#files.find(group, kind)?.crd;
    if (found !== undefined) {
      return { group, version: "", kind, plural: found.plural, namespaced: found.namespaced };
    }
    return this.#known.values().find(({ type }) => groupKind(type) === groupKind({ group, kind }))?.type;
  }

  /** A path inside a file, as seen from where the loader was started. */
  resolve(file: string, path: string): string {
    return resolvePath(file, path);
  }
}
