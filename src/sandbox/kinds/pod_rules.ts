import { canonicalJson } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { FieldError } from "../faults.ts";
import { compareQuantities } from "../schema/quantity.ts";
import { type Any, duplicate, forbiddenField, invalidField, listOf, notSupported, required } from "./fields.ts";
import { dataKeyProblems, labelProblems, portNameProblems, portProblems, subdomainProblems } from "./names.ts";

/** The rules of a pod spec that a client is likely to meet (kubernetes/pkg/apis/core/validation/validation.go). */
export function validatePodSpec(spec: Any, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const volumes = validateVolumes(listOf(spec.volumes), `${path}.volumes`, errors);
  if (listOf(spec.containers).length === 0) errors.push(required(`${path}.containers`));
  const names = new Set<string>();
  for (const list of ["containers", "initContainers"]) {
    listOf(spec[list]).forEach((container, i) => {
      validateContainer(container, `${path}.${list}[${i}]`, names, volumes, errors);
    });
  }
  checkOneOf(`${path}.restartPolicy`, spec.restartPolicy, ["Always", "OnFailure", "Never"], errors);
  checkOneOf(
    `${path}.dnsPolicy`,
    spec.dnsPolicy,
    ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"],
    errors,
  );
  if (spec.serviceAccountName !== undefined) {
    checkName(`${path}.serviceAccountName`, spec.serviceAccountName, subdomainProblems, errors);
  }
  if (spec.hostname !== undefined) checkName(`${path}.hostname`, spec.hostname, labelProblems, errors);
  if (spec.subdomain !== undefined) checkName(`${path}.subdomain`, spec.subdomain, labelProblems, errors);
  if (spec.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds < 1) {
    errors.push(
      invalidField(
        `${path}.activeDeadlineSeconds`,
        spec.activeDeadlineSeconds,
        "must be between 1 and 2147483647, inclusive",
      ),
    );
  }
  listOf(spec.tolerations).forEach((toleration, i) =>
    validateToleration(toleration, `${path}.tolerations[${i}]`, errors)
  );
  return errors;
}

function checkOneOf(field: string, value: unknown, supported: readonly string[], errors: FieldError[]): void {
  if (!supported.includes(value as string)) errors.push(notSupported(field, value, supported));
}

function checkName(field: string, name: string, problems: (name: string) => string[], errors: FieldError[]): void {
  for (const why of problems(name)) errors.push(invalidField(field, name, why));
}

function validateToleration(toleration: Any, path: string, errors: FieldError[]): void {
  const { key, operator = "Equal", value } = toleration;
  if (!key && operator !== "Exists") {
    errors.push(
      invalidField(
        `${path}.operator`,
        operator,
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ),
    );
  }
  if (operator === "Exists" && value) {
    errors.push(invalidField(`${path}.operator`, toleration, "value must be empty when `operator` is 'Exists'"));
  }
  if (!["Equal", "Exists", "Lt", "Gt"].includes(operator)) {
    errors.push(notSupported(`${path}.operator`, operator, ["Equal", "Exists"]));
  }
}

function validateVolumes(volumes: Any[], path: string, errors: FieldError[]): Set<string> {
  const names = new Set<string>();
  volumes.forEach((volume, i) => {
    const at = `${path}[${i}]`;
    const sources = Object.keys(volume).filter((key) => key !== "name");
    for (const source of sources.slice(1)) {
      errors.push(forbiddenField(`${at}.${source}`, "may not specify more than 1 volume type"));
    }
    if (!volume.name) errors.push(required(`${at}.name`));
    else {
      checkName(`${at}.name`, volume.name, labelProblems, errors);
      if (names.has(volume.name)) errors.push(duplicate(`${at}.name`, volume.name));
    }
    names.add(volume.name);
    if (volume.secret !== undefined && !volume.secret.secretName) errors.push(required(`${at}.secret.secretName`));
    if (volume.configMap !== undefined && !volume.configMap.name) errors.push(required(`${at}.configMap.name`));
    if (volume.persistentVolumeClaim !== undefined && !volume.persistentVolumeClaim.claimName) {
      errors.push(required(`${at}.persistentVolumeClaim.claimName`));
    }
    if (volume.hostPath !== undefined && !volume.hostPath.path) errors.push(required(`${at}.hostPath.path`));
  });
  return names;
}

function validateContainer(
  container: Any,
  path: string,
  names: Set<string>,
  volumes: Set<string>,
  errors: FieldError[],
): void {
  if (!container.name) errors.push(required(`${path}.name`));
  else {
    checkName(`${path}.name`, container.name, labelProblems, errors);
    if (names.has(container.name)) errors.push(duplicate(`${path}.name`, container.name));
  }
  names.add(container.name);
  if (!container.image) errors.push(required(`${path}.image`));
  for (const [name, action] of Object.entries<Any>(container.lifecycle ?? {})) {
    if (name === "postStart" || name === "preStop") validateHandler(action, `${path}.lifecycle.${name}`, errors);
  }
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    if (container[name] !== undefined) {
      validateProbe(container[name], `${path}.${name}`, name !== "readinessProbe", errors);
    }
  }
  checkOneOf(`${path}.imagePullPolicy`, container.imagePullPolicy, ["Always", "IfNotPresent", "Never"], errors);
  validatePorts(listOf(container.ports), `${path}.ports`, errors);
  listOf(container.env).forEach((env, i) => validateEnv(env, `${path}.env[${i}]`, errors));
  validateMounts(listOf(container.volumeMounts), `${path}.volumeMounts`, volumes, errors);
  if (container.resources !== undefined) validateResources(container.resources, `${path}.resources`, errors);
}

