import { compareText } from "../base/finding.ts";
import type { Verb } from "../plan/mod.ts";
import type { GrantRule, Grants } from "./grants.ts";

/** One verb on one object, or on all of them, of one resource in one place: what RBAC can grant or not. */
export interface Permission {
  readonly verb: Verb;
  readonly group: string;
  /** `deployments`, `shops/status`. */
  readonly resource: string;
  /** Absent: a cluster-scoped kind, or all namespaces. */
  readonly namespace: string | undefined;
  /** Absent: any. */
  readonly name: string | undefined;
  /** Lines of the Katalog that need it. */
  readonly reasons: readonly string[];
}

/** Permissions on the same objects with the same verbs, in one. */
export interface PermissionLine<V extends string = Verb> {
  readonly verbs: readonly V[];
  /** `deployments.apps`, `shops.demo.dev/status` */
  readonly resource: string;
  /** Of a Role; absent: of a ClusterRole. */
  readonly namespace?: string;
  /** The only objects; absent: any. */
  readonly names?: readonly string[];
  /** Sorted, each once. */
  readonly reasons: readonly string[];
}

/** Grants one by one. */
export function permissionsOf({ cluster, namespaced }: Grants): Permission[] {
  const places: (readonly [string | undefined, readonly GrantRule[]])[] = [[undefined, cluster], ...namespaced];
  return places.flatMap(([namespace, rules]) =>
    rules.flatMap(({ group, resource, verbs, names = [undefined], reasons }) =>
      verbs.flatMap((verb) => names.map((name): Permission => ({ verb, group, resource, namespace, name, reasons })))
    )
  );
}

/** Two permissions with one key are the same. */
export function permissionKey(one: Omit<Permission, "reasons" | "verb"> & { readonly verb: string }): string {
  return JSON.stringify([one.verb, one.group, one.resource, one.namespace, one.name]);
}

/** Verbs on the same objects in one line, and objects with the same verbs. */
export function permissionLines<V extends string>(
  permissions: readonly (Omit<Permission, "verb"> & { readonly verb: V })[],
): PermissionLine<V>[] {
  const objects = Map.groupBy(
    permissions,
    ({ group, resource, namespace, name }) => JSON.stringify([group, resource, namespace, name]),
  );
  const alike = Map.groupBy(objects.values(), (members) => {
    const { group, resource, namespace, name } = members[0]!;
    return JSON.stringify([group, resource, namespace, name === undefined, members.map(({ verb }) => verb)]);
  });
  return [...alike.values()].map((groups) => {
    const { group, resource, namespace, name } = groups[0]![0]!;
    const reasons = groups.flat().flatMap((each) => each.reasons);
    return {
      verbs: groups[0]!.map(({ verb }) => verb),
      resource: fullName(group, resource),
      ...namespace === undefined ? {} : { namespace },
      ...name === undefined ? {} : { names: groups.map(([first]) => first!.name!) },
      reasons: [...new Set(reasons)].sort(compareText),
    };
  });
}

function fullName(group: string, resource: string): string {
  const [plural, subresource] = resource.split("/") as [string, string?];
  return `${plural}${group === "" ? "" : `.${group}`}${subresource === undefined ? "" : `/${subresource}`}`;
}
