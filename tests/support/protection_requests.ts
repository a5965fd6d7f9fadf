import {
  compileProtection,
  type Protection,
  type ProtectionRequest,
  type UserInfo,
} from "../../src/admission/protect.ts";
import { defaultInstallation } from "../../src/k8s/installation.ts";
import type { Json, JsonMap } from "../../src/base/json.ts";
import { type ProtectionConfiguration, protectionConfigurations, type ProtectionPlan } from "../../src/plan/mod.ts";
import { planOf } from "./plans.ts";

export const label = "orkestra.io/deletion-protection";
export const override = "orkestra.io/deletion-override";

/** Who asks. */
export const users = {
  alice: { username: "alice", groups: ["developers", "system:authenticated"] },
  /** Listed by name. */
  olga: { username: "olga", groups: ["system:authenticated"] },
  /** Listed by a group. */
  gus: { username: "gus", groups: ["break-glass", "system:authenticated"] },
  /** A cluster administrator who is not listed. */
  root: { username: "root", groups: ["system:masters", "system:authenticated"] },
  /** A listed ServiceAccount. */
  velero: account("backup", "velero"),
  runtime: account("orkestra-system", "orkestra"),
  /** The operator of an entry that has an identity of its own. */
  box: account("orkestra-system", "orkestra-box-shop"),
  gateway: account("orkestra-system", "orkestra-gateway"),
  collector: account("kube-system", "generic-garbage-collector"),
  namespaces: account("kube-system", "namespace-controller"),
  manager: { username: "system:kube-controller-manager", groups: ["system:authenticated"] },
} as const satisfies Record<string, UserInfo>;

export function account(namespace: string, name: string): UserInfo {
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
  };
}

const security = (strictMode: boolean) =>
  `security:
  identity: perBox
  deletionProtection:
    strictMode: ${strictMode}
    override: {users: [olga], groups: [break-glass], serviceAccounts: [backup/velero]}
  namespaceProtection: {restrictedNamespaces: [kube-*]}
`;

const entry = (kind: string, more = "") =>
  `${kind.toLowerCase()}: {apiTypes: {group: shop.example.org, version: v1, kind: ${kind}}${more}}\n`;

/**
 * Shops are protected, Kiosks never strictly, the CRs of Carts and the CRD of Bags not at all; Shops may be in `team-*`
 * and `shop`, and nothing in `kube-*`. Depots are cluster-scoped,
 * ConfigMaps with `publish: "true"` are CRs too, and Stalls are so in `kube-public` alone.
 */
const crds = entry("Shop", ", allowedNamespaces: ['team-*', shop]") +
  entry("Kiosk", ", deletionProtection: {strictMode: false}") +
  entry("Cart", ", deletionProtection: {protectCRs: false}") +
  entry("Bag", ", deletionProtection: {protectCRD: false}") + entry("Depot", ", namespaced: false") +
  "settings: {apiTypes: {kind: ConfigMap}, labelSelector: {publish: 'true'}}\n" +
  "stall: {apiTypes: {group: shop.example.org, version: v1, kind: Stall}, namespace: kube-public}\n";

export interface Protected {
  readonly plan: ProtectionPlan;
  readonly protection: Protection;
  readonly configurations: readonly ProtectionConfiguration[];
}

function protectedBy(strict: boolean): Protected {
  const plan = planOf(crds, security(strict)).protection!;
  return {
    plan,
    protection: compileProtection(plan, defaultInstallation),
    configurations: protectionConfigurations(plan, defaultInstallation),
  };
}

export const normal: Protected = protectedBy(false);
export const strict: Protected = protectedBy(true);

/** A Shop `team-a/blue` with these labels, annotations and the rest of its metadata. */
export function shop(labels: JsonMap | undefined, annotations?: JsonMap, more: JsonMap = {}): JsonMap {
  return {
    apiVersion: "shop.example.org/v1",
    kind: "Shop",
    metadata: {
      name: "blue",
      namespace: "team-a",
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...more,
    },
    spec: {},
  };
}

export const on: JsonMap = { [label]: "true" };

/** What a user asks for a Shop `team-a/blue`, unless `more` says otherwise. */
export function requestOf(
  operation: ProtectionRequest["operation"],
  user: UserInfo,
  objects: { readonly object?: Json; readonly oldObject?: Json },
  more: Partial<ProtectionRequest> = {},
): ProtectionRequest {
  const { object = null, oldObject = null } = objects;
  return {
    operation,
    resource: { group: "shop.example.org", version: "v1", resource: "shops" },
    name: "blue",
    namespace: "team-a",
    userInfo: user,
    object,
    oldObject,
    ...more,
  };
}

export const creates = (user: UserInfo, object: Json, more: Partial<ProtectionRequest> = {}) =>
  requestOf("CREATE", user, { object }, more);
export const updates = (user: UserInfo, oldObject: Json, object: Json, more: Partial<ProtectionRequest> = {}) =>
  requestOf("UPDATE", user, { oldObject, object }, more);
export const deletes = (user: UserInfo, oldObject: Json, more: Partial<ProtectionRequest> = {}) =>
  requestOf("DELETE", user, { oldObject }, more);
