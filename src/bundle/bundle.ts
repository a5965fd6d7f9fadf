import { sha256Hex } from "../base/sha256.ts";
import type { Need, Plan } from "../plan/mod.ts";
import { type BundleObject, type Component, labelsOf, sortObjects } from "./bundle_object.ts";
import { gatewayNeeds } from "./gateway_needs.ts";
import { type Grants, grantsOf } from "./grants.ts";
import { katalogObject } from "./katalog_object.ts";
import { leasePriority } from "./lease_priority.ts";
import { ReasonTexts } from "./reasons.ts";
import { roleObjects, serviceAccount } from "./roles.ts";
import { type LeaseScope, runtimeNeeds, sweepNeeds } from "./runtime_needs.ts";
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

/** What the Runtime may do. */
export function runtimeGrants({ plan, namespace, leases, previous }: Omit<Installed, "components">): Grants {
  const sweep: Need[] = previous === undefined ? [] : sweepNeeds(plan, previous.plan, previous.file);
  return grantsOf([...runtimeNeeds(plan, namespace, leases), ...sweep]);
}

/** What the Gateway may do; nothing without one. */
export function gatewayGrants({ plan, namespace }: Pick<Installed, "plan" | "namespace">): Grants {
  return grantsOf(gatewayNeeds(plan, namespace));
}

/** `ork generate rbac`: ServiceAccounts, roles and bindings. */
export function rbacObjects(installed: Installed): BundleObject[] {
  const { plan, namespace } = installed;
  const texts = new ReasonTexts(plan);
  const roles: Readonly<Record<Component, () => BundleObject[]>> = {
    runtime: () => roleObjects("runtime", runtimeGrants(installed), namespace, texts),
    gateway: () => roleObjects("gateway", gatewayGrants(installed), namespace, texts),
    // It reads the HTTP APIs of the others, and nothing of the cluster.
    controlcenter: () => [],
  };
  return sortObjects(
    printed(installed).flatMap((component) => [
      serviceAccount(component, namespace),
      ...roles[component](),
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
  const digest = sha256Hex(katalog).slice(0, 16);
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

function printed({ plan, components }: Installed): Component[] {
  return [...components].filter((component) => component !== "gateway" || plan.gateway !== undefined);
}
