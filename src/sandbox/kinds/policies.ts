import { equalJson, type Json } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { FieldError } from "../faults.ts";
import { fill, invalidField, listOf, notSupported, required } from "./fields.ts";

/** Defaults and rules of what governs others: webhooks, roles, limits, classes, Leases. */

/** Defaults of both kinds of webhook configuration (kubernetes/pkg/apis/admissionregistration/v1/defaults.go). */
export function defaultWebhooks(configuration: KubeObject): void {
  for (const webhook of listOf(configuration["webhooks"])) {
    fill(webhook, "failurePolicy", "Fail");
    fill(webhook, "matchPolicy", "Equivalent");
    fill(webhook, "namespaceSelector", {});
    fill(webhook, "objectSelector", {});
    fill(webhook, "timeoutSeconds", 10);
    if (configuration.kind === "MutatingWebhookConfiguration") fill(webhook, "reinvocationPolicy", "Never");
    if (webhook.clientConfig?.service !== undefined) fill(webhook.clientConfig.service, "port", 443);
    for (const rule of listOf(webhook.rules)) fill(rule, "scope", "*");
  }
}

const rbacGroup = "rbac.authorization.k8s.io";

export function defaultBinding(binding: KubeObject): void {
  fill(binding["roleRef"], "apiGroup", rbacGroup);
  for (const subject of listOf(binding["subjects"])) {
    if (subject.kind === "User" || subject.kind === "Group") fill(subject, "apiGroup", rbacGroup);
  }
}

export function validateRole(role: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  listOf(role["rules"]).forEach((rule, i) => {
    const at = `rules[${i}]`;
    const urls = listOf(rule.nonResourceURLs).length > 0;
    if (!urls && listOf(rule.apiGroups).length === 0) {
      errors.push(required(`${at}.apiGroups`, "resource rules must supply at least one api group"));
    }
    if (!urls && listOf(rule.resources).length === 0) {
      errors.push(required(`${at}.resources`, "resource rules must supply at least one resource"));
    }
    if (urls && role.kind === "Role") {
      errors.push(
        invalidField(
          `${at}.nonResourceURLs`,
          rule.nonResourceURLs,
          "namespaced rules cannot apply to non-resource URLs",
        ),
      );
    }
    if (listOf(rule.verbs).length === 0) errors.push(required(`${at}.verbs`));
  });
  return errors;
}

/** What a binding grants never changes. */
export function validateBindingUpdate(next: KubeObject, current: KubeObject): FieldError[] {
  const [after, before]: [Json, Json] = [next["roleRef"], current["roleRef"]];
  return equalJson(after, before) ? [] : [invalidField("roleRef", after, "cannot change roleRef")];
}

export function validateBinding(binding: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const { roleRef } = binding;
  const kinds = binding.kind === "RoleBinding" ? ["Role", "ClusterRole"] : ["ClusterRole"];
  if (!kinds.includes(roleRef.kind)) errors.push(notSupported("roleRef.kind", roleRef.kind, kinds));
  if (!roleRef.name) errors.push(required("roleRef.name"));
  listOf(binding["subjects"]).forEach((subject, i) => {
    const subjects = ["ServiceAccount", "User", "Group"];
    if (!subjects.includes(subject.kind)) errors.push(notSupported(`subjects[${i}].kind`, subject.kind, subjects));
    if (!subject.name) errors.push(required(`subjects[${i}].name`));
  });
  return errors;
}

export function defaultLimits({ spec }: KubeObject): void {
  for (const limit of listOf(spec.limits)) {
    if (limit.type !== "Container") continue;
    const fallback = { ...limit.max, ...limit.default };
    const request = { ...limit.min, ...fallback, ...limit.defaultRequest };
    if (Object.keys(fallback).length > 0) limit.default = fallback;
    if (Object.keys(request).length > 0) limit.defaultRequest = request;
  }
}

export function defaultPriorityClass(object: KubeObject): void {
  fill(object, "preemptionPolicy", "PreemptLowerPriority");
}

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
