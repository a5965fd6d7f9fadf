import type { KubeObject } from "../../k8s/object.ts";
import type { FieldError } from "../faults.ts";
import { invalidField } from "./fields.ts";

/** Rules of a Lease (kubernetes/pkg/apis/coordination/validation). */
export function validateLease({ spec }: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.leaseDurationSeconds !== undefined && spec.leaseDurationSeconds <= 0) {
    errors.push(invalidField("spec.leaseDurationSeconds", spec.leaseDurationSeconds, "must be greater than 0"));
  }
  if (spec.leaseTransitions !== undefined && spec.leaseTransitions < 0) {
    errors.push(invalidField("spec.leaseTransitions", spec.leaseTransitions, "must be greater than or equal to 0"));
  }
  return errors;
}
