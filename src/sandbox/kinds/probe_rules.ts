import type { FieldError } from "../faults.ts";
import {
  type Any,
  checkOneOf,
  checkText,
  forbiddenField,
  invalidField,
  listOf,
  notNegative,
  required,
} from "./fields.ts";
import { headerProblems, portNameProblems, portProblems } from "./names.ts";

/** The rules of probes and lifecycle hooks (kubernetes/pkg/apis/core/validation/validation.go). */

const handlers = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"];

/** `grace` is the Pod's termination grace period. */
export function validateHandler(action: Any, path: string, grace: number, errors: FieldError[]): void {
  const [first, ...more] = handlers.filter((name) => action[name] !== undefined);
  for (const name of more) errors.push(forbiddenField(`${path}.${name}`, "may not specify more than 1 handler type"));
  if (first === undefined) {
    errors.push(required(path, "must specify a handler type"));
    return;
  }
  const at = `${path}.${first}`;
  const handler = action[first];
  switch (first) {
    case "exec":
      if (listOf(handler.command).length === 0) errors.push(required(`${at}.command`));
      break;
    case "httpGet":
      if (!handler.path) errors.push(required(`${at}.path`));
      checkPort(`${at}.port`, handler.port, errors);
      checkOneOf(`${at}.scheme`, handler.scheme, ["HTTP", "HTTPS"], errors);
      for (const { name } of listOf(handler.httpHeaders)) checkText(`${at}.httpHeaders`, name, headerProblems, errors);
      break;
    case "sleep":
      if (handler.seconds < 0 || handler.seconds > grace) {
        const why = `must be non-negative and less than terminationGracePeriodSeconds (${grace})`;
        errors.push(invalidField(at, handler.seconds, why));
      }
      break;
    default:
      checkPort(`${at}.port`, handler.port, errors);
  }
}

/** A port by number or by name. */
export function checkPort(field: string, port: unknown, errors: FieldError[]): void {
  const problems = typeof port === "string" ? portNameProblems(port) : portProblems(Number(port ?? 0));
  for (const why of problems) errors.push(invalidField(field, port ?? 0, why));
}

const counts = ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"];

/** All probes of a container, and its hooks. */
export function validateProbes(container: Any, path: string, grace: number, errors: FieldError[]): void {
  for (const name of ["postStart", "preStop"]) {
    const action = container.lifecycle?.[name];
    if (action !== undefined) validateHandler(action, `${path}.lifecycle.${name}`, grace, errors);
  }
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    const probe = container[name];
    if (probe === undefined) continue;
    const at = `${path}.${name}`;
    validateHandler(probe, at, grace, errors);
    for (const key of counts) notNegative(`${at}.${key}`, probe[key], errors);
    const own = probe.terminationGracePeriodSeconds;
    if (own <= 0) errors.push(invalidField(`${at}.terminationGracePeriodSeconds`, own, "must be greater than 0"));
    if (name === "readinessProbe") {
      if (own !== undefined) {
        errors.push(
          invalidField(`${at}.terminationGracePeriodSeconds`, own, "must not be set for readinessProbes"),
        );
      }
    } else if (probe.successThreshold !== 1) {
      errors.push(invalidField(`${at}.successThreshold`, probe.successThreshold, "must be 1"));
    }
  }
}
