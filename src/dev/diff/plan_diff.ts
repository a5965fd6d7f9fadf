import { compareText } from "../../base/finding.ts";
import { canonicalJson, type Json, type JsonMap, mapIn } from "../../base/json.ts";
import {
  type AccountGrants,
  accountGrants,
  type Component,
  type LeaseScope,
  type Permission,
  permissionKey,
  type PermissionLine,
  permissionLines,
  permissionsOf,
} from "../../bundle/mod.ts";
import {
  admissionConfigurations,
  protectionRegistrations,
  type WebhookConfiguration,
} from "../../gateway/registration/mod.ts";
import { defaultInstallation } from "../../k8s/installation.ts";
import { groupKind } from "../../k8s/object.ts";
import { redactEntry } from "../../katalog/mod.ts";
import type { Plan, WatchPlan } from "../../plan/mod.ts";
import type { Side } from "./side.ts";
import { diffShown, diffValues, type ValueChange } from "./value_diff.ts";

export type Change = "added" | "removed" | "changed";

/** One entry of `spec.crds`. */
export interface BoxChange {
  readonly change: Change;
  readonly name: string;
  /** `Website.demo.dev` */
  readonly kind: string;
  /** What differs in its entry, in the one layout with every default. Empty unless it changed. */
  readonly fields: readonly ValueChange[];
}

export interface WatchChange {
  readonly change: "added" | "removed";
  readonly box: string;
  readonly role: WatchPlan["role"];
  /** `Deployment.apps` */
  readonly kind: string;
  /** Absent: all, or a cluster-scoped kind. */
  readonly namespaces?: readonly string[];
  readonly labelSelector?: Readonly<Record<string, string>>;
  readonly fieldSelector?: Readonly<Record<string, string>>;
}

/** Verbs that a ServiceAccount gains or loses on one resource in one place. */
export interface PermissionChange extends PermissionLine {
  readonly change: "added" | "removed";
  readonly component: Component;
  /** The operator, where each has a ServiceAccount of its own. */
  readonly box?: string;
}

/** One webhook of the Gateway, or the converter of a CRD. */
export interface WebhookChange {
  readonly change: Change;
  /** Kind and name of the object that has it. */
  readonly kind: string;
  readonly name: string;
  /** Its name there; "" for a converter. */
  readonly webhook: string;
  readonly fields: readonly ValueChange[];
}

/** How two Katalogs differ, and what that comes to. */
export interface PlanDiff {
  readonly boxes: readonly BoxChange[];
  /** What differs outside of `spec.crds`. */
  readonly katalog: readonly ValueChange[];
  readonly watches: readonly WatchChange[];
  readonly permissions: readonly PermissionChange[];
  readonly webhooks: readonly WebhookChange[];
}

export interface DiffContext {
  /** Of the installation. */
  readonly namespace: string;
  readonly leases: LeaseScope;
}

export function diffPlans(before: Side, after: Side, context: DiffContext): PlanDiff {
  const [{ spec: _before, ...katalogBefore }, { spec: _after, ...katalogAfter }] = [before.katalog, after.katalog];
  return {
    boxes: diffBoxes(before, after),
    katalog: diffShown(
      { value: katalogBefore, shown: redactEntry(katalogBefore) },
      { value: katalogAfter, shown: redactEntry(katalogAfter) },
    ),
    watches: diffWatches(before.plan, after.plan),
    permissions: diffPermissions(before, after, context),
    webhooks: diffWebhooks(webhooksOf(before.plan, context), webhooksOf(after.plan, context)),
  };
}

/** Number of differences. */
export function countChanges(diff: PlanDiff): number {
  return diff.boxes.length + diff.katalog.length + diff.watches.length + diff.permissions.length +
    diff.webhooks.length;
}

function diffBoxes(before: Side, after: Side): BoxChange[] {
  const names = sorted([...before.plan.boxes, ...after.plan.boxes].map(({ name }) => name));
  return names.flatMap((name): BoxChange[] => {
    const [was, is] = [before, after].map(({ plan }) => plan.boxes.find((box) => box.name === name));
    const base = { name, kind: groupKind((is ?? was)!.type), fields: [] };
    if (was === undefined) return [{ ...base, change: "added" }];
    if (is === undefined) return [{ ...base, change: "removed" }];
    const [entryBefore, entryAfter] = [entryOf(before, name), entryOf(after, name)];
    const fields = diffShown(
      { value: entryBefore, shown: redactEntry(entryBefore) },
      { value: entryAfter, shown: redactEntry(entryAfter) },
    );
    return fields.length === 0 ? [] : [{ ...base, change: "changed", fields }];
  });
}

