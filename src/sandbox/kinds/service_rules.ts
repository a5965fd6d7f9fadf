import type { KubeObject } from "../../k8s/object.ts";
import type { FieldError } from "../faults.ts";
import { type Any, duplicate, forbiddenField, invalidField, listOf, notSupported, required } from "./fields.ts";
import { keyProblems, labelProblems, labelValueProblems, portNameProblems, portProblems } from "./names.ts";

const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

/** The rules of a Service (kubernetes/pkg/apis/core/validation `ValidateService`). */
export function validateService({ spec }: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const ports = listOf(spec.ports);
  if (ports.length === 0 && spec.clusterIP !== "None" && spec.type !== "ExternalName") {
    errors.push(required("spec.ports"));
  }
  if (spec.type === "ExternalName") {
    if (!spec.externalName) errors.push(required("spec.externalName"));
  }
  const names = new Set<string>();
  ports.forEach((port, i) => validatePort(port, `spec.ports[${i}]`, ports.length > 1, names, errors));
  for (const [key, value] of Object.entries<string>(spec.selector ?? {})) {
    for (const why of keyProblems(key)) errors.push(invalidField("spec.selector", key, why));
    for (const why of labelValueProblems(value)) errors.push(invalidField("spec.selector", value, why));
  }
  if (!["ClientIP", "None"].includes(spec.sessionAffinity)) {
    errors.push(notSupported("spec.sessionAffinity", spec.sessionAffinity, ["ClientIP", "None"]));
  }
  if (!types.includes(spec.type)) errors.push(notSupported("spec.type", spec.type, types));
  if (spec.type !== "ExternalName") {
    listOf(spec.clusterIPs).forEach((address, i) => {
      if (address === "None" || isAddress(address)) return;
      errors.push(
        invalidField(`spec.clusterIPs[${i}]`, address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
      );
    });
  }
  validateTwins(ports, errors);
  if (spec.type === "ClusterIP") {
    ports.forEach((port, i) => {
      if (port.nodePort) {
        errors.push(forbiddenField(`spec.ports[${i}].nodePort`, "may not be used when `type` is 'ClusterIP'"));
      }
    });
  }
  return errors;
}

function isAddress(text: string): boolean {
  const parts = text.split(".");
  return text.includes(":") ||
    (parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256));
}

function validatePort(port: Any, at: string, named: boolean, names: Set<string>, errors: FieldError[]): void {
  if (port.name) {
    for (const why of labelProblems(port.name)) errors.push(invalidField(`${at}.name`, port.name, why));
    if (names.has(port.name)) errors.push(duplicate(`${at}.name`, port.name));
    names.add(port.name);
  } else if (named) errors.push(required(`${at}.name`));
  for (const why of portProblems(port.port)) errors.push(invalidField(`${at}.port`, port.port, why));
  const protocols = ["SCTP", "TCP", "UDP"];
  if (!protocols.includes(port.protocol)) errors.push(notSupported(`${at}.protocol`, port.protocol, protocols));
  const problems = typeof port.targetPort === "string"
    ? portNameProblems(port.targetPort)
    : portProblems(port.targetPort ?? 0);
  for (const why of problems) errors.push(invalidField(`${at}.targetPort`, port.targetPort ?? 0, why));
}

/** Two ports may share a number only with different protocols. */
function validateTwins(ports: Any[], errors: FieldError[]): void {
  const seen = new Set<string>();
  ports.forEach((port, i) => {
    const id = `${port.protocol}/${port.port}`;
    if (seen.has(id)) {
      const message = `Duplicate value: {"Name":"","Protocol":${
        JSON.stringify(port.protocol)
      },"AppProtocol":null,"Port":${port.port},"TargetPort":0,"NodePort":0}`;
      errors.push({ field: `spec.ports[${i}]`, reason: "FieldValueDuplicate", message });
    }
    seen.add(id);
  });
}

export function validateServiceUpdate(next: KubeObject, current: KubeObject): FieldError[] {
  const [after, before] = [next["spec"], current["spec"]];
  if (after.type === "ExternalName" || before.type === "ExternalName") return [];
  if (after.clusterIP !== before.clusterIP) {
    return [invalidField("spec.clusterIPs[0]", [after.clusterIP], "may not change once set")];
  }
  return [];
}
