import type { KubeObject } from "../../k8s/object.ts";
import type { FieldError } from "../faults.ts";
import { type Any, fill, invalidField, listOf, notSupported, required } from "./fields.ts";
import { subdomainProblems } from "./names.ts";

const pathTypes = ["Exact", "ImplementationSpecific", "Prefix"];

/** The rules of an Ingress (kubernetes/pkg/apis/networking/validation). */
export function validateIngress({ spec }: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const rules = listOf(spec.rules);
  if (rules.length === 0 && spec.defaultBackend === undefined) {
    errors.push(invalidField("spec", null, "either `defaultBackend` or `rules` must be specified"));
  }
  rules.forEach((rule, i) => validateRule(rule, `spec.rules[${i}]`, errors));
  if (spec.defaultBackend !== undefined) validateBackend(spec.defaultBackend, "spec.defaultBackend", errors);
  return errors;
}

function validateRule(rule: Any, at: string, errors: FieldError[]): void {
  if (rule.host) {
    if (/^\d+(?:\.\d+){3}$/.test(rule.host)) {
      errors.push(invalidField(`${at}.host`, rule.host, "must be a DNS name, not an IP address"));
    }
    const name = rule.host.replace(/^\*\./, "");
    for (const why of subdomainProblems(name)) errors.push(invalidField(`${at}.host`, rule.host, why));
  }
  if (rule.http === undefined) return;
  const paths = listOf(rule.http.paths);
  if (paths.length === 0) errors.push(required(`${at}.http.paths`));
  paths.forEach((path, i) => {
    const here = `${at}.http.paths[${i}]`;
    if (path.pathType === undefined || path.pathType === null) {
      errors.push(required(`${here}.pathType`, "pathType must be specified"));
    } else if (!pathTypes.includes(path.pathType)) {
      errors.push(notSupported(`${here}.pathType`, path.pathType, pathTypes));
    } else if (path.pathType !== "ImplementationSpecific" || path.path) {
      if (!path.path?.startsWith("/")) {
        errors.push(invalidField(`${here}.path`, path.path ?? "", "must be an absolute path"));
      }
    }
    validateBackend(path.backend, `${here}.backend`, errors);
  });
}

function validateBackend({ service, resource }: Any, at: string, errors: FieldError[]): void {
  if (resource !== undefined) return;
  if (service === undefined) {
    errors.push(required(at, "resource or service backend is required"));
    return;
  }
  if (!service.name) errors.push(required(`${at}.service.name`));
  if (!service.port?.name && !service.port?.number) errors.push(required(at, "port name or number is required"));
}

export function defaultNetworkPolicy({ spec }: KubeObject): void {
  for (const rule of [...listOf(spec.ingress), ...listOf(spec.egress)]) {
    for (const port of listOf(rule.ports)) fill(port, "protocol", "TCP");
  }
  if (listOf(spec.policyTypes).length === 0) {
    spec.policyTypes = listOf(spec.egress).length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
  }
}

export function defaultIngressClass({ spec }: KubeObject): void {
  if (spec?.parameters !== undefined) fill(spec.parameters, "scope", "Cluster");
}

export function defaultEndpointSlice(slice: KubeObject): void {
  for (const port of listOf(slice["ports"])) {
    fill(port, "name", "");
    fill(port, "protocol", "TCP");
  }
}

export function defaultEndpoints(endpoints: KubeObject): void {
  for (const subset of listOf(endpoints["subsets"])) {
    for (const port of listOf(subset.ports)) fill(port, "protocol", "TCP");
  }
}
