import type { JsonMap } from "../base/json.ts";

/** What a CRD's manifest says about its type. */
export interface CrdManifest {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  /** `names.singular`; the kind in lower case when absent. */
  readonly singular: string;
  readonly namespaced: boolean;
  readonly versions: readonly CrdVersion[];
}

export interface CrdVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly hasStatus: boolean;
  /** `subresources.scale.specReplicasPath`, without the leading dot. */
  readonly specReplicasPath?: string | undefined;
  /** Paths of `selectableFields`, without the leading dot. */
  readonly selectableFields: readonly string[];
  /** `schema.openAPIV3Schema`. */
  readonly schema?: JsonMap;
}
