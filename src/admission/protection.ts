import {
  type Account,
  accountGroup,
  accountUsername,
  collectors,
  controllerManager,
  type Installation,
  ownObjects,
} from "../k8s/installation.ts";
import type { BoxNamespaces, ProtectionPlan } from "../plan/plan.ts";
import type { Json } from "../base/json.ts";

/** `authentication.k8s.io/v1` UserInfo, as a review carries it. */
export interface UserInfo {
  readonly username?: string | undefined;
  readonly uid?: string | undefined;
  readonly groups?: readonly string[] | undefined;
}

/** What protection reads of an AdmissionRequest (`admission.k8s.io/v1`). Objects are whatever the client sent. */
export interface ProtectionRequest {
  readonly operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  /** Absent or empty: the object itself. */
  readonly subResource?: string | undefined;
  /** Empty for `generateName`, and for each object of a DELETE of a collection. */
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly userInfo?: UserInfo | undefined;
  /** Absent or null on DELETE. */
  readonly object?: Json | undefined;
  /** Absent or null on CREATE. */
  readonly oldObject?: Json | undefined;
  /** Decided on like any other request: what a dry run says must hold. */
  readonly dryRun?: boolean | undefined;
}

/** The response to a review. */
export interface ProtectionDecision {
  readonly allowed: boolean;
  /** HTTP status: 200, or 403. */
  readonly code: 200 | 403;
  /** Why it is refused and what to do; "" when it is allowed. */
  readonly message: string;
  /** Of an override; the API server puts the name of the webhook before each key. */
  readonly auditAnnotations: Readonly<Record<string, string>>;
}

/** A ProtectionPlan in one installation, ready to be asked: made once. */
export interface Protection {
  readonly plan: ProtectionPlan;
  readonly installation: Installation;
  /** Keys by `resourceKey`. */
  readonly kinds: ReadonlyMap<
    string,
    { readonly kind: string; readonly strict: boolean; readonly namespaced: boolean }
  >;
  readonly definitions: ReadonlySet<string>;
  readonly own: ReadonlyMap<string, { readonly namespaced: boolean; readonly names: ReadonlySet<string> }>;
  readonly namespaces: ReadonlyMap<string, { readonly kind: string; readonly rules: readonly BoxNamespaces[] }>;
}

export function compileProtection(plan: ProtectionPlan, given: Installation): Protection {
  const { deletion, namespaces, boxAccounts = [] } = plan;
  const installation = { ...given, boxAccounts };
  const kindKey = ({ type }: { readonly type: { group: string; plural: string } }) =>
    resourceKey({ group: type.group, resource: type.plural });
  return {
    plan,
    installation,
    kinds: new Map(
      (deletion?.kinds ?? []).map((kind) => [
        kindKey(kind),
        { kind: kind.type.kind, strict: kind.strict, namespaced: kind.type.namespaced },
      ]),
    ),
    definitions: new Set(deletion?.definitions ?? []),
    own: new Map(
      (deletion === undefined ? [] : ownObjects(installation)).map(({ group, plural, namespaced, names }) => [
        resourceKey({ group, resource: plural }),
        { namespaced, names: new Set(names) },
      ]),
    ),
    namespaces: new Map(
      (namespaces?.kinds ?? []).map((kind) => [kindKey(kind), { kind: kind.type.kind, rules: kind.rules }]),
    ),
  };
}

/** `shops.shop.example.org`; the version does not matter: all of them are one object. */
export function resourceKey({ group, resource }: { readonly group: string; readonly resource: string }): string {
  return group === "" ? resource : `${resource}.${group}`;
}

/** Whether the request comes from this ServiceAccount: by its name and by the group that its tokens have. */
export function isAccount(user: UserInfo | undefined, account: Account): boolean {
  return user?.username === accountUsername(account) && hasGroup(user, accountGroup(account));
}

/** Controllers that carry out deletions which were decided elsewhere: holding one up is a deadlock. */
export function isCollector(user: UserInfo | undefined): boolean {
  return user?.username === controllerManager || collectors.some((account) => isAccount(user, account));
}

export function isRuntime(user: UserInfo | undefined, installation: Installation): boolean {
  const { namespace, runtimeAccount, boxAccounts = [] } = installation;
  return [runtimeAccount, ...boxAccounts].some((name) => isAccount(user, { namespace, name }));
}

export function isGateway(user: UserInfo | undefined, { namespace, gatewayAccount }: Installation): boolean {
  return isAccount(user, { namespace, name: gatewayAccount });
}

/** Whether the Katalog lists the requester as one who may override deletion protection (ruling 74). */
export function mayOverride(user: UserInfo | undefined, { plan }: Protection): boolean {
  const override = plan.deletion?.override;
  if (override === undefined || user?.username === undefined || user.username === "") return false;
  if (override.users.includes(user.username)) return true;
  if (override.groups.some((group) => hasGroup(user, group))) return true;
  return override.serviceAccounts.some((text) => {
    const [namespace = "", name = ""] = text.split("/");
    return isAccount(user, { namespace, name });
  });
}

function hasGroup({ groups }: UserInfo, group: string): boolean {
  return Array.isArray(groups) && groups.includes(group);
}