function entryOf({ katalog }: Side, name: string): Json {
  return mapIn(mapIn(mapIn(katalog, "spec"), "crds"), name);
}

function diffWatches(before: Plan, after: Plan): WatchChange[] {
  const [was, is] = [watchesOf(before), watchesOf(after)];
  return sorted([...was.keys(), ...is.keys()]).flatMap((key): WatchChange[] => {
    if (was.has(key) === is.has(key)) return [];
    return [{ change: is.has(key) ? "added" : "removed", ...(is.get(key) ?? was.get(key))! }];
  });
}

function watchesOf({ boxes }: Plan): Map<string, Omit<WatchChange, "change">> {
  const all = boxes.flatMap(({ name, watches }) =>
    watches.map(({ role, type, namespaces, labelSelector, fieldSelector }) => ({
      box: name,
      role,
      kind: groupKind(type),
      ...namespaces === undefined ? {} : { namespaces },
      ...labelSelector === undefined ? {} : { labelSelector },
      ...fieldSelector === undefined ? {} : { fieldSelector },
    }))
  );
  return new Map(all.map((watch) => [canonicalJson(watch as unknown as JsonMap), watch]));
}

function diffPermissions(before: Side, after: Side, context: DiffContext): PermissionChange[] {
  const [was, is] = [grantsBy(before, context), grantsBy(after, context)] as const;
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((account) => {
    const [a, b] = [was.get(account), is.get(account)];
    const { component, box } = (b ?? a)!;
    const [gone, come] = [a, b].map((each) => each === undefined ? [] : permissionsOf(each.grants));
    const base = { component, ...box === undefined ? {} : { box } };
    const missingIn = (others: readonly Permission[], all: readonly Permission[]) => {
      const known = new Set(others.map(permissionKey));
      return permissionLines(all.filter((each) => !known.has(permissionKey(each))));
    };
    return [
      ...missingIn(gone!, come!).map((line) => ({ change: "added" as const, ...base, ...line })),
      ...missingIn(come!, gone!).map((line) => ({ change: "removed" as const, ...base, ...line })),
    ];
  });
}

function grantsBy(side: Side, context: DiffContext): Map<string, AccountGrants> {
  if (side.isNothing === true) return new Map();
  const installed = { plan: side.plan, ...context, components: new Set(["runtime", "gateway"] as const) };
  return new Map(accountGrants(installed).map((each) => [each.account, each]));
}

/** A webhook by the object that has it. */
type Webhooks = ReadonlyMap<string, Pick<WebhookChange, "kind" | "name" | "webhook"> & { readonly value: Json }>;

function webhooksOf({ gateway, protection, conversions }: Plan, { namespace }: DiffContext): Webhooks {
  const configurations: WebhookConfiguration[] = gateway === undefined ? [] : [
    ...admissionConfigurations(gateway.admission, namespace),
    ...protectionRegistrations(protection, { ...defaultInstallation, namespace }),
  ];
  const webhooks = configurations.flatMap(({ kind, name, webhooks }) =>
    webhooks.map((webhook) => ({ kind, name, webhook: webhook.name, value: webhook as Json }))
  );
  const converters = gateway?.converts !== true ? [] : conversions.filter(({ updateCRD }) => updateCRD).map((one) => ({
    kind: "CustomResourceDefinition",
    name: `${one.plural}.${one.group}`,
    webhook: "",
    value: { storageVersion: one.storageVersion, paths: one.paths.map(({ from, to }) => `${from} → ${to}`) } as Json,
  }));
  return new Map([...webhooks, ...converters].map((one) => [JSON.stringify([one.kind, one.name, one.webhook]), one]));
}

function diffWebhooks(before: Webhooks, after: Webhooks): WebhookChange[] {
  return sorted([...before.keys(), ...after.keys()]).flatMap((key): WebhookChange[] => {
    const [was, is] = [before.get(key), after.get(key)];
    const { kind, name, webhook } = (is ?? was)!;
    const base = { kind, name, webhook, fields: [] };
    if (was === undefined) return [{ change: "added", ...base }];
    if (is === undefined) return [{ change: "removed", ...base }];
    const fields = diffValues(was.value, is.value);
    return fields.length === 0 ? [] : [{ change: "changed", ...base, fields }];
  });
}

function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort(compareText);
}
