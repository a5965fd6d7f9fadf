import { equalJson } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { FieldError } from "../faults.ts";
import { fill, immutable, invalidField, notSupported } from "./fields.ts";
import { defaultPodSpec, validatePodSpec } from "./pods.ts";

/** Labels that the API server puts on a Job's Pods and selects them by. */
const uidLabels = ["batch.kubernetes.io/controller-uid", "controller-uid"];
const nameLabels = ["batch.kubernetes.io/job-name", "job-name"];

/** Defaults of a Job (kubernetes/pkg/apis/batch/v1/defaults.go). */
export function defaultJob({ spec }: KubeObject): void {
  defaultJobSpec(spec);
}

// deno-lint-ignore no-explicit-any -- unstructured
function defaultJobSpec(spec: any): void {
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = spec.parallelism = 1;
  fill(spec, "parallelism", 1);
  fill(spec, "backoffLimit", spec.backoffLimitPerIndex === undefined ? 6 : 2147483647);
  fill(spec, "completionMode", "NonIndexed");
  fill(spec, "suspend", false);
  fill(spec, "manualSelector", undefined);
  fill(spec, "podReplacementPolicy", spec.podFailurePolicy === undefined ? "TerminatingOrFailed" : "Failed");
  defaultPodSpec(spec.template.spec, false);
}

/** A Job selects its Pods by its own uid. */
export function selectJobPods(job: KubeObject): void {
  const { spec, metadata } = job;
  if (spec.manualSelector === true) return;
  spec.template.metadata ??= {};
  const labels = spec.template.metadata.labels ??= {};
  for (const key of uidLabels) labels[key] = metadata.uid;
  for (const key of nameLabels) labels[key] = metadata.name;
  spec.selector = { matchLabels: { [uidLabels[0]!]: metadata.uid } };
}

export function defaultCronJob({ spec }: KubeObject): void {
  fill(spec, "concurrencyPolicy", "Allow");
  fill(spec, "suspend", false);
  fill(spec, "successfulJobsHistoryLimit", 3);
  fill(spec, "failedJobsHistoryLimit", 1);
  const template = spec.jobTemplate.spec;
  if (template !== undefined) {
    // A CronJob's template gets the defaults of the Pod, and of the Job only when a Job is made of it.
    defaultPodSpec(template.template.spec, false);
  }
}

export function validateJob({ spec }: KubeObject): FieldError[] {
  const errors = validatePodSpec(spec.template.spec, "spec.template.spec");
  if (!["OnFailure", "Never"].includes(spec.template.spec.restartPolicy)) {
    const supported = ["OnFailure", "Never"];
    return [notSupported("spec.template.spec.restartPolicy", spec.template.spec.restartPolicy, supported), ...errors];
  }
  return errors;
}

export function validateJobUpdate(next: KubeObject, current: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const key of ["selector", "completionMode", "template"]) {
    if (!equalJson(next["spec"][key], current["spec"][key])) {
      errors.push(invalidField(`spec.${key}`, next["spec"][key], immutable));
    }
  }
  if (next["spec"].completionMode !== "Indexed" && next["spec"].completions !== current["spec"].completions) {
    errors.push(invalidField("spec.completions", next["spec"].completions, immutable));
  }
  return errors;
}
