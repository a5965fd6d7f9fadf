import { canonicalJson } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { FieldError } from "../faults.ts";
import { isIpv4, isIpv6 } from "../schema/addresses.ts";
import { type Surroundings, validateContainer, validateHostPorts } from "./container_rules.ts";
import { type Any, checkOneOf, checkText, forbiddenField, invalidField, listOf, required } from "./fields.ts";
import { keyProblems, labelProblems, subdomainProblems } from "./names.ts";
import { validatePlacement } from "./placement_rules.ts";
import { validatePodSecurity } from "./security_rules.ts";
import { validateVolumes } from "./volume_rules.ts";

const dnsPolicies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];

/**
 * The rules of a pod spec (kubernetes/pkg/apis/core/validation/validation.go). `moreVolumes` are there when the Pod
 * runs; `isPod`: it is not a template.
 */
export function validatePodSpec(
  spec: Any,
  path: string,
  { moreVolumes = [], isPod = false }: { moreVolumes?: readonly string[]; isPod?: boolean } = {},
): FieldError[] {
  const errors: FieldError[] = [];
  const own = listOf(spec.volumes).filter(({ name }) => !moreVolumes.includes(name));
  const volumes = validateVolumes(own, `${path}.volumes`, errors);
  for (const name of moreVolumes) volumes.add(name);
  const around: Surroundings = { names: new Set(), volumes, grace: Number(spec.terminationGracePeriodSeconds ?? 30) };
  const containers = listOf(spec.containers);
  if (containers.length === 0) errors.push(required(`${path}.containers`));
  containers.forEach((each, i) => validateContainer(each, `${path}.containers[${i}]`, false, around, errors));
  validateHostPorts(containers, `${path}.containers`, errors);
  listOf(spec.initContainers).forEach((each, i) => {
    validateContainer(each, `${path}.initContainers[${i}]`, true, around, errors);
    validateHostPorts([each], `${path}.initContainers`, errors);
  });
  if (spec.hostNetwork === true) validateNodePorts(containers, `${path}.containers`, isPod, errors);
  checkOneOf(`${path}.restartPolicy`, spec.restartPolicy, ["Always", "OnFailure", "Never"], errors);
  validateNames(spec, path, errors);
  validatePodSecurity(spec, path, errors);
  validatePlacement(spec, path, errors);
  if (spec.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds < 1) {
    const why = "must be between 1 and 2147483647, inclusive";
    errors.push(invalidField(`${path}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, why));
  }
  if (spec.os !== undefined) {
    if (!spec.os.name) errors.push(required(`${path}.os.name`));
    else checkOneOf(`${path}.os`, spec.os.name, ["linux", "windows"], errors);
  }
  return errors;
}

/** On the network of the node a container's port is the node's port. */
function validateNodePorts(containers: Any[], path: string, isPod: boolean, errors: FieldError[]): void {
  containers.forEach((container, i) => {
    listOf(container.ports).forEach(({ hostPort = 0, containerPort }, j) => {
      if ((!isPod && hostPort === 0) || hostPort === containerPort) return;
      const why = "must match `containerPort` when `hostNetwork` is true";
      errors.push(invalidField(`${path}[${i}].ports[${j}].hostPort`, hostPort, why));
    });
  });
}

/** The names of a Pod, and those that it resolves. */
function validateNames(spec: Any, path: string, errors: FieldError[]): void {
  for (const name of ["serviceAccountName", "nodeName", "priorityClassName", "runtimeClassName"]) {
    if (spec[name]) checkText(`${path}.${name}`, spec[name], subdomainProblems, errors);
  }
  for (const name of ["hostname", "subdomain"]) {
    if (spec[name]) checkText(`${path}.${name}`, spec[name], labelProblems, errors);
  }
  listOf(spec.readinessGates).forEach(({ conditionType }, i) =>
    checkText(`${path}.readinessGates[${i}].conditionType`, conditionType, keyProblems, errors)
  );
  listOf(spec.hostAliases).forEach(({ ip, hostnames }, i) => {
    const at = `${path}.hostAliases[${i}]`;
    checkAddress(`${at}.ip`, ip ?? "", errors);
    listOf(hostnames).forEach((name, j) => checkText(`${at}.hostnames[${j}]`, name, subdomainProblems, errors));
  });
  checkOneOf(`${path}.dnsPolicy`, spec.dnsPolicy, dnsPolicies, errors);
  const at = `${path}.dnsConfig`;
  const config = spec.dnsConfig;
  if (spec.dnsPolicy === "None" && config === undefined) {
    errors.push(required(at, "must provide `dnsConfig` when `dnsPolicy` is None"));
    return;
  }
  if (spec.dnsPolicy === "None" && listOf(config.nameservers).length === 0) {
    errors.push(required(`${at}.nameservers`, "must provide at least one DNS nameserver when `dnsPolicy` is None"));
    return;
  }
  listOf(config?.nameservers).forEach((server, i) => checkAddress(`${at}.nameservers[${i}]`, server, errors));
  listOf(config?.searches).forEach((search, i) => {
    const bare = search.replace(/\.$/, "").replaceAll("_", "-");
    if (search !== ".") checkText(`${at}.searches[${i}]`, bare, subdomainProblems, errors);
  });
  listOf(config?.options).forEach(({ name }, i) => {
    if (!name) errors.push(required(`${at}.options[${i}]`, "must not be empty"));
  });
}

/** An IP address, with the zeros in front that older clusters took. */
export function checkAddress(field: string, address: string, errors: FieldError[]): void {
  if (isIpv4(address, true) || isIpv6(address, true)) return;
  errors.push(invalidField(field, address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"));
}

export function validatePod({ spec }: KubeObject): FieldError[] {
  return validatePodSpec(spec, "spec", { isPod: true });
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
