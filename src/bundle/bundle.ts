import { sha256Hex } from "../base/sha256.ts";
import type { BoxPlan, Need, Plan } from "../plan/mod.ts";
import { type BundleObject, type Component, components, labelsOf, sortObjects } from "./bundle_object.ts";
import { gatewayNeeds } from "./gateway_needs.ts";
import { type Grants, grantsOf } from "./grants.ts";
import { katalogObject } from "./katalog_object.ts";
import { leasePriority } from "./lease_priority.ts";
import { ReasonTexts } from "./reasons.ts";
import { type Account, roleObjects, serviceAccount } from "./roles.ts";
import { type LeaseScope, needsOfBox, runtimeNeeds, sweepNeeds } from "./runtime_needs.ts";
import { gatewayWorkload, runtimeWorkload, type Workloads } from "./workloads.ts";

/** What an installation of a Plan consists of. */
export interface Installed {
  readonly plan: Plan;
  readonly namespace: string;
  /** What is printed; a Gateway only where the Katalog has one. */
  readonly components: ReadonlySet<Component>;
  readonly leases: LeaseScope;
  /** The Plan that was installed before, and where it comes from: what it made may have to be removed (ruling 92). */
  readonly previous?: { readonly plan: Plan; readonly file: string } | undefined;
}

/** What the process of the Runtime may do. */
export function runtimeGrants({ plan, namespace, leases, previous }: Omit<Installed, "components">): Grants {
  const sweep = plan.identity === "perBox" ? [] : plan.boxes.flatMap((box) => sweepNeedsOf(box, previous));
  return grantsOf([...runtimeNeeds(plan, namespace, leases), ...sweep]);
}

/** What one operator may do, where each has an identity of its own. */
export function boxGrants(box: BoxPlan, previous?: Installed["previous"]): Grants {
  return grantsOf([...needsOfBox(box), ...sweepNeedsOf(box, previous)]);
}

function sweepNeedsOf(box: BoxPlan, previous: Installed["previous"]): Need[] {
  return previous === undefined ? [] : sweepNeeds([box], previous.plan, previous.file);
}

/** What the Gateway may do; nothing without one. */
export function gatewayGrants({ plan, namespace }: Pick<Installed, "plan" | "namespace">): Grants {
  return grantsOf(gatewayNeeds(plan, namespace));
}

/** Every ServiceAccount of an installation, with what it may do. */
export interface AccountGrants extends Account {
  /** The operator that it is of, where each has its own. */
  readonly box?: string;
  readonly grants: Grants;
}

/** In the order of the parts; the ServiceAccounts of operators follow that of the Runtime. */
export function accountGrants(installed: Installed): AccountGrants[] {
  const { plan, previous } = installed;
  return printed(installed).flatMap((component): AccountGrants[] => {
    const { account } = components[component];
    if (component === "gateway") return [{ component, account, grants: gatewayGrants(installed) }];
    // The Control Center reads the HTTP APIs of the others, and nothing of the cluster.
    if (component === "controlcenter") return [{ component, account, grants: grantsOf([]) }];
    const boxes = plan.boxes.flatMap((box): AccountGrants[] =>
      box.account === undefined
        ? []
        : [{ component, account: box.account, box: box.name, grants: boxGrants(box, previous) }]
    );
    return [{ component, account, grants: runtimeGrants(installed) }, ...boxes];
  });
}

/** `ork generate rbac`: ServiceAccounts, roles and bindings. */
export function rbacObjects(installed: Installed): BundleObject[] {
  const { plan, namespace } = installed;
  const texts = new ReasonTexts(plan);
  return sortObjects(
    accountGrants(installed).flatMap(({ grants, ...account }) => [
      serviceAccount(account, namespace),
      ...roleObjects(account, grants, namespace, texts),
    ]),
  );
}

/**
 * `ork generate bundle`: everything that an installation needs; with `workloads` also what runs it. `katalog` is the text of
 * the expanded Katalog. Throws `KatalogTooLargeError`.
 */
export function bundleObjects(installed: Installed, katalog: string, workloads?: Workloads): BundleObject[] {
  const { plan, namespace, leases } = installed;
  const has = new Set(printed(installed));
  const digest = katalogDigest(katalog);
  return sortObjects([
    { object: { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels: labelsOf() } } },
    ...rbacObjects(installed),
    katalogObject(katalog, namespace),
    ...(has.has("runtime") ? leasePriority(namespace) : []),
    ...(workloads !== undefined && has.has("runtime")
      ? runtimeWorkload(plan, namespace, workloads, leases, digest)
      : []),
    ...(workloads !== undefined && has.has("gateway") ? gatewayWorkload(plan, namespace, workloads, digest) : []),
  ]);
}

/** What Pods say of the text of their Katalog. */
export function katalogDigest(katalog: string): string {
  return sha256Hex(katalog).slice(0, katalogDigestLength);
}

/** Of SHA-256 in hexadecimal digits. */
export const katalogDigestLength = 16;

function printed({ plan, components }: Installed): Component[] {
  const standalone = plan.gateway?.standalone === true;
  return [...components].filter((component) =>
    component === "gateway" ? plan.gateway !== undefined : component !== "runtime" || !standalone
  );
}
