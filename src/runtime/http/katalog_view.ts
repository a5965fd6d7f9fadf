import { type Json, type JsonMap, ownValue, setOwn } from "../../base/json.ts";
import { type BoxView, type CrdState, entry, summary } from "./box_view.ts";
import type { ProcessState, Served } from "./process_state.ts";

/** `/katalog`: all CRDs, and what they come to. */
export function katalogView(
  { plan, documents: { metadata, sources }, leadership: { isLeader, holder }, gatewayEndpoint }: Served,
  views: readonly BoxView[],
  { version, ready, files }: {
    readonly version: string;
    readonly ready: boolean;
    readonly files: ProcessState["files"];
  },
): JsonMap {
  const counts = statusCounts(views);
  const status = overall(views);
  const text = (key: string): string => {
    const value = ownValue(metadata, key);
    return typeof value === "string" ? value : "";
  };
  const tenant = text("namespace") || "default";
  const projects = ownValue(metadata, "projects");
  const reason = [
    ...(counts["degraded"] === 0 ? [] : [`${counts["degraded"]} degraded`]),
    ...(counts["pending"] === 0 ? [] : [`${counts["pending"]} pending`]),
  ].join(", ");
  // Boxes that another process leads do not count.
  const healthy = isLeader && views.every(({ leads, state }) => !leads || state === "healthy");
  const namespaces: JsonMap = {};
  setOwn(namespaces, tenant, {
    crds: views.map(({ plan: { name } }) => name),
    statusCounts: counts,
    healthy,
    description: plan.katalog.description ?? "",
    version: plan.katalog.version ?? "",
    workers: sum(views, (view) => view.plan.reconciler.workers),
    resources: sum(views, (view) => view.health.resourceCount),
  });
  return {
    name: plan.katalog.name,
    version: plan.katalog.version ?? "",
    description: plan.katalog.description ?? "",
    author: text("author"),
    createdBy: text("createdBy"),
    license: text("license"),
    clusterName: text("clusterName"),
    ...(projects === undefined ? {} : { projects }),
    runtimeVersion: version,
    OrkReady: ready,
    isKonductor: isLeader,
    ...(holder === undefined ? {} : { konductor: holder }),
    katalogFiles: files.state,
    ...(files.reason === undefined ? {} : { katalogFilesReason: files.reason }),
    deletionProtection: plan.protection?.deletion !== undefined,
    healthy,
    status,
    ...(healthy || reason === "" ? {} : { degradedReason: reason }),
    statusCounts: counts,
    total: Object.keys(sources).length,
    totalEnabled: views.length,
    crds: views.map((view): Json =>
      view.plan.endpoints.info ? { ...entry(view), katalogNamespace: tenant } : summary(view)
    ),
    namespaces,
    ...(gatewayEndpoint === undefined ? {} : { gatewayEndpoint }),
  };
}

/** The worst of the states. */
export function overall(views: readonly BoxView[]): CrdState {
  const order: readonly CrdState[] = ["degraded", "pending", "started"];
  return order.find((state) => views.some((view) => view.state === state)) ?? "healthy";
}

function statusCounts(views: readonly BoxView[]): Record<"healthy" | "degraded" | "started" | "pending", number> {
  const count = (state: CrdState): number => views.filter((view) => view.state === state).length;
  return {
    healthy: count("healthy"),
    degraded: count("degraded"),
    started: count("started"),
    pending: count("pending"),
  };
}

function sum(views: readonly BoxView[], of: (view: BoxView) => number): number {
  return views.reduce((total, view) => total + of(view), 0);
}
