import type { FieldError } from "../faults.ts";
import { compareQuantities } from "../../k8s/quantity.ts";
import {
  type Any,
  checkOneOf,
  checkText,
  duplicate,
  forbiddenField,
  invalidField,
  listOf,
  required,
} from "./fields.ts";
import {
  dataKeyProblems,
  environmentProblems,
  keyProblems,
  labelProblems,
  portNameProblems,
  portProblems,
} from "./names.ts";
import { validateProbes } from "./probe_rules.ts";
import { validateContainerSecurity } from "./security_rules.ts";
import { checkRelativePath } from "./volume_rules.ts";

/** What the rules of a container know of its Pod. */
export interface Surroundings {
  /** Names of containers so far. */
  readonly names: Set<string>;
  readonly volumes: Set<string>;
  /** Seconds that the Pod has to end. */
  readonly grace: number;
}

/** The rules of a container (kubernetes/pkg/apis/core/validation/validation.go). `init`: it runs before the others. */
export function validateContainer(
  container: Any,
  path: string,
  init: boolean,
  around: Surroundings,
  errors: FieldError[],
): void {
  const { names, volumes, grace } = around;
  if (!container.name) errors.push(required(`${path}.name`));
  else checkText(`${path}.name`, container.name, labelProblems, errors);
  if (names.has(container.name)) errors.push(duplicate(`${path}.name`, container.name));
  names.add(container.name);
  if (!container.image) errors.push(required(`${path}.image`));
  checkOneOf(
    `${path}.terminationMessagePolicy`,
    container.terminationMessagePolicy,
    ["FallbackToLogsOnError", "File"],
    errors,
  );
  if (!init || container.restartPolicy === "Always") validateProbes(container, path, grace, errors);
  else {
    for (const name of ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"]) {
      if (container[name] === undefined) continue;
      errors.push(forbiddenField(`${path}.${name}`, "may not be set for init containers without restartPolicy=Always"));
    }
  }
  checkOneOf(`${path}.imagePullPolicy`, container.imagePullPolicy, ["Always", "IfNotPresent", "Never"], errors);
  validatePorts(listOf(container.ports), `${path}.ports`, errors);
  listOf(container.env).forEach((env, i) => validateEnv(env, `${path}.env[${i}]`, errors));
  listOf(container.envFrom).forEach((from, i) => validateEnvFrom(from, `${path}.envFrom`, i, errors));
  validateMounts(listOf(container.volumeMounts), `${path}.volumeMounts`, volumes, errors);
  if (container.resources !== undefined) validateResources(container.resources, `${path}.resources`, errors);
  if (container.securityContext !== undefined) {
    validateContainerSecurity(container.securityContext, `${path}.securityContext`, errors);
  }
}

function validatePorts(ports: Any[], path: string, errors: FieldError[]): void {
  const names = new Set<string>();
  ports.forEach((port, i) => {
    const at = `${path}[${i}]`;
    if (port.name) {
      const problems = portNameProblems(port.name);
      for (const why of problems) errors.push(invalidField(`${at}.name`, port.name, why));
      if (problems.length === 0 && names.has(port.name)) errors.push(duplicate(`${at}.name`, port.name));
      names.add(port.name);
    }
    if (!port.containerPort) errors.push(required(`${at}.containerPort`));
    else checkNumber(`${at}.containerPort`, port.containerPort, errors);
    if (port.hostPort) checkNumber(`${at}.hostPort`, port.hostPort, errors);
    checkOneOf(`${at}.protocol`, port.protocol, ["SCTP", "TCP", "UDP"], errors);
  });
}

function checkNumber(field: string, port: number, errors: FieldError[]): void {
  for (const why of portProblems(port)) errors.push(invalidField(field, port, why));
}

/** Two containers cannot have one port of the node. `containers`: those that run at the same time. */
export function validateHostPorts(containers: Any[], path: string, errors: FieldError[]): void {
  const taken = new Set<string>();
  containers.forEach((container, i) => {
    listOf(container.ports).forEach(({ protocol, hostIP = "", hostPort }, j) => {
      if (!hostPort) return;
      const name = `${protocol}/${hostIP}/${hostPort}`;
      if (taken.has(name)) errors.push(duplicate(`${path}[${i}].ports[${j}].hostPort`, name));
      taken.add(name);
    });
  });
}

const envSources = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];

function validateEnv(env: Any, path: string, errors: FieldError[]): void {
  if (!env.name) errors.push(required(`${path}.name`));
  else checkText(`${path}.name`, env.name, environmentProblems, errors);
  if (env.valueFrom === undefined) return;
  const at = `${path}.valueFrom`;
  const { fieldRef, resourceFieldRef } = env.valueFrom;
  if (fieldRef !== undefined) validateFieldRef(fieldRef, `${at}.fieldRef`, errors);
  if (resourceFieldRef !== undefined) validateResourceRef(resourceFieldRef, `${at}.resourceFieldRef`, errors);
  for (const name of ["configMapKeyRef", "secretKeyRef"]) {
    const source = env.valueFrom[name];
    if (source === undefined) continue;
    if (!source.key) errors.push(required(`${at}.${name}.key`));
    else checkText(`${at}.${name}.key`, source.key, dataKeyProblems, errors);
  }
  const given = envSources.filter((name) => env.valueFrom[name] !== undefined);
  if (given.length === 0) {
    const list = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
    errors.push(invalidField(at, "", `must specify one of: ${list}`));
  } else if (env.value) errors.push(invalidField(at, "", "may not be specified when `value` is not empty"));
  else if (given.length > 1) errors.push(invalidField(at, "", "may not have more than one field specified at a time"));
}

