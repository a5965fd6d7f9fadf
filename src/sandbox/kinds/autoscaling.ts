import type { KubeObject } from "../../k8s/object.ts";
import type { FieldError } from "../faults.ts";
import { fill, invalidField, listOf, required } from "./fields.ts";
import { checkAmount } from "./workloads.ts";

/** Defaults of a HorizontalPodAutoscaler (kubernetes/pkg/apis/autoscaling/v2/defaults.go). */
export function defaultAutoscaler({ spec, apiVersion }: KubeObject): void {
  fill(spec, "minReplicas", 1);
  if (apiVersion === "autoscaling/v1") return;
  if (listOf(spec.metrics).length === 0) {
    spec.metrics = [{
      type: "Resource",
      resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
    }];
  }
  const { behavior } = spec;
  if (behavior === undefined) return;
  const percent = { type: "Percent", value: 100, periodSeconds: 15 };
  const pods = { type: "Pods", value: 4, periodSeconds: 15 };
  behavior.scaleUp = {
    stabilizationWindowSeconds: 0,
    selectPolicy: "Max",
    policies: [pods, percent],
    ...behavior.scaleUp,
  };
  behavior.scaleDown = { selectPolicy: "Max", policies: [percent], ...behavior.scaleDown };
}

export function validateAutoscaler({ spec }: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const { scaleTargetRef: target } = spec;
  if (spec.maxReplicas < spec.minReplicas) {
    errors.push(invalidField("spec.maxReplicas", spec.maxReplicas, "must be greater than or equal to `minReplicas`"));
  }
  for (const key of ["kind", "name"]) if (!target[key]) errors.push(required(`spec.scaleTargetRef.${key}`));
  if (!target.apiVersion) {
    errors.push(invalidField("spec.scaleTargetRef.apiVersion", "", "apiVersion must specify API group"));
  }
  if (spec.maxReplicas === 0) errors.push(required("spec.maxReplicas"));
  return errors;
}

export function validateBudget({ spec }: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined) {
    const { minAvailable, maxUnavailable } = spec;
    const message = `Invalid value: ${
      JSON.stringify({
        MinAvailable: minAvailable,
        Selector: spec.selector ?? null,
        MaxUnavailable: maxUnavailable,
        UnhealthyPodEvictionPolicy: null,
      })
    }: minAvailable and maxUnavailable cannot be both set`;
    errors.push({ field: "spec", reason: "FieldValueInvalid", message });
  }
  for (const name of ["minAvailable", "maxUnavailable"]) {
    if (spec[name] !== undefined) checkAmount(`spec.${name}`, spec[name], errors);
  }
  return errors;
}
