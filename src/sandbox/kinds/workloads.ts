import { equalJson, type Json } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { FieldError } from "../faults.ts";
import {
  type Any,
  fill,
  forbiddenField,
  immutable,
  invalidField,
  listOf,
  notNegative,
  notSupported,
  required,
  Shown,
} from "./fields.ts";
import { percentProblems } from "./names.ts";
import { defaultPodSpec } from "./pod_defaults.ts";
import { validatePodSpec } from "./pod_rules.ts";
import { matchesLabels, validateLabelSelector } from "./selectors.ts";

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
  defaultPodSpec(spec.template.spec);
}

export function defaultReplicaSet({ spec }: KubeObject): void {
  fill(spec, "replicas", 1);
  defaultPodSpec(spec.template.spec);
}

/** A ReplicationController takes labels and selector from its template. */
export function defaultReplicationController(controller: KubeObject): void {
  const { spec, metadata } = controller;
  const labels = spec.template?.metadata?.labels;
  if (labels !== undefined) {
    fill(spec, "selector", labels);
    if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = labels;
  }
  fill(spec, "replicas", 1);
  if (spec.template !== undefined) defaultPodSpec(spec.template.spec);
}

export function defaultDaemonSet({ spec, metadata }: KubeObject): void {
  fill(spec, "revisionHistoryLimit", 10);
  fill(spec.updateStrategy, "type", "RollingUpdate");
  if (spec.updateStrategy.type === "RollingUpdate") {
    fill(spec.updateStrategy, "rollingUpdate", {});
    fill(spec.updateStrategy.rollingUpdate, "maxUnavailable", 1);
    fill(spec.updateStrategy.rollingUpdate, "maxSurge", 0);
  }
  defaultPodSpec(spec.template.spec);
  // The generation of the template, kept from an older API version.
  fill(metadata.annotations ??= {}, "deprecated.daemonset.template.generation", "1");
}

export function defaultStatefulSet({ spec }: KubeObject): void {
  fill(spec, "replicas", 1);
  fill(spec, "revisionHistoryLimit", 10);
  fill(spec, "podManagementPolicy", "OrderedReady");
  if (spec.updateStrategy.type === undefined) {
    spec.updateStrategy.type = "RollingUpdate";
    fill(spec.updateStrategy, "rollingUpdate", {});
  }
  const rolling = spec.updateStrategy.rollingUpdate;
  if (spec.updateStrategy.type === "RollingUpdate" && rolling !== undefined) {
    fill(rolling, "partition", 0);
    fill(rolling, "maxUnavailable", 1);
  }
  fill(spec, "persistentVolumeClaimRetentionPolicy", {});
  fill(spec.persistentVolumeClaimRetentionPolicy, "whenDeleted", "Retain");
  fill(spec.persistentVolumeClaimRetentionPolicy, "whenScaled", "Retain");
  for (const claim of listOf(spec.volumeClaimTemplates)) {
    fill(claim, "apiVersion", "v1");
    fill(claim, "kind", "PersistentVolumeClaim");
    fill(claim.spec, "volumeMode", "Filesystem");
    fill(claim.status, "phase", "Pending");
  }
  defaultPodSpec(spec.template.spec);
}

export function defaultPodTemplate(object: KubeObject): void {
  defaultPodSpec(object["template"].spec);
}

/** A name that is not a DNS label makes odd Pod names and host names. */
export function hostNameWarnings({ metadata }: KubeObject): string[] {
  const name = metadata.name ?? "";
  const problems = [
    ...(name.length > 63 ? ["must be no more than 63 characters"] : []),
    ...(name.includes(".") ? ["must not contain dots"] : []),
  ];
  if (problems.length === 0) return [];
  const surprise =
    "this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended";
  return [`metadata.name: ${surprise}: [${problems.join(" ")}]`];
}

export function validatePodTemplate(object: KubeObject): FieldError[] {
  return validatePodSpec(object["template"].spec, "template.spec");
}

/** Selector, template and the match of the two. */
function validateSelector({ kind, spec }: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const { selector } = spec;
  const labels: Record<string, string> = spec.template.metadata?.labels ?? {};
  let usable = false;
  if (selector === undefined || selector === null) errors.push(required("spec.selector"));
  else {
    const before = errors.length;
    validateLabelSelector(selector, "spec.selector", errors);
    const sound = errors.length === before;
    if (!sound) errors.push(invalidField("spec.selector", selector, "invalid label selector"));
    else if (Object.keys(selector.matchLabels ?? {}).length === 0 && listOf(selector.matchExpressions).length === 0) {
      errors.push(invalidField("spec.selector", selector, `empty selector is invalid for ${kind.toLowerCase()}`));
    } else usable = true;
    if (!usable) return errors;
  }
  if (!usable || !matchesLabels(selector, labels)) {
    const shown = Object.keys(labels).length === 0 ? null : labels;
    errors.push(invalidField("spec.template.metadata.labels", shown, "`selector` does not match template `labels`"));
  }
  return errors;
}

