import { formatDuration } from "../../base/duration.ts";
import { type JsonMap } from "../../base/json.ts";
import { shortenMiddle } from "../../base/shorten.ts";
import type { BoxHealth } from "../../box/mod.ts";
import { cleanupFinalizer } from "../../k8s/names.ts";
import { gvkText } from "../../k8s/object.ts";
import type { BoxPlan } from "../../plan/plan.ts";
import type { RunningBox } from "../runtime.ts";
import type { SettingSources } from "./documents.ts";

/** What stands for a time that is not set. */
export const notStarted = "not started";

/** Longest text of an error, in UTF-16 code units. */
const maxError = 2048;

export type CrdState = BoxHealth["state"];

/** One box at the moment of a request. */
export interface BoxView {
  readonly plan: BoxPlan;
  readonly sources: SettingSources | undefined;
  readonly health: BoxHealth;
  /** This process reconciles it; else its workers rest here. */
  readonly leads: boolean;
  readonly state: CrdState;
  /** Why it is pending or degraded. */
  readonly reason: string | undefined;
  readonly wallMs: number;
}

/** What there is to show of a box. */
export function viewOf(plan: BoxPlan, box: RunningBox, sources: SettingSources | undefined, wallMs: number): BoxView {
  const health = box.health();
  const { state, reason } = health;
  const shown = reason === undefined ? undefined : shortenMiddle(reason, maxError);
  return { plan, sources, health, leads: box.leads(), state, reason: shown, wallMs };
}

/** The part of the entry in `/katalog` that is shown where the endpoints are switched off, too. */
export function summary({ plan, state }: BoxView): JsonMap {
  return { name: plan.name, state, healthy: state === "healthy", endpoints: endpointsOf(plan) };
}

/** An entry of `crds` in `/katalog`. */
export function entry(view: BoxView): JsonMap {
  const { plan, health, state } = view;
  const { health: _health, info, ...enabled } = endpointsOf(plan);
  return {
    ...identity(view),
    ...settings(view),
    queueDepth: health.queueDepth,
    resourceCount: health.resourceCount,
    operatorBox: { type: "generic", hasTemplates: plan.entries.length > 0, hasHooks: false, hasConstructor: false },
    healthy: state === "healthy",
    state,
    ...(view.reason === undefined ? {} : { reason: view.reason }),
    started: health.startedAt !== undefined,
    pending: state === "pending",
    ...times(view),
    errorRate: errorRate(health),
    ...counters(view),
    failureThreshold: plan.reconciler.failureThreshold,
    endpoints: { health: endpointsOf(plan)["health"]!, info: info!, ...enabled },
    rbacCount: plan.effects.length,
    ...dependencies(view),
    deletionProtection: plan.protection?.mode === "normal" || plan.protection?.mode === "strict",
    ...withoutServe,
    gated: false,
  };
}

/** Keys of features that a Katalog cannot have: clients of this API look for them. */
const withoutServe = { providerCount: 0, serveEnabled: false, requireServeName: false, target: "", aliases: [] };

/** `/katalog/{crd}`. */
export function detail(view: BoxView): JsonMap {
  const { plan, health } = view;
  const { running, processing } = health.workers;
  return {
    ...entry(view),
    isKonductor: view.leads,
    workersIdle: running - processing,
    workersProcessing: processing,
    // Workers are interchangeable: the states are real, which number has which is not.
    workerDetails: Object.fromEntries(
      Array.from({ length: running }, (_, id) => [
        `${plan.name}-worker-${id}`,
        id < processing ? "processing" : "idle",
      ]),
    ),
    operatorBox: {
      type: "generic",
      finalizers: { source: "derived", values: finalizersOf(plan) },
      hooks: { configured: false },
      constructor: { configured: false },
      templates: templateCounts(plan),
    },
    providers: [],
    rbac: { rules: rules(plan), totalRules: plan.effects.length },
    autoscalerEnabled: plan.autoscale !== undefined,
    autoscalerWorkers: {
      configured: plan.reconciler.workers,
      effective: health.autoscale?.workers ?? plan.reconciler.workers,
      ...(health.autoscale === undefined ? {} : { active: health.autoscale.active }),
      ...(health.autoscale?.since === undefined ? {} : { since: health.autoscale.since }),
      idle: running - processing,
      inFlight: processing,
      queueDepth: health.queueDepth,
    },
    metrics: metricsOf(health),
  };
}

/** `/katalog/{crd}/health`. */
export function healthOf(view: BoxView): JsonMap {
  const { plan, health, state } = view;
  return {
    name: plan.name,
    state,
    status: state,
    isKonductor: view.leads,
    healthy: state === "healthy",
    started: health.startedAt !== undefined,
    pending: state === "pending",
    ...times(view),
    queueDepth: health.queueDepth,
    errorRate: errorRate(health),
    ...counters(view),
    resourceCount: health.resourceCount,
    hasUnhealthyDependencies: health.hasUnhealthyDependencies ?? false,
    ...(health.dependencies === undefined ? {} : { dependencies: { ...health.dependencies } }),
    ...(health.crossSources === undefined
      ? {}
      : { crossSources: health.crossSources.map((source) => ({ ...source }) as unknown as JsonMap) }),
    ...(view.reason === undefined ? {} : { reason: view.reason }),
    ...(health.missing ? { missing: true } : {}),
  };
}

