import { Hono } from "hono";
import type { JsonMap } from "../../base/json.ts";
import type { Log } from "../../observe/log.ts";
import { exposition, expositionType, type MetricSpec, type MetricsSnapshot } from "../../observe/metrics/mod.ts";
import { type Handler, jsonResponse } from "../../serve/mod.ts";

/** What the HTTP API of a Gateway shows. */
export interface GatewayStatus {
  /** Why webhooks are not served, or are not known to the API server; `undefined`: they are. */
  notReady(): string | undefined;
  /** Why the process must be restarted; `undefined`: it is healthy. */
  unhealthy(): string | undefined;
  /** `/katalog`; `undefined` before the Katalog is loaded. */
  katalog(): JsonMap | undefined;
  /** `/katalog/{crd}`; `undefined`: the Gateway does nothing for it. */
  crd(name: string): JsonMap | undefined;
  readonly metrics: { readonly specs: readonly MetricSpec[]; snapshot(): MetricsSnapshot };
}

/**
 * The read-only HTTP API of a Gateway: probes, metrics, and what it does for which CRD. Every response comes from
 * memory. Never throws.
 */
export function statusApp(status: GatewayStatus, { log }: { readonly log: Log }): Handler {
  const app = new Hono();
  app.use(async (context, next) => {
    const { method } = context.req;
    if (method !== "GET" && method !== "HEAD") {
      return jsonResponse({ error: `Cannot ${method}: this API is read-only` }, 405, { allow: "GET, HEAD" });
    }
    await next();
    return undefined;
  });
  const probe = (reason: string | undefined, code: 500 | 503): Response =>
    reason === undefined
      ? jsonResponse({ status: "ok" })
      : jsonResponse({ status: code === 500 ? "unhealthy" : "unavailable", reason }, code);
  app.get(
    "/startup",
    () => probe(status.katalog() === undefined ? "the Katalog is being loaded" : undefined, 503),
  );
  for (const path of ["/health", "/livez"]) app.get(path, () => probe(status.unhealthy(), 500));
  app.get("/ready", () => probe(status.notReady(), 503));
  app.get("/metrics", (context) => {
    const { specs, snapshot } = status.metrics;
    return context.body(exposition(specs, [{ labels: {}, metrics: snapshot() }]), 200, {
      "content-type": expositionType,
    });
  });
  app.get("/katalog", () => {
    const katalog = status.katalog();
    if (katalog === undefined) return jsonResponse({ error: "The Katalog is being loaded" }, 503);
    return jsonResponse(katalog);
  });
  app.get("/katalog/:crd", (context) => {
    const name = context.req.param("crd");
    const crd = status.crd(name);
    if (crd !== undefined) return jsonResponse(crd);
    return jsonResponse({ error: `The Gateway does nothing for a CRD "${name.slice(0, 63)}"` }, 404);
  });
  app.notFound(() => jsonResponse({ error: "There is no such path" }, 404));
  app.onError((error, context) => {
    log("error", `Unexpected error in the HTTP API: ${error.message}`, {
      event: "http.error",
      path: context.req.path,
      error: error.message,
      stack: error.stack ?? "",
    });
    return jsonResponse({ error: "Unexpected error; the log has its stack" }, 500);
  });
  return (request) => app.fetch(request);
}
