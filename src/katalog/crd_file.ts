import { isMap, type Json, ownValue } from "../base/json.ts";
import { splitApiVersion } from "../k8s/object.ts";
import { manifestLimits } from "./decode.ts";
import type { CrdManifest, CrdVersion } from "./crd_manifest.ts";
import type { InlineCrd } from "./inline_crd.ts";
import { type Node, nodeAt, textOf, toJson } from "./node.ts";
import { readYaml } from "./yaml.ts";
import type { Finding } from "../base/finding.ts";

export type { CrdManifest, CrdVersion } from "./crd_manifest.ts";

/** Gives the bytes of a file, or `undefined` where there is none. */
export type ReadFile = (path: string) => Uint8Array | undefined;

/** The CRDs in a file of manifests; other kinds are passed over. */
export function readCrdFile(path: string, bytes: Uint8Array): { crds: CrdManifest[]; findings: readonly Finding[] } {
  const { documents, findings } = readYaml({ path, bytes }, manifestLimits);
  const crds = documents.filter(isCrd).map(readCrd).filter((crd) => crd !== undefined);
  return { crds, findings };
}

function isCrd(node: Node): boolean {
  const { group } = splitApiVersion(textOf(nodeAt(node, "apiVersion")) ?? "");
  return group === "apiextensions.k8s.io" && textOf(nodeAt(node, "kind")) === "CustomResourceDefinition";
}

function readCrd(node: Node): CrdManifest | undefined {
  const spec = nodeAt(node, "spec");
  const group = textOf(nodeAt(spec, "group"));
  const kind = textOf(nodeAt(spec, "names", "kind"));
  const plural = textOf(nodeAt(spec, "names", "plural"));
  const versions = nodeAt(spec, "versions");
  if (group === undefined || kind === undefined || plural === undefined || versions?.type !== "list") return undefined;
  return {
    group,
    kind,
    plural,
    singular: textOf(nodeAt(spec, "names", "singular")) ?? kind.toLowerCase(),
    namespaced: textOf(nodeAt(spec, "scope")) !== "Cluster",
    versions: versions.items.map((version) => readVersion(toJson(version))).filter((version) => version !== undefined),
  };
}

function readVersion(version: Json): CrdVersion | undefined {
  if (!isMap(version)) return undefined;
  const name = ownValue(version, "name");
  if (typeof name !== "string") return undefined;
  const subresources = ownValue(version, "subresources");
  const scale = isMap(subresources) ? ownValue(subresources, "scale") : undefined;
  const specReplicasPath = isMap(scale) ? ownValue(scale, "specReplicasPath") : undefined;
  const validation = ownValue(version, "schema");
  const schema = isMap(validation) ? ownValue(validation, "openAPIV3Schema") : undefined;
  return {
    name,
    served: ownValue(version, "served") === true,
    storage: ownValue(version, "storage") === true,
    hasStatus: isMap(subresources) && isMap(ownValue(subresources, "status")),
    specReplicasPath: typeof specReplicasPath === "string" ? specReplicasPath.replace(/^\./, "") : undefined,
    selectableFields: selectable(ownValue(version, "selectableFields")),
    ...(isMap(schema) ? { schema } : {}),
  };
}

function selectable(fields: Json | undefined): string[] {
  if (!Array.isArray(fields)) return [];
  return fields.flatMap((field) => {
    const path = isMap(field) ? ownValue(field, "jsonPath") : undefined;
    return typeof path === "string" ? [path.replace(/^\./, "")] : [];
  });
}

/** What a file that `crdFile` names holds. */
export interface ReadCrdFile {
  /** The file is there. */
  readonly found: boolean;
  readonly crds: readonly CrdManifest[];
  readonly findings: readonly Finding[];
}

/** The files with CRDs of a set of Katalogs, each read once, and the CRDs that these Katalogs describe themselves. */
export class CrdFiles {
  readonly #readFile: ReadFile;
  readonly #files = new Map<string, ReadCrdFile>();
  readonly #inline: readonly InlineCrd[];

  constructor(readFile: ReadFile, inline: readonly InlineCrd[] = []) {
    this.#readFile = readFile;
    this.#inline = inline;
  }

  read(path: string): ReadCrdFile {
    let file = this.#files.get(path);
    if (file === undefined) {
      const bytes = this.#readFile(path);
      file = bytes === undefined
        ? { found: false, crds: [], findings: [] }
        : { found: true, ...readCrdFile(path, bytes) };
      this.#files.set(path, file);
    }
    return file;
  }

  /**
   * The CRD of a kind, in whichever of the files that were read it stands (rulings 60 and 70), else in the Katalogs
   * themselves: then `file` is a Katalog.
   */
  find(
    group: string,
    kind: string,
  ): { readonly file: string; readonly crd: CrdManifest; readonly inline: boolean } | undefined {
    for (const [file, { crds }] of this.#files) {
      const crd = crds.find((each) => each.group === group && each.kind === kind);
      if (crd !== undefined) return { file, crd, inline: false };
    }
    const found = this.#inline.find(({ crd }) => crd.group === group && crd.kind === kind);
    return found === undefined ? undefined : { ...found, inline: true };
  }
}
