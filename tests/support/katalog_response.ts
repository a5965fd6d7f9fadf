/** A response of `/katalog`, as far as `ork` reads it. */
export function katalogOf(crds: readonly Record<string, unknown>[], more: Record<string, unknown> = {}) {
  return {
    ...{ name: "shop", runtimeVersion: "0.1.0", isKonductor: true, konductor: "runtime-0-0a1b2c3d", status: "healthy" },
    crds,
    ...more,
  };
}

/** An entry of it. */
export function crdOf(name: string, more: Record<string, unknown> = {}) {
  return {
    ...{ name, state: "healthy", healthy: true, namespaced: true, namespace: "" },
    ...{ gvk: "web.example.com/v1, Kind=Website", gvr: "web.example.com/v1, Resource=websites" },
    ...{ workers: 3, workersActive: 3, queueDepth: 0, consecutiveFails: 0, failureThreshold: 5, totalReconciles: 7 },
    ...{ failedReconciles: 0, resourceCount: 1, lastError: "", uptime: "11m47s" },
    ...more,
  };
}
