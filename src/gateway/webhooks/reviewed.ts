import type { BrokenRule, FieldChange } from "../../admission/mod.ts";
import type { ResourceType } from "../../k8s/object.ts";
import type { AdmissionResult } from "./admission_response.ts";

/** One review. */
export interface Reviewed {
  /** The entry of `spec.crds` that it was about; absent: no rule concerns it. */
  readonly crd?: { readonly name: string; readonly type: ResourceType } | undefined;
  readonly result: AdmissionResult;
  /** Rules of validation that the object breaks, for metrics; absent: none was applied. */
  readonly broken?: readonly BrokenRule[];
  /** What rules of mutation changed, for metrics; absent: none was applied. */
  readonly changes?: readonly FieldChange[];
}
