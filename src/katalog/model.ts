import type { JsonMap } from "../base/json.ts";
import type { Position } from "../base/finding.ts";
import type {
  AutoscalePlan,
  CleanupPlan,
  ConditionPlan,
  CrossPlan,
  EmittedEventPlan,
  ExternalPlan,
  Gate,
  MutationPlan,
  NormalizePlan,
  PassGatePlan,
  ReconcilerPlan,
  ScalingPlan,
  StatusFieldPlan,
  TextPlan,
  TriggerPlan,
  ValidationPlan,
} from "../conditions/mod.ts";
import type { Profiles } from "../resources/mod.ts";
import type { ResourceType } from "../k8s/object.ts";
import type { DeclaredConversion } from "./conversion.ts";
import type { CrdVersion } from "./crd_file.ts";

/** What one or more files declare, checked, with every default filled in. Plain and frozen. */
export interface Katalog {
  /** Names of the Katalogs, joined where there are several. */
  readonly name: string;
  readonly version?: string | undefined;
  readonly description?: string | undefined;
  /** `metadata` of the first file, as written. */
  readonly metadata: JsonMap;
  /** Of `security.namespaceProtection` of all files: for every CRD. */
  readonly namespaces: NamespaceLists;
  readonly security: Security;
  readonly gateway: GatewaySettings;
  readonly crds: readonly CrdEntry[];
}

/** What a Katalog says of the Gateway; all of it has a default. */
export interface GatewaySettings {
  /** There is a block `gateway`, and it is not switched off. */
  readonly declared: boolean;
  /** There is no Runtime: nothing but the Gateway is installed. */
  readonly standalone: boolean;
  /** Base URL of its HTTP API, for other processes. */
  readonly endpoint?: string | undefined;
  /** Name of the Service that the API server reaches it by. */
  readonly service: string;
  /** Name of the Service of the Runtime. */
  readonly runtimeService: string;
  readonly admission: {
    readonly enabled: boolean;
    readonly failurePolicy: "Ignore" | "Fail";
    readonly timeoutSeconds: number;
    /** The webhooks are removed when the Gateway ends. */
    readonly cleanupOnShutdown: boolean;
  };
  readonly conversion: { readonly enabled: boolean };
  readonly certificates: {
    readonly autoRotate: boolean;
    readonly rotationThresholdMs: number;
    readonly validForMs: number;
  };
}

/** `security` of all files, with its defaults; a block that no file has is absent. */
export interface Security {
  readonly deletionProtection?:
    | ProtectionHook & {
      readonly strictMode: boolean;
      /** Who may override it; a ServiceAccount is `namespace/name`. */
      readonly override: {
        readonly users: readonly string[];
        readonly groups: readonly string[];
        readonly serviceAccounts: readonly string[];
      };
      readonly at: string;
    }
    | undefined;
  readonly namespaceProtection?: ProtectionHook & { readonly at: string } | undefined;
  /** As whom operators talk to the API server: see `Plan.identity`. */
  readonly identity: "process" | "perBox";
}

/** A webhook of protection. */
export interface ProtectionHook {
  readonly enabled: boolean;
  readonly failurePolicy: "Fail" | "Ignore";
  readonly cleanupOnShutdown: boolean;
  readonly serviceName?: string | undefined;
}

/** Names of namespaces, or globs; `restricted` wins (ruling 26). */
export interface NamespaceLists {
  readonly allowed: readonly string[];
  readonly restricted: readonly string[];
}

/**
 * A box that another one depends on. `started`: its workers run. `healthy`: it has reconciled successfully at least
 * once, or has nothing to reconcile (rulings 11, 91).
 */
export interface Dependency {
  /** Its key in `spec.crds`. */
  readonly box: string;
  readonly condition: "started" | "healthy";
}

/** What the manifest of a CRD says of the version of an entry. */
export interface CrdDefinition {
  /** `schema.openAPIV3Schema` of that version. */
  readonly schema?: JsonMap | undefined;
  /** Names of the versions that are served. */
  readonly served: readonly string[];
  /** All versions, in its order. */
  readonly versions: readonly CrdVersion[];
}

