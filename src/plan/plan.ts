import type { Json, JsonMap } from "../base/json.ts";
import type { ConditionPlan, Gate, TextPlan } from "../conditions/mod.ts";
import type { ResourceType } from "../k8s/object.ts";

export type { ConditionOperator, ConditionPlan, Gate, TextPlan } from "../conditions/mod.ts";

/** What a Katalog comes to: plain frozen records that can be sent to another isolate. Nothing below knows a Katalog. */
export interface Plan {
  readonly katalog: { readonly name: string; readonly version?: string; readonly description?: string };
  /** In start order. */
  readonly boxes: readonly BoxPlan[];
}

/** One OperatorBox: everything that reconciles the objects of one CRD. Templates are still text. */
export interface BoxPlan {
  /** Key in `spec.crds`; a DNS label. */
  readonly name: string;
  readonly description?: string;
  readonly type: ResourceType;
  /** Where the CRD's own manifest is, for tools; the runtime never applies it (ruling 60). */
  readonly crdFile?: string;
  /** Watch only this namespace. */
  readonly namespace?: string;
  readonly labelSelector?: Readonly<Record<string, string>>;
  readonly fieldSelector?: Readonly<Record<string, string>>;
  /** Labels written onto the CR; values are templates. */
  readonly labels?: Readonly<Record<string, TextPlan>>;
  readonly reconciler: ReconcilerPlan;
  /** Dot path under `spec` → template. */
  readonly normalize: readonly { readonly path: readonly string[]; readonly value: TextPlan }[];
  readonly mutation: readonly MutationPlan[];
  readonly validation: readonly ValidationPlan[];
  /** In the order in which they are carried out. */
  readonly entries: readonly EntryPlan[];
  readonly status: readonly StatusFieldPlan[];
  /** False: no status is written (kinds without that subresource). */
  readonly writesStatus: boolean;
  /** Kinds of children to watch, without duplicates. */
  readonly children: readonly ResourceType[];
  /** Children that the garbage collector does not reach: the CR carries a finalizer (ruling 22). */
  readonly finalizer: boolean;
}

export interface ReconcilerPlan {
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

export interface MutationPlan extends Gate {
  /** Dot path on the CR. */
  readonly field: TextPlan;
  readonly mode: "default" | "override";
  /** A text is a template; everything else is taken as it is. */
  readonly value: Json;
  readonly valueType?: "string" | "int" | "float" | "bool";
  readonly at: string;
}

export interface ValidationPlan extends Gate {
  readonly check: ConditionPlan;
  readonly message: TextPlan;
  readonly action: "deny" | "warn";
}

/** One item of a resource list of `onCreate` or `onReconcile`. */
export interface EntryPlan extends Gate {
  /** `onCreate.deployments[0]`: names the entry in messages. */
  readonly id: string;
  /** `when` and `or` of the block round the entry: they must pass too, and see no element of `forEach`. */
  readonly block?: Gate;
  /** Key of the shorthand: `deployments`, `custom`, … */
  readonly shorthand: string;
  readonly type: ResourceType;
  /** `create`: made when absent, never changed. `apply`: kept as declared (rulings 1, 2). */
  readonly mode: "create" | "apply";
  readonly force: boolean;
  readonly forEach?: { readonly field: string; readonly as: string };
  /** The entry's own fields as written, moves done; texts may hold templates. */
  readonly fields: JsonMap;
  /** Where each text of `fields` that holds a template stands: `image` → `katalog.yaml:12:20`. */
  readonly positions: Readonly<Record<string, string>>;
  readonly at: string;
  /** The entry names no namespace: the child stands beside its CR (and in none when its kind is cluster-scoped). */
  readonly namespaceFromCr: boolean;
}

export interface StatusFieldPlan extends Gate {
  readonly path: readonly string[];
  readonly value: TextPlan;
  /** `keep`: as the template gives it (ruling 13); `auto`: numbers and booleans are recognised in text. */
  readonly type: "keep" | "string" | "int" | "float" | "bool" | "auto";
  readonly clearOnFalse: boolean;
}
