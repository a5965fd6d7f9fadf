import type { Json, JsonMap } from "../base/json.ts";
import type { Position } from "../base/finding.ts";
import type { ConditionPlan, Gate, TextPlan } from "../conditions/mod.ts";
import type { ResourceType } from "../k8s/object.ts";

/** What one or more files declare, checked, with every default filled in. Plain and frozen. */
export interface Katalog {
  /** Names of the Katalogs, joined where there are several. */
  readonly name: string;
  readonly version?: string;
  readonly description?: string;
  /** `metadata` of the first file, as written. */
  readonly metadata: JsonMap;
  readonly crds: readonly CrdEntry[];
}

/** One entry of `spec.crds`. */
export interface CrdEntry {
  readonly name: string;
  readonly at: Position;
  readonly enabled: boolean;
  readonly description?: string;
  readonly type: ResourceType;
  /** The type has a status that is ours to write. */
  readonly hasStatus: boolean;
  /** Relative to where the loader was started, like the path of the Katalog itself. */
  readonly crdFile?: string;
  readonly crFiles: readonly string[];
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, TextPlan>>;
  readonly labelSelector?: Readonly<Record<string, string>>;
  readonly fieldSelector?: Readonly<Record<string, string>>;
  readonly forceConflict: boolean;
  readonly normalize: readonly { readonly path: readonly string[]; readonly value: TextPlan }[];
  readonly mutation: readonly MutationRule[];
  readonly validation: readonly ValidationRule[];
  readonly reconciler: Reconciler;
  readonly onCreate: Block;
  readonly onReconcile: Block;
  readonly onDelete: Block;
  readonly status: readonly StatusField[];
  /** The entry in the one layout, defaults filled in, for `ork template`. */
  readonly written: JsonMap;
}

export interface Reconciler {
  readonly workers: number;
  readonly resyncMs: number;
  readonly failureThreshold: number;
  readonly retryBackoff?: {
    readonly initialMs: number;
    readonly maxMs: number;
    readonly multiplier: number;
    readonly maxAttempts: number;
  };
  readonly requeue?: { readonly after: TextPlan } & Gate;
}

export interface MutationRule extends Gate {
  readonly field: TextPlan;
  readonly mode: "default" | "override";
  readonly value: Json;
  readonly valueType?: "string" | "int" | "float" | "bool";
  readonly at: string;
}

export interface ValidationRule extends Gate {
  readonly check: ConditionPlan;
  readonly message: TextPlan;
  readonly action: "deny" | "warn";
}

export interface StatusField extends Gate {
  readonly path: readonly string[];
  readonly value: TextPlan;
  /** `keep`: whatever type its template gives. */
  readonly type: "keep" | "string" | "int" | "float" | "bool" | "auto";
  readonly clearOnFalse: boolean;
}

/** `onCreate`, `onReconcile` or `onDelete`; entries in the order in which they are written. */
export interface Block extends Gate {
  readonly entries: readonly ResourceEntry[];
}

/** One item of a resource list. */
export interface ResourceEntry extends Gate {
  readonly shorthand: string;
  /** Position in its list. */
  readonly index: number;
  readonly type: ResourceType;
  readonly reconcile: boolean;
  readonly force: boolean;
  readonly forEach?: { readonly field: string; readonly as: string };
  /** The declared namespace, a template perhaps; `undefined`: the CR's. */
  readonly namespace?: string;
  readonly fields: JsonMap;
  /** Path within the entry → `file:line:column`, for every text that holds a template. */
  readonly positions: Readonly<Record<string, string>>;
  readonly at: string;
}
