import type { ConversionPlan } from "./conversion.ts";
import type { GatewayPlan } from "./gateway.ts";
import type { JsonMap } from "../base/json.ts";
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
import type { ResourceType } from "../k8s/object.ts";
import type { Profiles } from "../resources/mod.ts";
import type { LabelPlan, ProtectionPlan } from "./protection.ts";

export type { ConversionPathPlan, ConversionPlan, ConversionVersionPlan } from "./conversion.ts";
export type { AdmissionWebhooksPlan, GatewayPlan, ReviewedKindPlan } from "./gateway.ts";
export type {
  AutoscalePlan,
  CleanupPlan,
  ConditionOperator,
  ConditionPlan,
  CrossAuthPlan,
  CrossPlan,
  CrossSourcePlan,
  EmittedEventPlan,
  ExternalAuthPlan,
  ExternalCallPlan,
  ExternalPlan,
  Gate,
  MutationPlan,
  NormalizePlan,
  PassGatePlan,
  ReconcilerPlan,
  SentinelName,
  StatusFieldPlan,
  TextPlan,
  TriggerPlan,
  ValidationPlan,
} from "../conditions/mod.ts";

export type * from "./protection.ts";

/** What a Katalog comes to: plain frozen records that can be sent to another isolate. Nothing below knows a Katalog. */
export interface Plan {
  readonly katalog: {
    readonly name: string;
    readonly version?: string | undefined;
    readonly description?: string | undefined;
  };
  /** In start order: each box after those that it depends on. */
  readonly boxes: readonly BoxPlan[];
  /** Absent: the Katalog has no Gateway. */
  readonly gateway?: GatewayPlan | undefined;
  /** What the Gateway protects; absent: nothing. */
  readonly protection?: ProtectionPlan | undefined;
  /**
   * As whom the boxes talk to the API server. `process`: as the Runtime. `perBox`: each as the ServiceAccount
   * `BoxPlan.account`, with tokens that the Runtime requests for it.
   */
  readonly identity: "process" | "perBox";
  /** One for each kind with `conversion`, sorted by group and kind; nothing that boxes know of. */
  readonly conversions: readonly ConversionPlan[];
}

