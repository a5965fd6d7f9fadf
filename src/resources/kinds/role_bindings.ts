import { child, typeOf } from "../child.ts";
import { clusterFields, commonFields, record } from "../fields.ts";
import { bindingFields, bindingOf } from "../rbac_fields.ts";
import type { Shorthand } from "../shorthand.ts";

const bindingType = typeOf("RoleBinding");
const clusterBindingType = typeOf("ClusterRoleBinding");

/** `roleBindings`: a RoleBinding. Its `roleRef` cannot be changed: for another one it is recreated. */
export const roleBindings: Shorthand = {
  key: "roleBindings",
  type: bindingType,
  defaultSuffix: "rolebinding",
  upkeep: "apply",
  replaces: true,
  workload: false,
  shape: record("A RoleBinding", { ...commonFields, ...bindingFields(["Role", "ClusterRole"]) }, {
    required: ["roleRef", "subjects"],
  }),
  expand: (entry, context) => child(bindingType, entry, context, bindingOf(entry, "Role", entry.namespace!)),
};

/** `clusterRoleBindings`: a ClusterRoleBinding. */
export const clusterRoleBindings: Shorthand = {
  key: "clusterRoleBindings",
  type: clusterBindingType,
  defaultSuffix: "crb",
  upkeep: "apply",
  replaces: true,
  workload: false,
  shape: record("A ClusterRoleBinding", { ...clusterFields, ...bindingFields(["ClusterRole"]) }, {
    required: ["roleRef", "subjects"],
  }),
  expand: (entry, context) =>
    child(clusterBindingType, entry, context, bindingOf(entry, "ClusterRole", context.owner.namespace ?? "default")),
};