/** One entry of `spec.crds`. */
export interface CrdEntry {
  readonly name: string;
  readonly at: Position;
  /** Boxes that must reach a state before its workers start, sorted by name. */
  readonly dependsOn: readonly Dependency[];
  /** The objects of other entries that it reads under `.cross`. */
  readonly cross: readonly CrossPlan[];
  /** Others may read its objects under `.cross`; the entry's own word, else that of its Katalog. */
  readonly crossAccess: boolean;
  /** Other Runtimes may read them, over HTTP: `crossAccess: true` is written. */
  readonly crossServed: boolean;
  /** Keys that the entry had before. */
  readonly formerNames: readonly string[];
  readonly enabled: boolean;
  readonly description?: string | undefined;
  readonly type: ResourceType;
  /** The type has a status that is ours to write. */
  readonly hasStatus: boolean;
  readonly gates: readonly PassGatePlan[];
  readonly triggers: readonly TriggerPlan[];
  readonly cleanup?: CleanupPlan | undefined;
  readonly autoscale?: AutoscalePlan | undefined;
  readonly events: readonly EmittedEventPlan[];
  /** Finalizers that the CRs have besides that of the operator. */
  readonly finalizers: readonly string[];
  /** No finalizer is set, and ours are taken off. */
  readonly removeFinalizers: boolean;
  readonly ignoreObservedGeneration: boolean;
  /** What the manifest of the CRD says; absent where no file has it. */
  readonly definition?: CrdDefinition | undefined;
  /** The field that `/scale` sets, such as `spec.replicas`; absent: there is none, or it is not known. */
  readonly specReplicasPath?: string | undefined;
  /** Relative to where the loader was started, like the path of the Katalog itself. */
  readonly crdFile?: string | undefined;
  /** Profiles that entries may name by a template; all others are in their fields. */
  readonly profiles?: Profiles;
  readonly crFiles: readonly string[];
  /** Manifests that are applied before everything else while developing. */
  readonly setup: readonly string[];
  readonly namespace?: string | undefined;
  /** The entry's own; those of the Katalog come on top. */
  readonly namespaces: NamespaceLists;
  /** What of it deletion protection protects; `strict` is `undefined` where the Katalog decides. */
  readonly protection: {
    readonly crd: boolean;
    readonly crs: boolean;
    readonly strict: boolean | undefined;
    /** `undefined` where the entry has no such block. */
    readonly at: string | undefined;
  };
  readonly labels?: Readonly<Record<string, TextPlan>> | undefined;
  readonly labelSelector?: Readonly<Record<string, string>> | undefined;
  readonly fieldSelector?: Readonly<Record<string, string>> | undefined;
  readonly forceConflict: boolean;
  readonly endpoints: { readonly enabled: boolean; readonly health: boolean; readonly info: boolean };
  readonly normalize: readonly NormalizePlan[];
  readonly mutation: readonly MutationPlan[];
  readonly validation: readonly ValidationPlan[];
  /** The HTTP calls whose results are read under `.external`. */
  readonly external: ExternalPlan;
  /** Which of these rules the Gateway applies, and to which operations. */
  readonly webhooks: {
    readonly validation: boolean;
    readonly mutation: boolean;
    readonly operations: readonly ("CREATE" | "UPDATE")[];
  };
  readonly conversion?: DeclaredConversion | undefined;
  /** It describes another version of a kind that another entry operates: it has no box. */
  readonly versionOnly: boolean;
  readonly reconciler: ReconcilerPlan;
  readonly onCreate: Block;
  readonly onReconcile: Block;
  /** `undefined` where it declares nothing. */
  readonly onDelete: DeletionBlock | undefined;
  readonly status: readonly StatusFieldPlan[];
  readonly readyWhen?: readonly ConditionPlan[] | undefined;
  /** The entry in the one layout, defaults filled in, for `ork template`. */
  readonly written: JsonMap;
}

/** `onCreate`, `onReconcile` or a group of `onDelete`; entries in the order in which they are written. */
export interface Block extends Gate {
  readonly entries: readonly ResourceEntry[];
}

/** `onDelete`. */
export interface DeletionBlock extends Gate {
  readonly ordered: boolean;
  readonly timeoutMs: number;
  /** Without `groups` the flat lists are the only one. */
  readonly groups: readonly DeletionGroup[];
  readonly at: string;
}

export interface DeletionGroup extends Block {
  /** `onDelete.groups[0]`, or `onDelete` for the flat lists. */
  readonly id: string;
  readonly name?: string | undefined;
}

/** One item of a resource list. */
export interface ResourceEntry extends Gate {
  readonly shorthand: string;
  /** Position in its list. */
  readonly index: number;
  readonly type: ResourceType;
  readonly reconcile: boolean;
  readonly force: boolean;
  readonly adopt: boolean;
  readonly deletionPolicy: "Delete" | "Retain";
  readonly readyWhen?: readonly ConditionPlan[] | undefined;
  readonly forEach?: { readonly field: string; readonly as: string } | undefined;
  readonly scaling?: ScalingPlan | undefined;
  /** The declared namespace, a template perhaps; `undefined`: the CR's. */
  readonly namespace?: string | undefined;
  readonly fields: JsonMap;
  /** Path within the entry → `file:line:column`, for every text that holds a template. */
  readonly positions: Readonly<Record<string, string>>;
  readonly at: string;
}