/** One OperatorBox: everything that reconciles the objects of one CRD. Templates are still text. */
export interface BoxPlan {
  /** Key in `spec.crds`; a DNS label. */
  readonly name: string;
  /** `metadata.name` of the Katalog. */
  readonly katalog: string;
  /** Where that key stands: `katalog.yaml:5:5`. */
  readonly at: string;
  /** Its ServiceAccount, in the namespace of the Runtime; absent: it has that of the Runtime. */
  readonly account?: string;
  /** Keys that the entry had before: finalizers and children made under them are this box's (ruling 22). */
  readonly formerNames: readonly string[];
  /**
   * Boxes of the Plan that must reach a state before the workers of this one start, sorted by name. `started`: its
   * workers run. `healthy`: it has reconciled successfully at least once, or has nothing to reconcile (rulings 11, 91).
   */
  readonly dependsOn: readonly DependencyPlan[];
  /** The objects of boxes of the Plan that it reads under `.cross`. */
  readonly cross: readonly CrossPlan[];
  /** Boxes of the Plan that read its objects under `.cross`, sorted by name; itself perhaps. None: nothing is published. */
  readonly observedBy: readonly string[];
  /** Boxes of the same process may read its objects under `.cross`. */
  readonly crossAccess: boolean;
  /** Other Runtimes may read its objects, over the HTTP API (`crossAccess: true`; never where they are Secrets). */
  readonly crossServed?: boolean;
  /** Keys of the other boxes of the Plan. */
  readonly otherBoxes: readonly string[];
  readonly description?: string | undefined;
  readonly type: ResourceType;
  /** Which paths the HTTP API has for it: its health, and everything else. */
  readonly endpoints: { readonly health: boolean; readonly info: boolean };
  /** Where the CRD's own manifest is, for tools; the runtime never applies it (ruling 60). */
  readonly crdFile?: string | undefined;
  /** Watch only this namespace. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: Readonly<Record<string, string>> | undefined;
  readonly fieldSelector?: Readonly<Record<string, string>> | undefined;
  /**
   * Namespaces, or globs of them, in which CRs may be (all when empty), and children although a CR chooses the name
   * (ruling 49); the lists of the Katalog and of the CRD joined. `restrictedNamespaces` wins (ruling 26).
   */
  readonly allowedNamespaces: readonly string[];
  readonly restrictedNamespaces: readonly string[];
  /** Labels written onto the CR; values are templates. */
  readonly labels?: Readonly<Record<string, TextPlan>> | undefined;
  /** What is done with the label of deletion protection; absent: nothing. */
  readonly protection?: LabelPlan | undefined;
  /** Profiles that entries may name by a template; those that they write out are in their fields. */
  readonly profiles?: Profiles;
  readonly reconciler: ReconcilerPlan;
  readonly normalize: readonly NormalizePlan[];
  readonly mutation: readonly MutationPlan[];
  readonly validation: readonly ValidationPlan[];
  /** The HTTP calls whose results are read under `.external`. */
  readonly external: ExternalPlan;
  /** In the order in which they are carried out. */
  readonly entries: readonly EntryPlan[];
  /** What the deletion of a CR runs and deletes; absent: nothing besides its children. */
  readonly onDelete?: DeletionPlan | undefined;
  readonly status: readonly StatusFieldPlan[];
  /** All of them must hold for the CR to be ready; in place of its children's readiness (ruling 64). */
  readonly readyWhen?: readonly ConditionPlan[] | undefined;
  /** Nothing is done for a CR while one of them is closed; absent: there is none. */
  readonly gates?: readonly PassGatePlan[];
  /** Objects whose changes make CRs be looked at; absent: none. */
  readonly triggers?: readonly TriggerPlan[];
  /** Other settings while the box is under load; absent: none. */
  readonly autoscale?: AutoscalePlan;
  /** When the CR itself is deleted; absent: never. */
  readonly cleanup?: CleanupPlan;
  /** Events that are written besides those of every box; absent: none. */
  readonly events?: readonly EmittedEventPlan[];
  /** Finalizers that the CRs have besides that of the box; absent: none. */
  readonly finalizers?: readonly string[];
  /** No finalizer is set, and those of the box are taken off. */
  readonly removesFinalizers?: true;
  /** `status.observedGeneration` is not written. */
  readonly ignoresGeneration?: true;
  /** False: no status is written (kinds without that subresource). */
  readonly writesStatus: boolean;
  /** Kinds of children, and of what `onDelete` runs and deletes, each once. */
  readonly children: readonly ResourceType[];
  /**
   * Everything that the box watches from its start: its CRs first, then their definition, the children kind by kind, and
   * the sources that the Katalog names.
   */
  readonly watches: readonly WatchPlan[];
  /** Everything that the box may ask of the API server, watches included; sorted. */
  readonly effects: readonly EffectPlan[];
  /**
   * There is `onDelete`, or children that the garbage collector does not reach: the CR carries a finalizer (ruling 22).
   */
  readonly finalizer: boolean;
}

export interface DependencyPlan {
  readonly box: string;
  readonly condition: "started" | "healthy";
}

/**
 * One kind that a box watches. The fields are those of a list or watch request; `namespaces` is one request each.
 */
export interface WatchPlan {
  /**
   * `crs`: what is to be reconciled. `definition`: the CustomResourceDefinition of that kind. `children`: what was made
   * for CRs of that kind, by this box or by a former version of its Katalog. `source`: what entries copy from, by name.
   * `trigger`: what makes CRs be looked at.
   */
  readonly role: "crs" | "definition" | "children" | "source" | "trigger";
  /** `TriggerPlan.id`. */
  readonly trigger?: string;
  readonly type: ResourceType;
  /** Sorted; absent: all namespaces, or a cluster-scoped kind. Empty: there can be none. */
  readonly namespaces?: readonly string[] | undefined;
  readonly labelSelector?: Readonly<Record<string, string>> | undefined;
  readonly fieldSelector?: Readonly<Record<string, string>> | undefined;
  /** Lines of the Katalog that need it, as in `EffectPlan`. */
  readonly reasons: readonly string[];
}

