import type { FieldError } from "../faults.ts";
import { type Any, checkOneOf, duplicate, invalidField, listOf, required, Shown } from "./fields.ts";
import { checkRelativePath } from "./volume_rules.ts";

/** The rules of security contexts (kubernetes/pkg/apis/core/validation/validation.go). */

function checkId(field: string, id: number | undefined, errors: FieldError[]): void {
  if (id !== undefined && (id < 0 || id > 2147483647)) {
    errors.push(invalidField(field, id, "must be between 0 and 2147483647, inclusive"));
  }
}

function validateSeccomp(profile: Any, path: string, errors: FieldError[]): void {
  if (profile === undefined) return;
  checkOneOf(`${path}.type`, profile.type, ["Localhost", "RuntimeDefault", "Unconfined"], errors);
  const at = `${path}.localhostProfile`;
  if (profile.type !== "Localhost") {
    if (profile.localhostProfile !== undefined) {
      errors.push(invalidField(at, profile, "can only be set when seccomp type is Localhost"));
    }
  } else if (profile.localhostProfile === undefined) {
    errors.push(required(at, "must be set when seccomp type is Localhost"));
  } else checkRelativePath(profile.localhostProfile, at, errors);
}

/** A context as Go prints it: every field, in its order. */
function shownContext(context: Any): Shown {
  const { capabilities, seccompProfile, ...rest } = context;
  const print = (value: Any) => value === undefined ? null : value;
  return new Shown(JSON.stringify({
    Capabilities: capabilities === undefined ? null : { Add: print(capabilities.add), Drop: print(capabilities.drop) },
    Privileged: print(rest.privileged),
    SELinuxOptions: print(rest.seLinuxOptions),
    WindowsOptions: print(rest.windowsOptions),
    RunAsUser: print(rest.runAsUser),
    RunAsGroup: print(rest.runAsGroup),
    RunAsNonRoot: print(rest.runAsNonRoot),
    ReadOnlyRootFilesystem: print(rest.readOnlyRootFilesystem),
    AllowPrivilegeEscalation: print(rest.allowPrivilegeEscalation),
    ProcMount: print(rest.procMount),
    SeccompProfile: seccompProfile === undefined
      ? null
      : { Type: seccompProfile.type, LocalhostProfile: print(seccompProfile.localhostProfile) },
    AppArmorProfile: print(rest.appArmorProfile),
  }));
}

export function validateContainerSecurity(context: Any, path: string, errors: FieldError[]): void {
  checkId(`${path}.runAsUser`, context.runAsUser, errors);
  checkId(`${path}.runAsGroup`, context.runAsGroup, errors);
  validateSeccomp(context.seccompProfile, `${path}.seccompProfile`, errors);
  if (context.allowPrivilegeEscalation !== false) return;
  if (context.privileged === true) {
    const why = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
    errors.push(invalidField(path, shownContext(context), why));
  }
}

const sysctlName = /^[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?(?:[./][a-z0-9](?:[-_a-z0-9]*[a-z0-9])?)*$/;

/** The context of a whole Pod. */
export function validatePodSecurity(spec: Any, path: string, errors: FieldError[]): void {
  const at = `${path}.securityContext`;
  const context = spec.securityContext ?? {};
  for (const name of ["fsGroup", "runAsUser", "runAsGroup"]) checkId(`${at}.${name}`, context[name], errors);
  listOf(context.supplementalGroups).forEach((id, i) => checkId(`${at}.supplementalGroups[${i}]`, id, errors));
  const names = new Set<string>();
  listOf(context.sysctls).forEach(({ name }, i) => {
    const field = `${at}.sysctls[${i}].name`;
    if (!name) errors.push(required(field));
    else if (name.length > 253 || !sysctlName.test(name)) {
      errors.push(invalidField(field, name, `must have at most 253 characters and match regex ${sysctlRule}`));
    } else if (names.has(name)) errors.push(duplicate(field, name));
    names.add(name);
    if (spec.hostNetwork === true && /^net[./]/.test(name)) {
      errors.push(invalidField(field, name, "may not be specified when 'hostNetwork' is true"));
    }
  });
  if (context.fsGroupChangePolicy !== undefined) {
    checkOneOf(`${at}.fsGroupChangePolicy`, context.fsGroupChangePolicy, ["Always", "OnRootMismatch"], errors);
  }
  validateSeccomp(context.seccompProfile, `${at}.seccompProfile`, errors);
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    const why = "ShareProcessNamespace and HostPID cannot both be enabled";
    errors.push(invalidField(`${path}.shareProcessNamespace`, true, why));
  }
}

const sysctlRule = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
