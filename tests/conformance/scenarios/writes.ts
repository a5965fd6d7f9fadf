import type { Scenario } from "../exchange.ts";
import { get, patch, paths, podSpec, post, put, remove, selector, template } from "./steps.ts";

const a = `${paths.configMaps}/a`;
const cm = (more: object = {}) => ({ metadata: { name: "a" }, ...more });
const cron = (more: object = {}) => ({
  metadata: { name: "a" },
  spec: {
    schedule: "0 0 1 1 *",
    suspend: true,
    jobTemplate: { spec: { template: { spec: podSpec({ restartPolicy: "Never" }) } } },
    ...more,
  },
});
const svc = `${paths.services}/a`;

export const writes: readonly Scenario[] = [
  {
    name: "create, read, replace, delete",
    steps: [
      post(paths.configMaps, cm({ data: { a: "1" } })),
      get(a),
      put(a, cm({ data: { b: "2" } })),
      put(a, cm({ data: { b: "2" } })),
      put(a, cm({ metadata: { name: "a", labels: { x: "y" }, resourceVersion: "{rv:3}" } })),
      remove(a),
      get(a),
    ],
  },
  {
    name: "managers",
    steps: [
      { ...post(paths.configMaps, cm({ data: { a: "1" } })), userAgent: "first/1" },
      { ...put(a, cm({ data: { a: "2", b: "1" } })), userAgent: "second (x)" },
      put(`${a}?fieldManager=third`, cm({ data: { b: "1", c: "1" } })),
      { ...patch("merge", a, { data: { c: null }, metadata: { labels: { l: "1" } } }), userAgent: "" },
    ],
  },
  {
    name: "managed fields by hand",
    steps: [
      post(paths.configMaps, cm({ data: { a: "1" } })),
      patch("merge", a, { metadata: { managedFields: [{}] } }),
      patch("merge", a, { data: { b: "1" } }),
      patch("json", a, [{
        op: "replace",
        path: "/metadata/managedFields",
        value: [{
          manager: "me",
          operation: "Update",
          apiVersion: "v1",
          fieldsType: "FieldsV1",
          fieldsV1: { "f:data": { "f:a": {} } },
        }],
      }]),
      patch("merge", a, { metadata: { managedFields: null } }),
      patch("merge", a, { metadata: { managedFields: [{ manager: "x" }] } }),
    ],
  },
  {
    name: "generations",
    steps: [
      post(paths.cronJobs, cron()),
      patch("merge", `${paths.cronJobs}/a`, { spec: { schedule: "0 0 2 1 *" } }),
      patch("merge", `${paths.cronJobs}/a`, { metadata: { labels: { a: "b" } } }),
      patch("merge", `${paths.cronJobs}/a`, { metadata: { generation: 9 } }),
      patch("merge", `${paths.cronJobs}/a`, { status: { lastScheduleTime: "2026-01-01T00:00:00Z" } }),
    ],
  },
  {
    name: "status of a CronJob",
    steps: [
      post(paths.cronJobs, cron()),
      patch("merge", `${paths.cronJobs}/a/status`, {
        spec: { schedule: "0 0 2 1 *" },
        metadata: { labels: { a: "b" }, annotations: { c: "d" }, finalizers: ["example.com/x"] },
        status: { lastScheduleTime: "2026-01-01T00:00:00Z" },
      }),
      put(`${paths.cronJobs}/a`, cron()),
      get(`${paths.cronJobs}/a/status`),
    ],
  },
  {
    name: "dry runs change nothing",
    steps: [
      post(`${paths.configMaps}?dryRun=All`, cm()),
      get(a),
      post(paths.configMaps, cm({ data: { a: "1" } })),
      patch("merge", `${a}?dryRun=All`, { data: { a: "2" } }),
      put(`${a}?dryRun=All`, cm()),
      get(a),
      post(`${paths.configMaps}?dryRun=All`, cm()),
    ],
  },
  {
    name: "generated names",
    steps: [
      post(paths.configMaps, { metadata: { generateName: "generated-" } }),
      post(paths.configMaps, { metadata: { generateName: "generated-", name: "given" } }),
      post(paths.configMaps, { metadata: { generateName: "Bad_" } }),
    ],
  },
  {
    name: "finalizers",
    steps: [
      post(
        paths.configMaps,
        cm({ metadata: { name: "a", finalizers: ["example.com/x", "example.com/y"] }, data: { a: "1" } }),
      ),
      remove(a),
      get(a),
      remove(a),
      patch("merge", a, { data: { a: "2" } }),
      patch("merge", a, { metadata: { finalizers: ["example.com/x", "example.com/y", "example.com/z"] } }),
      patch("merge", a, { metadata: { finalizers: ["example.com/y"] } }),
      patch("merge", a, { metadata: { deletionTimestamp: null, labels: { a: "b" } } }),
      patch("merge", a, { metadata: { finalizers: null } }),
      get(a),
    ],
  },
  {
    name: "finalizers and generations",
    steps: [
      post(paths.cronJobs, { ...cron(), metadata: { name: "a", finalizers: ["example.com/x"] } }),
      remove(`${paths.cronJobs}/a`),
      patch("json", `${paths.cronJobs}/a`, [{ op: "remove", path: "/metadata/finalizers/0" }]),
    ],
  },
  {
    name: "foreground and orphan marks",
    steps: [
      post(paths.configMaps, cm({ metadata: { name: "a", finalizers: ["example.com/x"] } })),
      remove(`${a}?propagationPolicy=Background`),
      patch("merge", a, { metadata: { finalizers: null } }),
    ],
  },
  {
    name: "owner references",
    steps: [
      post(paths.configMaps, cm()),
      post(paths.configMaps, {
        metadata: {
          name: "b",
          ownerReferences: [{
            apiVersion: "v1",
            kind: "ConfigMap",
            name: "a",
            uid: "{uid:0}",
            controller: true,
            blockOwnerDeletion: false,
          }],
        },
      }),
      patch("strategic", `${paths.configMaps}/b`, {
        metadata: { ownerReferences: [{ uid: "{uid:0}", controller: null }] },
      }),
      patch("strategic", `${paths.configMaps}/b`, {
        metadata: { ownerReferences: [{ uid: "{uid:0}", $patch: "delete" }] },
      }),
    ],
  },
  {
    name: "a Service keeps its address",
    steps: [
      post(paths.services, { metadata: { name: "a" }, spec: { ports: [{ port: 80 }] } }),
      put(svc, { metadata: { name: "a" }, spec: { ports: [{ port: 81 }] } }),
      patch("merge", svc, { spec: { type: "NodePort" } }),
      patch("merge", svc, { spec: { type: "ClusterIP" } }),
      patch("merge", svc, {
        spec: { type: "ExternalName", externalName: "x.example.com", clusterIP: null, clusterIPs: null },
      }),
    ],
  },
  {
    name: "scale of a ReplicaSet",
    steps: [
      post(paths.replicaSets, { metadata: { name: "a" }, spec: { replicas: 0, selector, template: template() } }),
      patch("merge", `${paths.replicaSets}/a/scale?dryRun=All`, { spec: { replicas: 3 } }),
    ].map((step, i) => i === 0 ? { ...step, quiet: true } : step),
  },
  {
    name: "a Secret's texts",
    steps: [
      post(paths.secrets, { metadata: { name: "a" }, stringData: { a: "x" } }),
      patch("merge", `${paths.secrets}/a`, { stringData: { b: "y" } }),
      patch("strategic", `${paths.secrets}/a`, { data: { a: null } }),
      patch("merge", `${paths.secrets}/a`, { type: "other" }),
    ],
  },
  {
    name: "immutable data",
    steps: [
      post(paths.configMaps, cm({ data: { a: "1" }, immutable: true })),
      patch("merge", a, { data: { a: "2" } }),
      patch("merge", a, { immutable: false }),
      patch("merge", a, { metadata: { labels: { x: "y" } } }),
    ],
  },
  {
    name: "a PodTemplate's generation",
    steps: [
      post(paths.podTemplates, { metadata: { name: "a" }, template: template() }),
      patch("strategic", `${paths.podTemplates}/a`, {
        template: { spec: { containers: [{ name: "main", image: "image:2" }] } },
      }),
    ],
  },
  {
    name: "an Event under both groups",
    steps: [
      post(paths.events, {
        metadata: { name: "a" },
        involvedObject: { kind: "ConfigMap", name: "a", namespace: "{ns}" },
        reason: "R",
        message: "m",
        type: "Normal",
        source: { component: "c" },
        count: 1,
      }),
      get("/apis/events.k8s.io/v1/namespaces/{ns}/events/a"),
      patch("merge", `${paths.events}/a`, { count: 2 }),
      patch("merge", "/apis/events.k8s.io/v1/namespaces/{ns}/events/a", { note: "n" }),
    ],
  },
  {
    name: "PUT of what is not there",
    steps: [
      put(`${paths.leases}/a`, { metadata: { name: "a" } }),
      put(`${paths.leases}/a`, { metadata: { name: "a" }, spec: { holderIdentity: "me" } }),
      put(`${paths.leases}/a`, { metadata: { name: "a", resourceVersion: "{rv:0}" }, spec: { holderIdentity: "me" } }),
      patch("merge", `${paths.leases}/a`, { spec: { holderIdentity: "you" } }),
      put(`${paths.services}/a`, { metadata: { name: "a" }, spec: { ports: [{ port: 80 }] } }),
      put("/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles/a", { metadata: { name: "a" } }),
      put("/api/v1/namespaces/{ns}/limitranges/a", { metadata: { name: "a" } }),
      put(`${paths.secrets}/a`, { metadata: { name: "a" } }),
      put(`${paths.cronJobs}/a`, cron()),
      put(`${paths.leases}/b?dryRun=All`, { metadata: { name: "b" } }),
      put("/api/v1/namespaces/{ns}-none/limitranges/a", { metadata: { name: "a" } }),
    ],
  },
  {
    name: "PUT without a version",
    steps: [
      {
        ...post("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets", {
          metadata: { name: "a" },
          spec: { selector },
        }),
        quiet: true,
      },
      put("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets/a", { metadata: { name: "a" }, spec: { selector } }),
      post("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", { metadata: { name: "{ns}" } }),
      put("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/{ns}", { metadata: { name: "{ns}" } }),
      remove("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/{ns}"),
    ],
  },
];