/**
 * Where something may be done: what a ClusterRoleBinding or a RoleBinding in each namespace must grant. `cluster`: a
 * cluster-scoped kind, or a namespaced one in every namespace.
 */
export type ScopePlan =
  | { readonly kind: "cluster" }
  /** Sorted. */
  | { readonly kind: "namespaces"; readonly namespaces: readonly string[] };

/** A verb as RBAC names it; `escalate` and `bind` are required of clients that write roles and bindings. */
export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "escalate" | "bind";

/**
 * One thing that a box does to one kind: what RBAC must grant, and nothing else (rulings 81, 82). A verb may come
 * several times for a kind, where names are known in some namespaces and not in others.
 */
export interface EffectPlan {
  readonly verb: Verb;
  readonly type: ResourceType;
  readonly subresource?: "status" | "finalizers" | "token" | undefined;
  readonly scope: ScopePlan;
  /** The only objects that it is done to (RBAC: `resourceNames`), sorted; absent: any. */
  readonly names?: readonly string[] | undefined;
  /** Lines of the Katalog that need it: `katalog.yaml:12`; each once, sorted by file and line (ruling 85). */
  readonly reasons: readonly string[];
}

/** What is run and deleted when a CR is deleted, before its finalizer is removed. */
export interface DeletionPlan extends Gate {
  /** True: group after group, and in a group the Jobs before the deletions. False: everything at once. */
  readonly ordered: boolean;
  /** From the CR's `deletionTimestamp` until it is let go in any case (ruling 88). */
  readonly timeoutMs: number;
  readonly groups: readonly DeletionGroupPlan[];
  readonly at: string;
}

export interface DeletionGroupPlan extends Gate {
  /** `onDelete.groups[0]`, or `onDelete` for the flat lists. */
  readonly id: string;
  readonly name?: string | undefined;
  /** Jobs that are created and run to completion. */
  readonly jobs: readonly EntryPlan[];
  /** Entries that name objects to be deleted: of their fields only name, namespace and conditions count. */
  readonly deletes: readonly EntryPlan[];
}

/** One item of a resource list of `onCreate`, `onReconcile` or `onDelete`. */
export interface EntryPlan extends Gate {
  /** `onCreate.deployments[0]`: names the entry in messages. */
  readonly id: string;
  /** `when` and `or` of the block round the entry: they must pass too, and see no element of `forEach`. */
  readonly block?: Gate | undefined;
  /** Key of the shorthand: `deployments`, `custom`, … */
  readonly shorthand: string;
  readonly type: ResourceType;
  /** `create`: made when absent, never changed. `apply`: kept as declared (rulings 1, 2). */
  readonly mode: "create" | "apply";
  readonly force: boolean;
  /** Take over an object that is there already and is nobody's (ruling 61). */
  readonly adopt: boolean;
  /** `Retain`: the child outlives the CR, the entry and the condition, and gets no owner reference (ruling 62). */
  readonly deletionPolicy: "Delete" | "Retain";
  /** All of them must hold for the child to be ready; `.child` is the child as observed (ruling 64). */
  readonly readyWhen?: readonly ConditionPlan[] | undefined;
  readonly forEach?: { readonly field: string; readonly as: string } | undefined;
  /** What decides the number of Pods of a workload; absent: nothing of the Katalog. */
  readonly scaling?: ScalingPlan | undefined;
  /** The entry's own fields as written, moves done; texts may hold templates. */
  readonly fields: JsonMap;
  /** Where each text of `fields` that holds a template stands: `image` → `katalog.yaml:12:20`. */
  readonly positions: Readonly<Record<string, string>>;
  readonly at: string;
  /**
   * The entry has no `namespace`: without `toNamespaces` the child stands beside its CR (and in none when its kind is
   * cluster-scoped).
   */
  readonly namespaceFromCr: boolean;
}
