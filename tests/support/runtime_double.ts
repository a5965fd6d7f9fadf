import { type HttpService, httpService, jsonOf } from "./http_service.ts";
import { crdOf, katalogOf } from "./katalog_response.ts";

/** Responses of the HTTP API of a Runtime with one box, `website`; a test replaces what it is about. */
export interface RuntimeData {
  katalog: Record<string, unknown>;
  /** By path below `/katalog`. */
  paths: Record<string, unknown>;
}

export const schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      required: ["image"],
      properties: {
        image: { type: "string", minLength: 1, description: "What runs" },
        replicas: { type: "integer", default: 2, minimum: 0, maximum: 10 },
        parts: { type: "array", items: { type: "object", properties: { name: { type: "string", enum: ["a", "b"] } } } },
      },
    },
    status: { type: "object", properties: { phase: { type: "string" } } },
  },
};

const item = {
  ...{ name: "hello", namespace: "default", phase: "Ready", ready: true, generation: 1 },
  ...{ age: "5s", created: "2026-11-28T22:02:20Z" },
};

/** What a Runtime with one CR responds with. */
export function runtimeData(): RuntimeData {
  return {
    katalog: katalogOf([crdOf("website", { dependsOn: [], endpoints: { healthEnabled: true, infoEnabled: true } })], {
      description: "Websites",
      version: "1.0.0",
    }),
    paths: {
      "/website": {
        ...{ isKonductor: true, workersIdle: 2, workersProcessing: 1 },
        operatorBox: { finalizers: { values: [] }, templates: { onReconcile: { deployments: 1 } } },
        rbac: {
          rules: [
            { verb: "get", apiGroup: "apps", resource: "deployments" },
            { verb: "patch", apiGroup: "apps", resource: "deployments" },
            { verb: "get", apiGroup: "", resource: "secrets", namespaces: ["shop"], resourceNames: ["pull"] },
          ],
          totalRules: 3,
        },
        metrics: { queueWaitP50Ms: 1, queueWaitP99Ms: 12 },
      },
      "/website/health": { name: "website", dependencies: {} },
      "/website/enriched": {
        validation: { rules: [{ field: "spec.image", operator: "exists", message: "An image is needed" }] },
        operatorBox: { onReconcile: { deployments: [{ name: "{{ .metadata.name }}", image: "x" }] } },
      },
      "/website/schema": {
        ...{ crd: "website", group: "web.example.com", version: "v1", kind: "Website", plural: "websites" },
        ...{ namespaced: true, schema },
      },
      "/website/failing": {
        ...{ crd: "website", isKonductor: true, total: 1 },
        items: [{
          ...{ name: "bad", namespace: "default", result: "failed", message: "Cannot create Secret bad", trigger: "x" },
          ...{ count: 4, firstTime: "2026-11-28T22:02:20Z", time: "2026-11-28T22:02:24Z", age: "1s" },
        }],
      },
      "/website/cr": { crd: "website", total: 1, items: [item] },
      "/website/cr/default/hello": {
        ...item,
        status: {
          phase: "Ready",
          conditions: [{
            type: "Ready",
            status: "True",
            reason: "Ready",
            message: "",
            lastTransitionTime: "2026-11-28T22:02:24Z",
          }],
        },
        children: {
          Deployment: [{ name: "hello", namespace: "default", ready: true }],
          Service: [{ name: "hello", namespace: "default", ready: false }],
        },
      },
      "/website/cr/default/hello/events": {
        ...{ name: "hello", namespace: "default" },
        events: [{
          type: "Warning",
          reason: "Failed",
          message: "it broke",
          count: 2,
          lastSeen: "2026-11-28T22:02:24Z",
          age: "1s",
        }],
      },
      "/website/cr/default/hello/passes": {
        ...{ name: "hello", namespace: "default", isKonductor: true, next: { why: "resync", inMs: 30_000 } },
        passes: [{
          id: "website-17",
          ...{
            trigger: "Deployment default/hello changed",
            result: "succeeded",
            count: 1,
            age: "1s",
            waitedMs: 0,
            durationMs: 12,
          },
          ...{ firstTime: "2026-11-28T22:48:11Z", time: "2026-11-28T22:48:11Z" },
          changes: [{
            ...{ action: "update", kind: "Deployment", namespace: "default", name: "hello", fields: ["spec.replicas"] },
            ...{
              why: "drift",
              by: "kubectl-scale",
              text: "updated Deployment hello (spec.replicas, changed by kubectl-scale)",
            },
          }],
          calls: [{ verb: "apply", kind: "Deployment", namespace: "default", name: "hello", code: 200 }],
        }],
      },
      "/raw": {
        ...{ apiVersion: "orkestra.orkspace.io/v1", kind: "Katalog", metadata: { name: "shop" } },
        spec: {
          crds: {
            website: {
              apiTypes: { group: "web.example.com", version: "v1", kind: "Website", plural: "websites" },
              workers: 2,
              operatorBox: { onReconcile: { configMaps: [{ name: "a", data: { a: "b" } }] } },
            },
          },
        },
      },
    },
  };
}

/** A server that responds as the data says; `asked` has the paths with their queries. */
export function runtimeDouble(data: RuntimeData): HttpService & { readonly asked: string[] } {
  const asked: string[] = [];
  const service = httpService(({ path, method }) => {
    if (method !== "GET") throw new Error(`Cannot ${method}: a Runtime is only read`);
    asked.push(path);
    if (path === "/katalog") return jsonOf(data.katalog);
    if (path.startsWith("/api/v1/query")) {
      return jsonOf({ status: "success", data: { resultType: "vector", result: [] } });
    }
    const found = data.paths[decodeURIComponent(path.replace(/^\/katalog/, "").replace(/\?.*/, ""))];
    return found === undefined ? jsonOf({ error: "There is no such path" }, 404) : jsonOf(found);
  });
  return Object.assign(service, { asked });
}

/** `/katalog` of a Gateway. */
export function gatewayData(notAfter: string): Record<string, unknown> {
  return {
    ...{ name: "shop", gateway: true, ready: true, failurePolicy: "Fail", crds: ["website"] },
    features: { admission: true, conversion: false, deletionProtection: true, namespaceProtection: false },
    certificate: {
      ...{ origin: "Secret orkestra-system/orkestra-internal-tls", notBefore: "2026-01-01T00:00:00Z", notAfter },
      ...{ names: ["orkestra-gateway.orkestra-system.svc"], sha256: "ab".repeat(32), publishedCas: 2 },
    },
    webhooks: [
      { name: "ValidatingWebhookConfiguration orkestra-admission-validation", registered: true },
      { name: "MutatingWebhookConfiguration orkestra-admission-mutation", registered: false, reason: "forbidden" },
    ],
  };
}
