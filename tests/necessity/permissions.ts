import type { JsonMap } from "../../src/base/json.ts";
import { boundRules, isAllowed, type PolicyRule, type RbacRequest } from "../../src/bundle/rbac_rules.ts";
import type { AuditedRequest } from "../support/audit_log.ts";

/** A Role or ClusterRole. */
export interface RoleObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules: readonly PolicyRule[];
}

/** One verb on one resource, of one name where the rule has names: what can be taken away. */
export interface Permission {
  readonly role: RoleObject;
  readonly verb: string;
  readonly group: string;
  /** `deployments`, `shops/status`. */
  readonly resource: string;
  readonly name: string | undefined;
  /** The rules of the role without it. */
  readonly rest: readonly PolicyRule[];
}

/** Every permission that the roles among these objects grant; rules have one group and one resource each. */
export function permissionsOf(objects: readonly JsonMap[]): Permission[] {
  const roles = objects.filter(({ kind }) => kind === "ClusterRole" || kind === "Role") as unknown as RoleObject[];
  return roles.flatMap((role) =>
    role.rules.flatMap((rule, index) =>
      rule.verbs.flatMap((verb) =>
        (rule.resourceNames ?? [undefined]).map((name): Permission => ({
          ...{ role, verb, name, group: rule.apiGroups[0]!, resource: rule.resources[0]! },
          rest: role.rules.flatMap((each, at) => at === index ? without(rule, verb, name) : [each]),
        }))
      )
    )
  );
}

function without(rule: PolicyRule, verb: string, name: string | undefined): PolicyRule[] {
  const verbs = rule.verbs.filter((each) => each !== verb);
  const names = rule.resourceNames?.filter((each) => each !== name) ?? [];
  return [
    ...(verbs.length === 0 ? [] : [{ ...rule, verbs }]),
    // No name at all would be any name.
    ...(names.length === 0 ? [] : [{ ...rule, verbs: [verb], resourceNames: names }]),
  ];
}

/** `patch deployments.apps in team of web`; no `in`: everywhere, no `of`: any object. */
export function describePermission({ verb, group, resource, name, role }: Permission): string {
  const [plural, subresource] = resource.split("/");
  const kind = `${plural}${group === "" ? "" : `.${group}`}${subresource === undefined ? "" : `/${subresource}`}`;
  const { namespace } = role.metadata;
  return `${verb} ${kind}${namespace === undefined ? "" : ` in ${namespace}`}${
    name === undefined ? "" : ` of ${name}`
  }`;
}

/** The requests of RBAC that a request of the audit log stands for. */
export function requestsOf(
  { verb, group, resource, subresource, name, namespace, code }: AuditedRequest,
): RbacRequest[] {
  const asked = {
    verb,
    group,
    resource: subresource === "" ? resource : `${resource}/${subresource}`,
    name: name === "" || verb === "create" ? undefined : name,
    namespace: namespace === "" ? undefined : namespace,
  };
  // An apply that makes an object is judged as a creation too, and refused as one.
  return verb === "patch" && (code === 201 || code === 403)
    ? [asked, { ...asked, verb: "create", name: undefined }]
    : [asked];
}

/** Rules of an account, with what a permission leaves of its role. */
export function rulesOf(objects: readonly JsonMap[], account: { namespace: string; name: string }, less?: Permission) {
  const changed = objects.map((object) =>
    less !== undefined && object === less.role as unknown
      ? { ...object, rules: less.rest } as unknown as JsonMap
      : object
  );
  return boundRules(changed, account);
}

/** Does a request need this permission: is it allowed with all, and not without it? */
export function needs(
  request: AuditedRequest,
  permission: Permission,
  objects: readonly JsonMap[],
  account: { namespace: string; name: string },
): boolean {
  const [all, fewer] = [rulesOf(objects, account), rulesOf(objects, account, permission)];
  return requestsOf(request).some((each) => isAllowed(all, each) && !isAllowed(fewer, each));
}
