import type { ValidationPlan } from "../conditions/mod.ts";
import type { ResourceType } from "../k8s/object.ts";
import type { FailurePolicy } from "../plan/plan.ts";
import type { CelRule } from "./rule_cel.ts";
import type { SchemaRule } from "./schema_rule.ts";
import type { Selection } from "./selection.ts";

/** What was compiled, or why it was not. */
export type Outcome<T> = { readonly value: T } | { readonly reason: string };

/** A rule of `validation`, and where the API server itself can evaluate it. */
export interface CompiledValidation {
  /** `katalog.yaml:12:9` */
  readonly at: string;
  /** `spec.size must be at most 3` */
  readonly what: string;
  readonly action: ValidationPlan["action"];
  /** Only admission checks it, no box. */
  readonly admissionOnly: boolean;
  readonly policy: Outcome<CelRule>;
  readonly crd: Outcome<SchemaRule>;
}

/** A rule of `mutation`; a schema's defaults know no conditions and no order, so a CRD has none. */
export interface CompiledMutation {
  readonly at: string;
  /** `spec.tier default standard` */
  readonly what: string;
  readonly admissionOnly: boolean;
  /** The expression of a JSON Patch. */
  readonly policy: Outcome<string>;
}

/** The rules of one entry of `spec.crds`. */
export interface CompiledKind {
  /** Key in `spec.crds`. */
  readonly name: string;
  readonly type: ResourceType;
  readonly crdFile?: string | undefined;
  readonly operations: readonly ("CREATE" | "UPDATE")[];
  readonly failurePolicy: FailurePolicy;
  /** Absent where the objects that the rules are about cannot be selected by CEL: then no rule is compiled. */
  readonly selection: Selection | undefined;
  readonly validations: readonly CompiledValidation[];
  readonly mutations: readonly CompiledMutation[];
}
