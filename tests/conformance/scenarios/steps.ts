import type { Step } from "../exchange.ts";

/** Media types of the four kinds of patch. */
export const patchTypes = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
} as const;

const namespaced = (root: string, plural: string) => `${root}/namespaces/{ns}/${plural}`;

/** Paths of collections in the scenario's namespace. */
export const paths = {
  configMaps: namespaced("/api/v1", "configmaps"),
  secrets: namespaced("/api/v1", "secrets"),
  services: namespaced("/api/v1", "services"),
  pods: namespaced("/api/v1", "pods"),
  podTemplates: namespaced("/api/v1", "podtemplates"),
  events: namespaced("/api/v1", "events"),
  serviceAccounts: namespaced("/api/v1", "serviceaccounts"),
  claims: namespaced("/api/v1", "persistentvolumeclaims"),
  deployments: namespaced("/apis/apps/v1", "deployments"),
  replicaSets: namespaced("/apis/apps/v1", "replicasets"),
  statefulSets: namespaced("/apis/apps/v1", "statefulsets"),
  daemonSets: namespaced("/apis/apps/v1", "daemonsets"),
  jobs: namespaced("/apis/batch/v1", "jobs"),
  cronJobs: namespaced("/apis/batch/v1", "cronjobs"),
  ingresses: namespaced("/apis/networking.k8s.io/v1", "ingresses"),
  leases: namespaced("/apis/coordination.k8s.io/v1", "leases"),
} as const;

export const get = (path: string): Step => ({ method: "GET", path });
export const post = (path: string, body: unknown): Step => ({ method: "POST", path, body });
export const put = (path: string, body: unknown): Step => ({ method: "PUT", path, body });
export const remove = (path: string, body?: unknown): Step => ({
  method: "DELETE",
  path,
  ...(body === undefined ? {} : { body }),
});
export const patch = (kind: keyof typeof patchTypes, path: string, body: unknown): Step => ({
  method: "PATCH",
  path,
  body,
  type: patchTypes[kind],
});
/** Server-side apply as `manager`. */
export const apply = (path: string, body: unknown, manager = "one", more = ""): Step =>
  patch("apply", `${path}?fieldManager=${manager}${more}`, body);

/** A Pod spec with one container. */
export const podSpec = (more: object = {}) => ({ containers: [{ name: "main", image: "image:1" }], ...more });
/** A Pod template with labels `app: web`. */
export const template = (spec: object = podSpec()) => ({ metadata: { labels: { app: "web" } }, spec });
export const selector = { matchLabels: { app: "web" } };
