import { groupKind, type ResourceType, splitApiVersion } from "../k8s/object.ts";
import { builtInType, guessPlural } from "../k8s/resource_types.ts";
import { shorthands } from "../resources/mod.ts";
import { type KnownType, readDeclaredType, type ReadFile } from "./declared_type.ts";
import { childOf, keyPath, type MapEntry, type Node, nodeAt, textOf } from "./node.ts";
import { resolvePath } from "./paths.ts";
import type { Report } from "./report.ts";

/** The types of a set of Katalogs: those of the CRs, and those of the children. */
export class CrdTypes {
  readonly #known = new Map<string, KnownType>();

  /** Finds out the type of each entry of `spec.crds`, and reports what is wrong with how it is declared. */
  constructor(crds: ReadonlyMap<string, MapEntry>, readFile: ReadFile, report: Report) {
    for (const [name, entry] of crds) {
      const known = readDeclaredType(entry, keyPath("spec.crds", name), readFile, report);
      if (known !== undefined) this.#known.set(name, known);
    }
  }

  of(name: string): KnownType | undefined {
    return this.#known.get(name);
  }

  entries(): Iterable<[string, KnownType]> {
    return this.#known;
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

  /** The built-in kind or the CRD of these Katalogs. */
  #knownKind(group: string, kind: string): ResourceType | undefined {
    const builtIn = builtInType(kind, group);
    if (builtIn !== undefined) return builtIn;
    return this.#known.values().find(({ type }) => groupKind(type) === groupKind({ group, kind }))?.type;
  }

  /** A path inside a file, as seen from where the loader was started. */
  resolve(file: string, path: string): string {
    return resolvePath(file, path);
  }
}
