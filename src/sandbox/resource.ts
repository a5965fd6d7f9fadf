import type { JsonMap } from "../base/json.ts";
import type { KubeObject } from "../k8s/object.ts";
import type { Schema } from "./schema/schema.ts";

/** A kind that the sandbox serves, built in or defined by a CustomResourceDefinition. */
export interface Resource {
  /** "" is the core group. */
  readonly group: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** True for custom resources: kept as they come, pruned and defaulted by their schema. */
  readonly custom: boolean;
  /** Served versions, the preferred one first. */
  readonly versions: readonly ResourceVersion[];
  /** What objects are kept at; it need not be served. Events of both groups are kept at that of the core group. */
  readonly storage: ResourceVersion;
  /** `<plural>.<group>`; events of both groups share one. Names the collection in the store. */
  readonly storageKey: string;
  /** Objects get to another version by a webhook (`spec.conversion`); `convert` then knows the name of it alone. */
  readonly conversion?: WebhookConversion;
  /** Being deleted with its definition: nothing new is taken. */
  readonly terminating?: boolean;
  /** An object at another version; the object is not changed. */
  convert(object: JsonMap, version: ResourceVersion): JsonMap;
  /** A stored object at a version, in the light of what its schema is now. */
  read(object: JsonMap, version: ResourceVersion): JsonMap;
  /** An object of any version as it is stored. */
  write(object: JsonMap): JsonMap;
}

/** The conversion of a custom resource with strategy `Webhook`. */
export interface WebhookConversion {
  /** `spec.conversion.webhook` */
  readonly webhook: JsonMap;
  /** A stored object in the light of what the schema is that it was stored by. */
  filled(object: KubeObject): KubeObject;
  /** What a webhook returned, without what its version does not know. */
  fitted(object: KubeObject, version: ResourceVersion): KubeObject;
}

/** One version of a resource. */
export interface ResourceVersion {
  readonly resource: Resource;
  /** Differs from the resource's own group only for Events of the core group. */
  readonly group: string;
  readonly version: string;
  /** `group/version`, or `version` in the core group. */
  readonly apiVersion: string;
  /** The whole object: `apiVersion`, `kind`, `metadata` and the rest. */
  readonly schema: Schema;
  /** Has a status subresource: the main endpoint leaves `status` alone, and the other way round. */
  readonly hasStatus: boolean;
  readonly scale?: ScalePaths;
  readonly columns: readonly PrinterColumn[];
  /** Fields, beside the usual ones, that a field selector may name: `spec.color`. */
  readonly selectableFields?: readonly string[];
  /** What every client of this version is warned of. */
  readonly deprecation?: string;
}

/** Where the scale subresource reads and writes; paths as keys. */
export interface ScalePaths {
  readonly specReplicas: readonly string[];
  readonly statusReplicas: readonly string[];
  /** A selector as text (custom resources) or as a LabelSelector (built-in kinds). */
  readonly selector?: readonly string[];
}

/** One column of `kubectl get`, before its value is read (`CustomResourceColumnDefinition`). */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  /** 0 is always shown, more only with `-o wide`. */
  readonly priority?: number;
  readonly jsonPath: string;
}
