import { equalJson } from "../../base/json.ts";
import { cronProblem } from "../../base/cron.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { FieldError } from "../faults.ts";
import { type Any, fill, immutable, invalidField, notNegative, notSupported, required } from "./fields.ts";
import { defaultPodSpec } from "./pod_defaults.ts";
import { validatePodSpec } from "./pod_rules.ts";
import { matchesLabels } from "./selectors.ts";

/** Labels that the API server puts on a Job's Pods and selects them by. */
const uidLabels = ["batch.kubernetes.io/controller-uid", "controller-uid"];
const nameLabels = ["batch.kubernetes.io/job-name", "job-name"];
/** A CronJob's name leaves room for the eleven characters that its Jobs add. */
const maxCronJobNameLength = 52;

/** Defaults of a Job (kubernetes/pkg/apis/batch/v1/defaults.go). */
export function defaultJob(job: KubeObject): void {
  const { spec, metadata } = job;
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = spec.parallelism = 1;
  fill(spec, "parallelism", 1);
  fill(spec, "backoffLimit", spec.backoffLimitPerIndex === undefined ? 6 : 2147483647);
  fill(spec, "completionMode", "NonIndexed");
  fill(spec, "suspend", false);
  fill(spec, "manualSelector", false);
  fill(spec, "podReplacementPolicy", spec.podFailurePolicy === undefined ? "TerminatingOrFailed" : "Failed");
  const labels = spec.template.metadata?.labels;
  if (labels !== undefined && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = labels;
  defaultPodSpec(spec.template.spec);
}

/** A new Job selects its Pods by its own uid. It has the labels of its template where it has none of its own. */
export function prepareJob({ spec, metadata }: KubeObject, _siblings: Iterable<KubeObject>, given: KubeObject): void {
  if (spec.manualSelector === true) return;
  spec.template.metadata ??= {};
  const labels = spec.template.metadata.labels = { ...spec.template.metadata.labels };
  for (const key of uidLabels) labels[key] = metadata.uid;
  for (const key of nameLabels) labels[key] = metadata.name;
  if (Object.keys(given.metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
  spec.selector = { ...spec.selector, matchLabels: { ...spec.selector?.matchLabels, [uidLabels[0]!]: metadata.uid } };
}

export function defaultCronJob({ spec }: KubeObject): void {
  fill(spec, "concurrencyPolicy", "Allow");
  fill(spec, "suspend", false);
  fill(spec, "successfulJobsHistoryLimit", 3);
  fill(spec, "failedJobsHistoryLimit", 1);
  // The Job's own defaults come when a Job is made of the template.
  defaultPodSpec(spec.jobTemplate.spec.template.spec);
}

function validateJobSpec(spec: Any, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (
    const name of ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"]
  ) {
    notNegative(`${path}.${name}`, spec[name], errors);
  }
  errors.push(...validatePodSpec(spec.template.spec, `${path}.template.spec`));
  const policy = spec.template.spec.restartPolicy;
  const supported = ["OnFailure", "Never"];
  if (policy === "Always") {
    errors.push(
      required(
        `${path}.template.spec.restartPolicy`,
        `valid values: ${supported.map((each) => JSON.stringify(each)).join(", ")}`,
      ),
    );
  } else if (!supported.includes(policy)) {
    errors.push(notSupported(`${path}.template.spec.restartPolicy`, policy, supported));
  }
  return errors;
}

export function validateJob({ spec, metadata }: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.manualSelector !== true && metadata.uid !== undefined) {
    const own = { matchLabels: { [uidLabels[0]!]: metadata.uid } };
    if (!equalJson(spec.selector, own)) {
      errors.push(invalidField("spec.selector", spec.selector, "`selector` not auto-generated"));
    }
  }
  const labels = spec.template.metadata?.labels ?? {};
  const unmatched = !matchesLabels(spec.selector, labels);
  errors.push(...validateJobSpec(spec, "spec"));
  if (unmatched) {
    errors.push(invalidField("spec.template.metadata.labels", labels, "`selector` does not match template `labels`"));
  }
  return errors;
}

export function validateJobUpdate(next: KubeObject, current: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const [after, before] = [next["spec"], current["spec"]];
  if (after.completionMode !== "Indexed" && after.completions !== before.completions) {
    errors.push(invalidField("spec.completions", after.completions, immutable));
  }
  for (
    const key of ["selector", "template", "completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy"]
  ) {
    if (!equalJson(after[key], before[key])) errors.push(invalidField(`spec.${key}`, after[key], immutable));
  }
  return errors;
}

export function validateCronJob({ spec, metadata }: KubeObject): FieldError[] {
  const errors = validateJobSpec(spec.jobTemplate.spec, "spec.jobTemplate.spec");
  if (!spec.schedule) errors.push(required("spec.schedule"));
  else {
    const problem = cronProblem(spec.schedule);
    if (problem !== undefined) errors.push(invalidField("spec.schedule", spec.schedule, problem));
  }
  if (spec.timeZone !== undefined && !isTimeZone(spec.timeZone)) {
    errors.push(invalidField("spec.timeZone", spec.timeZone, `unknown time zone ${spec.timeZone}`));
  }
  notNegative("spec.startingDeadlineSeconds", spec.startingDeadlineSeconds, errors);
  const policies = ["Allow", "Forbid", "Replace"];
  if (!policies.includes(spec.concurrencyPolicy)) {
    errors.push(notSupported("spec.concurrencyPolicy", spec.concurrencyPolicy, policies));
  }
  for (const name of ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"]) {
    notNegative(`spec.${name}`, spec[name], errors);
  }
  if (metadata.name?.length > maxCronJobNameLength) {
    errors.push(
      invalidField("metadata.name", metadata.name, `must be no more than ${maxCronJobNameLength} characters`),
    );
  }
  return errors;
}

function isTimeZone(name: string): boolean {
  if (name === "" || /^local$/i.test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