const handlers = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"];

function validateHandler(action: Any, path: string, errors: FieldError[]): void {
  const given = handlers.filter((name) => action[name] !== undefined);
  if (given.length === 0) errors.push(required(path, "must specify a handler type"));
  for (const name of given.slice(1)) {
    errors.push(forbiddenField(`${path}.${name}`, "may not specify more than 1 handler type"));
  }
  if (given[0] === "exec" && listOf(action.exec.command).length === 0) errors.push(required(`${path}.exec.command`));
  if (given[0] === "httpGet" || given[0] === "tcpSocket") {
    checkPort(`${path}.${given[0]}.port`, action[given[0]].port, errors);
  }
}

function validateProbe(probe: Any, path: string, onceOnly: boolean, errors: FieldError[]): void {
  validateHandler(probe, path, errors);
  for (
    const name of ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"]
  ) {
    if (probe[name] < 0) {
      errors.push(
        invalidField(`${path}.${name}`, probe[name], "must be greater than or equal to 0"),
      );
    }
  }
  if (onceOnly && probe.successThreshold !== 1) {
    errors.push(invalidField(`${path}.successThreshold`, probe.successThreshold, "must be 1"));
  }
}

/** A port by number or by name. */
export function checkPort(field: string, port: unknown, errors: FieldError[]): void {
  const problems = typeof port === "string" ? portNameProblems(port) : portProblems(Number(port ?? 0));
  for (const why of problems) errors.push(invalidField(field, port ?? 0, why));
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
    else {for (const why of portProblems(port.containerPort)) {
        errors.push(invalidField(`${at}.containerPort`, port.containerPort, why));
      }}
    if (port.hostPort) {
      for (const why of portProblems(port.hostPort)) errors.push(invalidField(`${at}.hostPort`, port.hostPort, why));
    }
    checkOneOf(`${at}.protocol`, port.protocol, ["SCTP", "TCP", "UDP"], errors);
  });
}

const envSources = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];

function validateEnv(env: Any, path: string, errors: FieldError[]): void {
  if (!env.name) errors.push(required(`${path}.name`));
  else if (!/^[ -<>-~]+$/.test(env.name)) {
    errors.push(invalidField(
      `${path}.name`,
      env.name,
      "a valid environment variable name must consist only of printable ASCII characters other than '='",
    ));
  }
  if (env.valueFrom === undefined) return;
  const at = `${path}.valueFrom`;
  const given = envSources.filter((name) => env.valueFrom[name] !== undefined);
  if (given.length === 0) {
    errors.push(
      invalidField(
        at,
        "",
        "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
      ),
    );
  } else if (env.value) errors.push(invalidField(at, "", "may not be specified when `value` is not empty"));
  else if (given.length > 1) errors.push(invalidField(at, "", "may not have more than one field specified at a time"));
  for (const name of ["configMapKeyRef", "secretKeyRef"]) {
    const source = env.valueFrom[name];
    if (source === undefined) continue;
    if (!source.key) errors.push(required(`${at}.${name}.key`));
    else for (const why of dataKeyProblems(source.key)) errors.push(invalidField(`${at}.${name}.key`, source.key, why));
  }
}

function validateMounts(mounts: Any[], path: string, volumes: Set<string>, errors: FieldError[]): void {
  const places = new Set<string>();
  mounts.forEach((mount, i) => {
    const at = `${path}[${i}]`;
    if (!mount.name) errors.push(required(`${at}.name`));
    else if (!volumes.has(mount.name)) {
      errors.push({
        field: `${at}.name`,
        reason: "FieldValueNotFound",
        message: `Not found: ${JSON.stringify(mount.name)}`,
      });
    }
    if (!mount.mountPath) errors.push(required(`${at}.mountPath`));
    if (places.has(mount.mountPath)) errors.push(invalidField(`${at}.mountPath`, mount.mountPath, "must be unique"));
    places.add(mount.mountPath);
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

export function validatePod({ spec }: KubeObject): FieldError[] {
  return validatePodSpec(spec, "spec");
}

/** Of a Pod's spec only images, deadlines, grace period and added tolerations may change. */
export function validatePodUpdate(next: KubeObject, current: KubeObject): FieldError[] {
  const bare = (pod: KubeObject) => {
    const { activeDeadlineSeconds: _, terminationGracePeriodSeconds: __, tolerations: ___, nodeName: ____, ...rest } =
      pod["spec"];
    const imageless = (list: Any) => listOf(list).map(({ image: _, ...container }) => container);
    return canonicalJson({
      ...rest,
      containers: imageless(rest.containers),
      initContainers: imageless(rest.initContainers),
    });
  };
  if (bare(next) === bare(current)) return [];
  return [forbiddenField(
    "spec",
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`," +
      "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations)," +
      "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
  )];
}
