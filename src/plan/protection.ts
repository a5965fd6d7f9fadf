import type { ResourceType } from "../k8s/object.ts";
import type { NamespaceRules } from "../k8s/namespace_globs.ts";

/** What happens to a request while the Gateway cannot be reached; the word of the API server. */
export type FailurePolicy = "Fail" | "Ignore";

/**
 * What the Gateway has to know to protect, and to register the webhooks for it: it needs nothing else of the Plan, and
 * a box needs none of it.
 */
export interface ProtectionPlan {
  readonly deletion?: DeletionProtectionPlan | undefined;
  readonly namespaces?: NamespaceProtectionPlan | undefined;
  /** ServiceAccounts of operators, where each has its own: they are the Runtime, to protection. Sorted. */
  readonly boxAccounts?: readonly string[];
}

interface HookPlan {
  readonly failurePolicy: FailurePolicy;
  /** The webhook configurations go when the Gateway stops. */
  readonly cleanupOnShutdown: boolean;
  /** Service that the API server calls; absent: that of the Gateway. */
  readonly serviceName?: string | undefined;
}

/** `security.deletionProtection` and what it comes to for each CRD. */
export interface DeletionProtectionPlan extends HookPlan {
  readonly override: OverridePlan;
  /** Names of the CustomResourceDefinitions that cannot be deleted: `<plural>.<group>`, sorted. */
  readonly definitions: readonly string[];
  /** Kinds whose CRs cannot be deleted while they are labelled, each once, sorted by group and plural. */
  readonly kinds: readonly ProtectedKind[];
}

export interface ProtectedKind {
  readonly type: ResourceType;
  /** The label cannot be taken off: strict mode of the Katalog and of the CRD (ruling 99). */
  readonly strict: boolean;
  /** Kubernetes' own: its `status` subresource may change metadata, that of a custom resource never does. */
  readonly builtIn: boolean;
}

/** Who may override deletion protection (ruling 74); each sorted. */
export interface OverridePlan {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  /** `namespace/name`. */
  readonly serviceAccounts: readonly string[];
}

/** `security.namespaceProtection` and the lists of each CRD. */
export interface NamespaceProtectionPlan extends HookPlan {
  /** Namespaced kinds that have rules, each once, sorted by group and plural. */
  readonly kinds: readonly NamespacedKind[];
}

export interface NamespacedKind {
  readonly type: ResourceType;
  /** One for each box of the kind. A CR is refused where boxes would take it, and none of them here. */
  readonly rules: readonly BoxNamespaces[];
}

/** Where one box takes CRs: the lists of Katalog and CRD joined. */
export interface BoxNamespaces extends NamespaceRules {
  /** The box takes CRs with these labels only: of Kubernetes' own kinds few objects are CRs. */
  readonly labelSelector?: Readonly<Record<string, string>> | undefined;
  /** The only namespace that it looks at: CRs elsewhere are none of its business. */
  readonly namespace?: string | undefined;
}

/** What deletion protection makes a box do with the label of its CRs. */
export interface LabelPlan {
  /**
   * `normal`: set once; a user who takes the label off wants to delete the CR. `strict`: restored, unless the CR is
   * overridden. `off`: taken off, where the box set it.
   */
  readonly mode: "off" | "normal" | "strict";
  readonly at: string;
}