const podFields = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];
/** Labels of a Pod that field references know, but that are not for the environment. */
const otherFields = [
  "metadata.annotations",
  "metadata.labels",
  "spec.restartPolicy",
  "spec.schedulerName",
  "status.phase",
  "spec.host",
];

function validateFieldRef({ fieldPath }: Any, at: string, errors: FieldError[]): void {
  if (!fieldPath) {
    errors.push(required(`${at}.fieldPath`));
    return;
  }
  const [, path, subscript] = /^(.*)\['(.*)'\]$/.exec(fieldPath) ?? [];
  if (path !== undefined) {
    if (path === "metadata.annotations" || path === "metadata.labels") {
      const key = path === "metadata.annotations" ? subscript!.toLowerCase() : subscript!;
      checkText(at, key, keyProblems, errors);
    } else {
      const why = `error converting fieldPath: field label does not support subscript: ${fieldPath}`;
      errors.push(invalidField(`${at}.fieldPath`, fieldPath, why));
    }
  } else if (![...podFields, ...otherFields].includes(fieldPath)) {
    const why = `error converting fieldPath: field label not supported: ${fieldPath}`;
    errors.push(invalidField(`${at}.fieldPath`, fieldPath, why));
  } else checkOneOf(`${at}.fieldPath`, fieldPath, podFields, errors);
}

const resourceFields = ["limits", "requests"].flatMap((list) =>
  ["cpu", "ephemeral-storage", "memory"].map((name) => `${list}.${name}`)
);
const divisors = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

function validateResourceRef({ resource, divisor }: Any, at: string, errors: FieldError[]): void {
  if (!resource) errors.push(required(`${at}.resource`));
  else if (!/^(?:limits|requests)\.hugepages-/.test(resource)) {
    checkOneOf(`${at}.resource`, resource, resourceFields, errors);
  }
  if (divisor === undefined || compareQuantities(divisor, "0") === 0) return;
  const [, name] = /^(?:limits|requests)\.(.*)$/.exec(resource) ?? [];
  const wrong = (what: string, list: readonly string[], text: string) => {
    if (list.includes(divisor)) return;
    const why = `only divisor's values ${text} are supported with the ${what} resource`;
    errors.push(invalidField(`${at}.divisor`, resource, why));
  };
  if (name === "cpu") wrong("cpu", ["1m", "1"], "1m and 1");
  else if (name === "memory") wrong("memory", divisors, divisors.join(", "));
  else if (name === "ephemeral-storage") wrong("local ephemeral storage", divisors, divisors.join(", "));
}

function validateEnvFrom(from: Any, path: string, i: number, errors: FieldError[]): void {
  const at = `${path}[${i}]`;
  if (from.prefix) checkText(`${at}.prefix`, from.prefix, environmentProblems, errors);
  const given = ["configMapRef", "secretRef"].filter((name) => from[name] !== undefined);
  for (const name of given) if (!from[name].name) errors.push(required(`${at}.${name}.name`));
  if (given.length === 0) errors.push(invalidField(path, "", "must specify one of: `configMapRef` or `secretRef`"));
  if (given.length > 1) errors.push(invalidField(path, "", "may not have more than one field specified at a time"));
}

function validateMounts(mounts: Any[], path: string, volumes: Set<string>, errors: FieldError[]): void {
  const places = new Set<string>();
  mounts.forEach((mount, i) => {
    const at = `${path}[${i}]`;
    if (!mount.name) errors.push(required(`${at}.name`));
    if (!volumes.has(mount.name)) {
      const message = `Not found: ${JSON.stringify(mount.name)}`;
      errors.push({ field: `${at}.name`, reason: "FieldValueNotFound", message });
    }
    if (!mount.mountPath) errors.push(required(`${at}.mountPath`));
    if (places.has(mount.mountPath)) errors.push(invalidField(`${at}.mountPath`, mount.mountPath, "must be unique"));
    places.add(mount.mountPath);
    for (const key of ["subPath", "subPathExpr"]) {
      if (mount[key]) checkRelativePath(mount[key], `${path}.${key}`, errors);
    }
    if (mount.subPath && mount.subPathExpr) {
      errors.push(
        invalidField(`${at}.subPathExpr`, mount.subPathExpr, "subPathExpr and subPath are mutually exclusive"),
      );
    }
  });
}

const standardResources = ["cpu", "memory", "ephemeral-storage"];

function validateResources(resources: Any, path: string, errors: FieldError[]): void {
  for (const list of ["limits", "requests"]) {
    for (const [name, amount] of Object.entries<string>(resources[list] ?? {})) {
      const at = `${path}.${list}[${name}]`;
      if (!name.includes("/") && !standardResources.includes(name) && !name.startsWith("hugepages-")) {
        errors.push(invalidField(at, name, "must be a standard resource type or fully qualified"));
        errors.push(invalidField(at, name, "must be a standard resource for containers"));
      }
      if (compareQuantities(amount, "0") < 0) {
        errors.push(invalidField(at, amount, "must be greater than or equal to 0"));
      }
    }
  }
  for (const [name, amount] of Object.entries<string>(resources.requests ?? {})) {
    const limit = resources.limits?.[name];
    if (limit !== undefined && compareQuantities(amount, limit) > 0) {
      errors.push(invalidField(`${path}.requests`, amount, `must be less than or equal to ${name} limit of ${limit}`));
    }
  }
}
