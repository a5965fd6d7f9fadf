import type { JsonMap } from "../base/json.ts";

/** How objects of one kind are converted between the versions of its CRD. Of no concern to boxes. */
export interface ConversionPlan {
  readonly group: string;
  readonly kind: string;
  /** Lower case, as in URLs. */
  readonly plural: string;
  readonly storageVersion: string;
  /** The Gateway registers itself as the converter of the CRD. */
  readonly updateCRD: boolean;
  /** The versions that are known, the storage version and those of the paths among them, sorted by name. */
  readonly versions: readonly ConversionVersionPlan[];
  /** Of all entries of the kind; each pair of versions once. */
  readonly paths: readonly ConversionPathPlan[];
}

export interface ConversionVersionPlan {
  readonly name: string;
  /** The structural schema of an object (OpenAPI v3) without prose and without CEL; absent: unknown. */
  readonly schema?: JsonMap | undefined;
}

/** One direction between two versions. */
export interface ConversionPathPlan {
  readonly from: string;
  readonly to: string;
  /** What `spec` of the target is made of; texts may hold templates, which read the source object. */
  readonly spec: JsonMap;
  /** Where each text of `spec` that holds a template stands: `size` → `katalog.yaml:12:20`. */
  readonly positions: Readonly<Record<string, string>>;
  /** `spec.crds.shop.conversion.paths[0]` */
  readonly path: string;
  /** `katalog.yaml:12:9` */
  readonly at: string;
}
