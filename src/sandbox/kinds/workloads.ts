import { equalJson, type Json } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { FieldError } from "../faults.ts";
import { fill, forbiddenField, immutable, invalidField, required } from "./fields.ts";
import { defaultPodSpec, validatePodSpec } from "./pods.ts";

/** Defaults of apps/v1 (kubernetes/pkg/apis/apps/v1/defaults.go). */
export function defaultDeployment({ spec }: KubeObject): void {
  fill(spec, "replicas", 1);
  fill(spec, "revisionHistoryLimit", 10);
  fill(spec, "progressDeadlineSeconds", 600);
  fill(spec.strategy, "type", "RollingUpdate");
  if (spec.strategy.type === "RollingUpdate") {
    fill(spec.strategy, "rollingUpdate", {});
    fill(spec.strategy.rollingUpdate, "maxUnavailable", "25%");
    fill(spec.strategy.rollingUpdate, "maxSurge", "25%");
  }
  defaultPodSpec(spec.template.spec, false);
}

export function defaultReplicaSet({ spec, status }: KubeObject): void {
  fill(spec, "replicas", 1);
  fill(status, "replicas", 0);
  if (spec.template?.spec !== undefined) defaultPodSpec(spec.template.spec, false);
}

export function defaultDaemonSet({ spec }: KubeObject): void {
  fill(spec, "revisionHistoryLimit", 10);
  fill(spec.updateStrategy, "type", "RollingUpdate");
  if (spec.updateStrategy.type === "RollingUpdate") {
    fill(spec.updateStrategy, "rollingUpdate", {});
    fill(spec.updateStrategy.rollingUpdate, "maxUnavailable", 1);
    fill(spec.updateStrategy.rollingUpdate, "maxSurge", 0);
  }
  defaultPodSpec(spec.template.spec, false);
}

export function defaultStatefulSet({ spec }: KubeObject): void {
  fill(spec, "replicas", 1);
  fill(spec, "revisionHistoryLimit", 10);
  fill(spec, "podManagementPolicy", "OrderedReady");
  fill(spec.updateStrategy, "type", "RollingUpdate");
  if (spec.updateStrategy.type === "RollingUpdate") {
    fill(spec.updateStrategy, "rollingUpdate", {});
    fill(spec.updateStrategy.rollingUpdate, "partition", 0);
  }
  fill(spec, "persistentVolumeClaimRetentionPolicy", {});
  fill(spec.persistentVolumeClaimRetentionPolicy, "whenDeleted", "Retain");
  fill(spec.persistentVolumeClaimRetentionPolicy, "whenScaled", "Retain");
  for (const claim of spec.volumeClaimTemplates ?? []) {
    fill(claim, "apiVersion", "v1");
    fill(claim, "kind", "PersistentVolumeClaim");
    fill(claim.spec, "volumeMode", "Filesystem");
    fill(claim.status, "phase", "Pending");
  }
  defaultPodSpec(spec.template.spec, false);
}

/** Selector, template and the match of the two. */
export function validateWorkload({ kind, spec }: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const selector = spec.selector;
  const empty = selector === undefined ||
    (Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0);
  if (selector === undefined) errors.push(required("spec.selector"));
  else if (empty) {
    const article = kind === "Deployment" ? "deployment" : kind === "StatefulSet" ? "statefulset" : kind.toLowerCase();
    errors.push(invalidField("spec.selector", selector, `empty selector is invalid for ${article}`));
  }
  if (spec.template === undefined) return [...errors, required("spec.template")];
  const labels: Record<string, string> = spec.template.metadata?.labels ?? {};
  if (!empty && !matchesLabels(selector, labels)) {
    errors.push(invalidField("spec.template.metadata.labels", labels, "`selector` does not match template `labels`"));
  }
  if (typeof spec.replicas === "number" && spec.replicas < 0) {
    errors.push(invalidField("spec.replicas", spec.replicas, "must be greater than or equal to 0"));
  }
  errors.push(...validatePodSpec(spec.template.spec, "spec.template.spec"));
  if (spec.template.spec.restartPolicy !== "Always") {
    errors.push({
      field: "spec.template.spec.restartPolicy",
      reason: "FieldValueNotSupported",
      message: `Unsupported value: ${JSON.stringify(spec.template.spec.restartPolicy)}: supported values: "Always"`,
    });
  }
  return errors;
}

export function validateWorkloadUpdate(next: KubeObject, current: KubeObject): FieldError[] {
  const [after, before]: [Json, Json] = [next["spec"].selector, current["spec"].selector];
  return equalJson(after, before) ? [] : [invalidField("spec.selector", after, immutable)];
}

/** Of a StatefulSet's spec only a few fields may change. */
export function validateStatefulSetUpdate(next: KubeObject, current: KubeObject): FieldError[] {
  const free = [
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
  ];
  const fixed = (object: KubeObject) =>
    Object.fromEntries(Object.entries(object["spec"]).filter(([key]) => !free.includes(key))) as Json;
  if (equalJson(fixed(next), fixed(current))) return [];
  return [forbiddenField(
    "spec",
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', " +
      "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
  )];
}

/** True when labels meet a `metav1.LabelSelector`. */
// deno-lint-ignore no-explicit-any -- unstructured
export function matchesLabels(selector: any, labels: Record<string, string>): boolean {
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) if (labels[key] !== value) return false;
  for (const { key, operator, values = [] } of selector?.matchExpressions ?? []) {
    const value = labels[key];
    switch (operator) {
      case "In":
        if (value === undefined || !values.includes(value)) return false;
        break;
      case "NotIn":
        if (value !== undefined && values.includes(value)) return false;
        break;
      case "Exists":
        if (value === undefined) return false;
        break;
      case "DoesNotExist":
        if (value !== undefined) return false;
        break;
      default:
        return false;
    }
  }
  return true;
}
