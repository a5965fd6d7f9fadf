import { child, typeOf } from "../child.ts";
import { clusterFields, commonFields, record } from "../fields.ts";
import { ruleFields, rulesOf } from "../rbac_fields.ts";
import type { Shorthand } from "../shorthand.ts";

const roleType = typeOf("Role");
const clusterRoleType = typeOf("ClusterRole");

/** `roles`: a Role. */
export const roles: Shorthand = {
  key: "roles",
  type: roleType,
  defaultSuffix: "role",
  upkeep: "apply",
  workload: false,
  shape: record("A Role", { ...commonFields, ...ruleFields }, { required: ["rules"] }),
  expand: (entry, context) => child(roleType, entry, context, { rules: rulesOf(entry) }),
};

/** `clusterRoles`: a ClusterRole. */
export const clusterRoles: Shorthand = {
  key: "clusterRoles",
  type: clusterRoleType,
  defaultSuffix: "cluster-role",
  upkeep: "apply",
  workload: false,
  shape: record("A ClusterRole", { ...clusterFields, ...ruleFields }, { required: ["rules"] }),
  expand: (entry, context) => child(clusterRoleType, entry, context, { rules: rulesOf(entry) }),
};