function dependencies({ plan: { dependsOn, cross }, health }: BoxView): JsonMap {
  return {
    dependsOn: dependsOn.map(({ box }) => box),
    ...(cross.length === 0 ? {} : { crossReads: cross.map(readOf) }),
    hasUnhealthyDependencies: health.hasUnhealthyDependencies ?? false,
  };
}

/** An item of `cross`: the box that it reads, or the source, which names the box of another Runtime. */
function readOf({ as, box, source }: BoxPlan["cross"][number]): JsonMap {
  return { as, ...(source === undefined ? { crd: box } : { source: source.key }) };
}

function identity({ plan }: BoxView): JsonMap {
  const { name, description = "", type, namespace = "", crossAccess } = plan;
  const gvr = `${type.group}/${type.version}, Resource=${type.plural}`;
  const { namespaced } = type;
  return { name, description, mode: "dynamic", gvk: gvkText(type), gvr, namespaced, namespace, crossAccess };
}

/** Those in effect, and where they come from. */
function settings({ plan: { reconciler, autoscale }, health, sources }: BoxView): JsonMap {
  const scaled = health.autoscale?.active === true ? autoscale : undefined;
  const maxDepth = reconciler.queueBehaviour?.maxDepth;
  const configured = maxDepth === undefined ? "default" : "configured";
  return {
    workers: health.autoscale?.workers ?? reconciler.workers,
    workersSource: scaled?.workers === undefined ? sources?.workers ?? "default" : "autoscaler",
    workersActive: health.workers.running,
    resync: formatDuration(health.autoscale?.resyncMs ?? reconciler.resyncMs),
    resyncSource: scaled?.resyncMs === undefined ? sources?.resync ?? "default" : "autoscaler",
    maxDepth: health.autoscale?.maxDepth ?? maxDepth ?? 0,
    maxDepthSource: scaled?.maxDepth === undefined ? configured : "autoscaler",
  };
}

function times({ health: { startedAt }, wallMs }: BoxView): JsonMap {
  if (startedAt === undefined) return { startedAt: notStarted, uptime: notStarted };
  const ms = Math.max(0, wallMs - Date.parse(startedAt));
  return { startedAt, uptime: formatDuration(Math.floor(ms / 1000) * 1000) };
}

function counters({ health }: BoxView): JsonMap {
  return {
    consecutiveFails: health.consecutiveFails,
    totalReconciles: health.totalReconciles,
    failedReconciles: health.failedReconciles,
    lastError: shortenMiddle(health.lastError ?? "", maxError),
    lastReconcile: health.lastReconcile ?? notStarted,
  };
}

function metricsOf({ totalReconciles, failedReconciles, queueDepth, resourceCount, queueWaitMs, workers }: BoxHealth) {
  return {
    totalReconciles,
    failedReconciles,
    queueDepth,
    resourceCount,
    workersProcessing: workers.processing,
    queueWaitP50Ms: queueWaitMs?.p50 ?? 0,
    queueWaitP99Ms: queueWaitMs?.p99 ?? 0,
  };
}

/** Share of failed passes, 0 to 1. */
function errorRate({ totalReconciles, failedReconciles }: BoxHealth): number {
  return totalReconciles === 0 ? 0 : Math.round(failedReconciles / totalReconciles * 10_000) / 10_000;
}

function endpointsOf({ name, endpoints }: BoxPlan): JsonMap {
  return {
    health: `/katalog/${name}/health`,
    info: `/katalog/${name}`,
    healthEnabled: endpoints.health,
    infoEnabled: endpoints.info,
  };
}

/** Block → shorthand → number of entries. */
function templateCounts({ entries, onDelete }: BoxPlan): JsonMap {
  const counts: Record<string, Record<string, number>> = { onCreate: {}, onReconcile: {}, onDelete: {} };
  const deletion = onDelete?.groups.flatMap(({ jobs, deletes }) => [...jobs, ...deletes]) ?? [];
  for (const { id, shorthand } of [...entries, ...deletion]) {
    const block = counts[id.slice(0, id.indexOf("."))] ??= {};
    block[shorthand] = (block[shorthand] ?? 0) + 1;
  }
  return counts;
}

function rules({ effects }: BoxPlan): JsonMap[] {
  return effects.map(({ verb, type, subresource, scope, names }) => ({
    verb,
    apiGroup: type.group,
    resource: subresource === undefined ? type.plural : `${type.plural}/${subresource}`,
    ...(scope.kind === "namespaces" ? { namespaces: [...scope.namespaces] } : {}),
    ...(names === undefined ? {} : { resourceNames: [...names] }),
  }));
}

function finalizersOf({ name, finalizer, finalizers = [], removesFinalizers }: BoxPlan): string[] {
  if (removesFinalizers === true) return [];
  return [...finalizers, ...finalizer ? [cleanupFinalizer(name)] : []];
}