/** `moreVolumes`: names of volumes that Pods have besides those of the template. */
function validateTemplate({ spec }: KubeObject, moreVolumes: readonly string[] = []): FieldError[] {
  const errors = validatePodSpec(spec.template.spec, "spec.template.spec", { moreVolumes });
  if (["OnFailure", "Never"].includes(spec.template.spec.restartPolicy)) {
    errors.push(notSupported("spec.template.spec.restartPolicy", spec.template.spec.restartPolicy, ["Always"]));
  }
  return errors;
}

/** The rules of a ReplicaSet (kubernetes/pkg/apis/apps/validation). */
export function validateReplicaSet(set: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  notNegative("spec.replicas", set["spec"].replicas, errors);
  notNegative("spec.minReadySeconds", set["spec"].minReadySeconds, errors);
  return [...errors, ...validateSelector(set), ...validateTemplate(set)];
}

export function validateDeployment(deployment: KubeObject): FieldError[] {
  const { spec } = deployment;
  const errors: FieldError[] = [];
  notNegative("spec.replicas", spec.replicas, errors);
  errors.push(...validateSelector(deployment), ...validateTemplate(deployment));
  validateStrategy(spec.strategy, errors);
  for (const name of ["minReadySeconds", "revisionHistoryLimit"]) notNegative(`spec.${name}`, spec[name], errors);
  notNegative("spec.progressDeadlineSeconds", spec.progressDeadlineSeconds, errors);
  if (spec.progressDeadlineSeconds <= (spec.minReadySeconds ?? 0)) {
    errors.push(
      invalidField(
        "spec.progressDeadlineSeconds",
        spec.progressDeadlineSeconds,
        "must be greater than minReadySeconds",
      ),
    );
  }
  return errors;
}

function validateStrategy(strategy: Any, errors: FieldError[]): void {
  const at = "spec.strategy";
  if (strategy.type === "Recreate") {
    if (strategy.rollingUpdate !== undefined) {
      errors.push(forbiddenField(`${at}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'"));
    }
    return;
  }
  if (strategy.type !== "RollingUpdate") {
    errors.push(notSupported(at, unsupportedStrategy(strategy.type), ["Recreate", "RollingUpdate"]));
    return;
  }
  const { maxSurge, maxUnavailable } = strategy.rollingUpdate;
  for (const [name, value] of Object.entries({ maxUnavailable, maxSurge })) {
    checkAmount(`${at}.rollingUpdate.${name}`, value, errors);
  }
  const isNone = (value: unknown) => value === 0 || value === "0%";
  if (isNone(maxSurge) && isNone(maxUnavailable)) {
    errors.push(
      invalidField(`${at}.rollingUpdate.maxUnavailable`, maxUnavailable, "may not be 0 when `maxSurge` is 0"),
    );
  }
}

/** A strategy as Go prints it: with the names of its own fields, in their order. */
function unsupportedStrategy(type: string): Shown {
  return new Shown(`{"Type":${JSON.stringify(type)},"RollingUpdate":null}`);
}

/** A number of at least 0 or a percentage. */
export function checkAmount(field: string, value: unknown, errors: FieldError[]): void {
  if (typeof value === "string") {
    for (const why of percentProblems(value)) errors.push(invalidField(field, value, why));
  } else notNegative(field, value, errors);
}

export function validateDaemonSet(set: KubeObject): FieldError[] {
  const errors = [...validateSelector(set), ...validateTemplate(set)];
  const { type } = set["spec"].updateStrategy;
  if (!["RollingUpdate", "OnDelete"].includes(type)) {
    errors.push(
      notSupported("spec.updateStrategy", unsupportedStrategy(type), ["RollingUpdate", "OnDelete"]),
    );
  }
  return errors;
}

export function validateStatefulSet(set: KubeObject): FieldError[] {
  const { spec } = set;
  const errors: FieldError[] = [];
  if (!["OrderedReady", "Parallel"].includes(spec.podManagementPolicy)) {
    errors.push(
      invalidField("spec.podManagementPolicy", spec.podManagementPolicy, "must be 'OrderedReady' or 'Parallel'"),
    );
  }
  if (!["RollingUpdate", "OnDelete"].includes(spec.updateStrategy.type)) {
    errors.push(invalidField("spec.updateStrategy", spec.updateStrategy, "must be 'RollingUpdate' or 'OnDelete'"));
  }
  notNegative("spec.replicas", spec.replicas, errors);
  const claims = listOf(spec.volumeClaimTemplates).map((claim) => claim.metadata?.name ?? "");
  return [...errors, ...validateSelector(set), ...validateTemplate(set, claims)];
}

export function validateSelectorUpdate(next: KubeObject, current: KubeObject): FieldError[] {
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
