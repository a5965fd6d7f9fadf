import type { JsonMap } from "../base/json.ts";
import type { ResourceType } from "../k8s/object.ts";
import type { CrdTypes } from "./crd_types.ts";
import { childOf, itemPath, itemsOf, keyPath, type Node, nodeAt, placeOf, textOf } from "./node.ts";
import { convertedSpec } from "./schema_conversion.ts";
import { templatePlaces, valueOf } from "./value.ts";

/** What one entry of `spec.crds` says of conversion. */
export interface DeclaredConversion {
  readonly storageVersion: string;
  readonly updateCRD: boolean;
  readonly paths: readonly DeclaredPath[];
  /** The versions of the kind, as far as a manifest or the entry says them. */
  readonly versions: readonly DeclaredVersion[];
}

export interface DeclaredVersion {
  readonly name: string;
  readonly served: boolean;
  /** OpenAPI v3; absent: unknown. */
  readonly schema?: JsonMap | undefined;
}

/** One item of `conversion.paths`. */
export interface DeclaredPath {
  readonly from: string;
  readonly to: string;
  /** Texts may hold templates. */
  readonly spec: JsonMap;
  /** Path within `spec` → `file:line:column`, for every text that holds a template. */
  readonly positions: Readonly<Record<string, string>>;
  /** `spec.crds.shop.conversion.paths[0]` */
  readonly path: string;
  readonly at: string;
}

/** What the versions of a kind are known to be: those of its CRD, else that of the entry alone. */
export function versionsOf(
  known: { readonly type: ResourceType; readonly schema?: JsonMap | undefined },
  types: CrdTypes,
): readonly DeclaredVersion[] {
  return types.versionsOf(known.type)?.versions ??
    [{ name: known.type.version, served: true, schema: known.schema }];
}

/** `conversion` of an entry, checked before. */
export function buildConversion(
  name: string,
  entry: Node,
  versions: readonly DeclaredVersion[],
): DeclaredConversion | undefined {
  const node = childOf(entry, "conversion");
  if (node === undefined) return undefined;
  const updateCRD = childOf(node, "updateCRD");
  return {
    storageVersion: textOf(childOf(node, "storageVersion")) ?? "",
    updateCRD: updateCRD?.type === "scalar" && updateCRD.value === true,
    paths: itemsOf(childOf(node, "paths")).map((item, i) => ({
      from: textOf(childOf(item, "from")) ?? "",
      to: textOf(childOf(item, "to")) ?? "",
      spec: valueOf(childOf(item, "spec") ?? item, convertedSpec) as JsonMap,
      positions: templatePlaces(childOf(item, "spec") ?? item, convertedSpec),
      path: itemPath(keyPath("spec.crds", name, "conversion", "paths"), i),
      at: placeOf(item.at),
    })),
    versions: versions.map(({ name, served, schema }) => ({ name, served, schema })),
  };
}

/** An entry of `spec.crds`, for {@link isVersionOnly}. */
export interface VersionedEntry {
  readonly entry: Node;
  readonly known?: { readonly type: ResourceType } | undefined;
}

/**
 * Does this entry only describe another version of a kind that another entry operates? It has `conversion` and no
 * `operatorBox`, and makes no box: the box of the other entry sees every object, in its own version.
 */
export function isVersionOnly<Entry extends VersionedEntry>(crd: Entry, crds: readonly Entry[]): boolean {
  const { entry, known } = crd;
  if (known === undefined || childOf(entry, "conversion") === undefined || operates(entry)) return false;
  return crds.some((other) =>
    other !== crd && operates(other.entry) && other.known?.type.group === known.type.group &&
    other.known.type.kind === known.type.kind && other.known.type.version !== known.type.version
  );
}

function operates(entry: Node): boolean {
  const enabled = nodeAt(entry, "enabled");
  const isDisabled = enabled?.type === "scalar" && enabled.value === false;
  return !isDisabled && childOf(entry, "operatorBox") !== undefined;
}
